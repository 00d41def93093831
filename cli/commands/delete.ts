import { Command } from "commander";
import type { Cli } from "../cli.js";
import type { Client } from "../client.js";
import { SeveralErrors, usage } from "../errors.js";
import {
  commandPath,
  onByDefault,
  readDuration,
  withExamples,
} from "../flags.js";
import { parseNamesOf } from "../resources.js";
import { untilGone } from "../session-state.js";

interface DeleteOptions {
  /** Empty: all. */
  names: string[];
  wait: boolean;
  /** Milliseconds. */
  timeout: number;
}

interface DeleteFlags {
  all?: boolean;
  wait: boolean;
  timeout: string;
}

/** `sidestep delete`: ends sessions; everything goes back. */
export function deleteCommand(cli: Cli): Command {
  const command = new Command("delete")
    .description(
      "End sessions: requests go to the original again, the replica is removed",
    )
    .argument("[session/name...]", "session NAME... or session/NAME...")
    .option("--all", "all sessions");
  onByDefault(command, "wait", "wait until the session is gone")
    .option(
      "--timeout <duration>",
      "how long to wait; 0: as long as it takes",
      "0",
    )
    .action((words: string[], flags: DeleteFlags) =>
      run(cli, complete(commandPath(command), words, flags)),
    );
  return withExamples(command, [
    ["One session", "sidestep delete session shop-x7k2p"],
    ["All of them", "sidestep delete sessions --all"],
    [
      "Do not wait until everything is back",
      "sidestep delete session/shop-x7k2p --wait=false",
    ],
  ]);
}

function complete(
  path: string,
  words: string[],
  flags: DeleteFlags,
): DeleteOptions {
  const names = parseNamesOf(path, "sessions", words);
  if (flags.all && names.length > 0) {
    throw usage(path, "name cannot be provided when --all is given");
  }
  if (!flags.all && names.length === 0) {
    throw usage(path, "name the sessions to delete, or say --all");
  }
  const timeout = readDuration(path, "--timeout", flags.timeout);
  return { names, wait: flags.wait, timeout: timeout > 0 ? timeout : Infinity };
}

async function run(cli: Cli, options: DeleteOptions): Promise<void> {
  const client = await cli.connect();
  const names = options.names.length > 0 ? options.names : await all(client);
  if (names.length === 0) cli.streams.err.write("No resources found.\n");
  const errors: unknown[] = [];
  const deleted: string[] = [];
  for (const name of names) {
    try {
      await client.deleteSession(name);
      deleted.push(name);
      cli.streams.out.write(`session "${name}" deleted\n`);
    } catch (error) {
      errors.push(error);
    }
  }
  // After all are told to end: they end side by side.
  for (const name of options.wait ? deleted : []) {
    try {
      await untilGone(cli, client, name, options.timeout);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new SeveralErrors(errors);
}

async function all(client: Client): Promise<string[]> {
  const { items } = await client.sessions();
  return items.map(({ metadata }) => metadata.name);
}
