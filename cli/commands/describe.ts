import { Command } from "commander";
import type { Cli } from "../cli.js";
import type { Client } from "../client.js";
import { SeveralErrors, notFound, usage } from "../errors.js";
import { commandPath, withExamples } from "../flags.js";
import { describeBreakpoint } from "../print/describe-breakpoint.js";
import { describePause } from "../print/describe-pause.js";
import { describeSession } from "../print/describe-session.js";
import { parseSelectionOf, type Selection } from "../resources.js";

/** `sidestep describe`: everything about sessions, pauses or breakpoints, for people. */
export function describeCommand(cli: Cli): Command {
  const command = new Command("describe")
    .description(
      "Show everything about one or many sessions, pauses or breakpoints",
    )
    .argument(
      "[type/name...]",
      "session, pause or breakpoint [NAME or its beginning...], or TYPE/NAME...",
    )
    .action((words: string[]) => {
      const path = commandPath(command);
      if (words.length === 0) {
        throw usage(
          path,
          "You must specify what to describe: session NAME, pause NAME or breakpoint NAME.",
        );
      }
      const types = ["sessions", "pauses", "breakpoints"] as const;
      return run(cli, parseSelectionOf(path, [...types], words));
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
    [
      "Where a breakpoint is, and why it does not stop",
      "sidestep describe breakpoint shop-x7k2p-b1",
    ],
  ]);
}

async function run(cli: Cli, selections: Selection[]): Promise<void> {
  const { out, err } = cli.streams;
  const client = await cli.connect();
  const errors: unknown[] = [];
  const texts: string[] = [];
  for (const selection of selections) {
    const described = await describe(cli, client, selection, errors);
    if (described.length === 0 && selection.names.length === 0) {
      err.write("No resources found.\n");
    }
    texts.push(...described);
  }
  out.write(texts.join("\n\n"));
  if (errors.length > 0) throw new SeveralErrors(errors);
}

async function describe(
  cli: Cli,
  client: Client,
  { type, names }: Selection,
  errors: unknown[],
): Promise<string[]> {
  if (type === "breakpoints") {
    const { items } = await client.breakpoints();
    const chosen = choose(type, items, names, errors);
    return chosen.map((each) => describeBreakpoint(each, cli.now()));
  }
  if (type === "pauses") {
    const { items } = await client.pauses();
    const chosen = choose(type, items, names, errors);
    return chosen.map((each) => describePause(each, cli.now()));
  }
  const { items } = await client.sessions();
  const texts: string[] = [];
  for (const session of choose("sessions", items, names, errors)) {
    const pauses = await client.pauses(session.metadata.name);
    texts.push(describeSession(session, pauses.items, cli.now()));
  }
  return texts;
}

/** Objects by name, or where none is named so, by how the name begins; all, if none is named. */
function choose<T extends { metadata: { name: string } }>(
  plural: string,
  items: T[],
  names: string[],
  errors: unknown[],
): T[] {
  if (names.length === 0) return items;
  const chosen = names.flatMap((name) => {
    const exact = items.filter(({ metadata }) => metadata.name === name);
    if (exact.length > 0) return exact;
    const begun = items.filter(({ metadata }) =>
      metadata.name.startsWith(name),
    );
    if (begun.length === 0) errors.push(notFound(plural, name));
    return begun;
  });
  return [...new Set(chosen)];
}
