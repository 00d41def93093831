import { Command } from "commander";
import type { Cli } from "../cli.js";
import type { Client } from "../client.js";
import { SeveralErrors, notFound, usage } from "../errors.js";
import { commandPath, withExamples } from "../flags.js";
import { describePause } from "../print/describe-pause.js";
import { describeSession } from "../print/describe-session.js";
import { findType, parseNamesOf } from "../resources.js";

/** `sidestep describe`: everything about sessions, or about pauses, for people. */
export function describeCommand(cli: Cli): Command {
  const command = new Command("describe")
    .description("Show everything about one or many sessions or pauses")
    .argument(
      "[type/name...]",
      "session or pause [NAME or its beginning...], or TYPE/NAME...",
    )
    .action((words: string[]) => {
      const path = commandPath(command);
      if (words.length === 0) {
        throw usage(
          path,
          "You must specify what to describe: session NAME or pause NAME.",
        );
      }
      const type = typeOf(words[0] ?? "") === "pauses" ? "pauses" : "sessions";
      return run(cli, type, parseNamesOf(path, type, words));
    });
  return withExamples(command, [
    [
      "Conditions, replica, pauses, and the last log lines of one that failed",
      "sidestep describe session shop-x7k2p",
    ],
    ["All sessions", "sidestep describe sessions"],
    [
      "Where it stands, and for whose request",
      "sidestep describe pause shop-1",
    ],
  ]);
}

function typeOf(word: string) {
  return findType(word.split("/")[0] ?? "");
}

type Described = { metadata: { name: string } };

/** Reads all objects of a type, with what describes each of them. */
const READ = {
  sessions: async (client: Client) => {
    const { items } = await client.sessions();
    const describe = async (session: (typeof items)[number], now: number) => {
      const pauses = await client.pauses(session.metadata.name);
      return describeSession(session, pauses.items, now);
    };
    return described(items, describe);
  },
  pauses: async (client: Client) => {
    const { items } = await client.pauses();
    return described(items, async (pause, now) => describePause(pause, now));
  },
};

function described<T extends Described>(
  items: T[],
  describe: (item: T, now: number) => Promise<string>,
) {
  return items.map((item) => ({
    name: item.metadata.name,
    describe: (now: number) => describe(item, now),
  }));
}

async function run(
  cli: Cli,
  type: keyof typeof READ,
  names: string[],
): Promise<void> {
  const { out, err } = cli.streams;
  const items = await READ[type](await cli.connect());
  const errors: unknown[] = [];
  const chosen =
    names.length === 0 ? items : choose(type, items, names, errors);
  if (items.length === 0 && names.length === 0) {
    err.write("No resources found.\n");
  }
  const texts: string[] = [];
  for (const item of chosen) texts.push(await item.describe(cli.now()));
  out.write(texts.join("\n\n"));
  if (errors.length > 0) throw new SeveralErrors(errors);
}

/** By name, or where none is named so, by how the name begins. */
function choose<T extends { name: string }>(
  type: string,
  items: T[],
  names: string[],
  errors: unknown[],
): T[] {
  const chosen = names.flatMap((wanted) => {
    const exact = items.filter(({ name }) => name === wanted);
    if (exact.length > 0) return exact;
    const begun = items.filter(({ name }) => name.startsWith(wanted));
    if (begun.length === 0) errors.push(notFound(type, wanted));
    return begun;
  });
  return [...new Set(chosen)];
}
