import { Command } from "commander";
import type { Session } from "../../sidecar/schema/session.js";
import type { Cli } from "../cli.js";
import { SeveralErrors, notFound, usage } from "../errors.js";
import { commandPath, withExamples } from "../flags.js";
import { describeSession } from "../print/describe-session.js";
import { parseNamesOf } from "../resources.js";

/** `sidestep describe`: everything about sessions, for people. */
export function describeCommand(cli: Cli): Command {
  const command = new Command("describe")
    .description("Show everything about one or many sessions")
    .argument(
      "[session/name...]",
      "session [NAME or its beginning...] or session/NAME...",
    )
    .action((words: string[]) => {
      const path = commandPath(command);
      if (words.length === 0) {
        throw usage(path, "You must specify what to describe: session NAME.");
      }
      return run(cli, parseNamesOf(path, "sessions", words));
    });
  return withExamples(command, [
    [
      "Conditions, replica, pauses, and the last log lines of one that failed",
      "sidestep describe session shop-x7k2p",
    ],
    ["All sessions", "sidestep describe sessions"],
  ]);
}

async function run(cli: Cli, names: string[]): Promise<void> {
  const { out, err } = cli.streams;
  const client = await cli.connect();
  const { items } = await client.sessions();
  const errors: unknown[] = [];
  const chosen = names.length === 0 ? items : choose(items, names, errors);
  if (items.length === 0 && names.length === 0) {
    err.write("No resources found.\n");
  }
  const texts: string[] = [];
  for (const session of chosen) {
    const pauses = await client.pauses(session.metadata.name);
    texts.push(describeSession(session, pauses.items, cli.now()));
  }
  out.write(texts.join("\n\n"));
  if (errors.length > 0) throw new SeveralErrors(errors);
}

/** Sessions by name, or where none is named so, by how the name begins. */
function choose(
  sessions: Session[],
  names: string[],
  errors: unknown[],
): Session[] {
  const chosen = names.flatMap((name) => {
    const exact = sessions.filter(({ metadata }) => metadata.name === name);
    if (exact.length > 0) return exact;
    const begun = sessions.filter(({ metadata }) =>
      metadata.name.startsWith(name),
    );
    if (begun.length === 0) errors.push(notFound("sessions", name));
    return begun;
  });
  return [...new Set(chosen)];
}
