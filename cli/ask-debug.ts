import { userInfo } from "node:os";
import { MatchClause } from "../sidecar/schema/match.js";
import { parseMatchClause } from "../sidecar/schema/match-text.js";
import type { Target } from "../sidecar/schema/target.js";
import { createAsker, type Asker } from "./ask.js";
import type { Cli } from "./cli.js";
import { connectWhenUp } from "./poll.js";
import { noTargets } from "./session-errors.js";
import { printable } from "../sidecar/schema/printable.js";
import { shellQuote } from "./shell-quote.js";

/** What `debug` asks for where no target is named. */
export interface DebugAnswers {
  target: string;
  /** As `--match` has it; none: every request. */
  match: string[];
  /** Stay at its pauses, and put everything back when leaving. */
  attach: boolean;
}

/** What requests can be told by, what is asked about them, and an example. */
const KINDS = {
  header: {
    text: "those with a header",
    question: "Header",
    prefix: "header:",
  },
  path: { text: "those of a path", question: "Path", prefix: "path=" },
  cookie: {
    text: "those with a cookie",
    question: "Cookie",
    prefix: "cookie:",
  },
  all: { text: "every request, also other people's", question: "", prefix: "" },
};

/** Asks which target, which requests, and whether to stay; says what would have needed no questions. */
export async function askDebug(
  cli: Cli,
  known: { match: string[] | undefined; attach: boolean | undefined },
): Promise<DebugAnswers> {
  const client = await connectWhenUp(cli);
  const { items } = await client.targets();
  if (items.length === 0) throw noTargets();
  const asker = createAsker(cli);
  try {
    const target = await asker.choice(
      "Which target?",
      items.map((each) => ({
        name: each.metadata.name,
        text: printable(describe(each)),
      })),
    );
    const match = known.match ?? (await askMatch(asker));
    const attach = known.attach ?? (await askAttach(asker));
    const words = [
      "sidestep debug",
      shellQuote(target),
      ...match.map((each) => `--match ${shellQuote(each)}`),
      ...(attach ? ["--attach --rm"] : []),
    ];
    cli.streams.err.write(`the same without questions: ${words.join(" ")}\n`);
    return { target, match, attach };
  } finally {
    asker.close();
  }
}

async function askMatch(asker: Asker): Promise<string[]> {
  const kind = (await asker.choice(
    "Which requests?",
    Object.entries(KINDS).map(([name, { text }]) => ({ name, text })),
  )) as keyof typeof KINDS;
  if (kind === "all") return [];
  const { question, prefix } = KINDS[kind];
  const example = kind === "path" ? "/**" : `x-debug=${userName()}`;
  const answer = await asker.text(question, example, (text) => {
    try {
      const clause = parseMatchClause([prefix + text]);
      const { error } = MatchClause.safeParse(clause);
      return error?.issues.map(({ message }) => message).join("; ");
    } catch (error) {
      return (error as Error).message;
    }
  });
  return [prefix + answer];
}

async function askAttach(asker: Asker): Promise<boolean> {
  const answer = await asker.choice("What then?", [
    {
      name: "attach",
      text: "wait for its pauses here; leaving puts everything back",
    },
    { name: "leave", text: "go on without me, until sidestep delete" },
  ]);
  return answer === "attach";
}

function describe({ status }: Target): string {
  const ports =
    status.ports.length > 0 ? `port ${status.ports.join(", ")}` : "";
  return [ports, status.image, status.state === "running" ? "" : status.state]
    .filter(Boolean)
    .join(", ");
}

/** A value that only this user's requests have. */
function userName(): string {
  try {
    return userInfo().username.replace(/[^\w.-]/g, "") || "me";
  } catch {
    return "me"; // a user id without a name
  }
}
