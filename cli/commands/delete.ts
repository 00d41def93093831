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
import {
  parseSelectionOf,
  singular,
  type ResourceType,
  type Selection,
} from "../resources.js";
import { untilGone } from "../session-state.js";

interface DeleteOptions {
  /** Where one has no names: all of that type. */
  selections: Selection[];
  wait: boolean;
  /** Milliseconds. */
  timeout: number;
}

interface DeleteFlags {
  all?: boolean;
  wait: boolean;
  timeout: string;
}

/** `sidestep delete`: ends sessions, everything goes back; or takes breakpoints away. */
export function deleteCommand(cli: Cli): Command {
  const command = new Command("delete")
    .description(
      "End sessions: requests go to the original again, the replica is removed;\nor take breakpoints away",
    )
    .argument(
      "[type/name...]",
      "session or breakpoint NAME..., or TYPE/NAME...",
    )
    .option("--all", "all of that type (default: sessions)");
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
    ["Breakpoints, by name", "sidestep delete breakpoint shop-x7k2p-b1"],
    ["All breakpoints of all sessions", "sidestep delete bp --all"],
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
  const selections = parseSelectionOf(path, [...TYPES], words);
  const named = selections.some(({ names }) => names.length > 0);
  if (flags.all && named) {
    throw usage(path, "name cannot be provided when --all is given");
  }
  if (!flags.all && !named) {
    const type = selections[0]?.type ?? "sessions";
    throw usage(path, `name the ${type} to delete, or say --all`);
  }
  if (selections.length === 0) selections.push({ type: "sessions", names: [] });
  const timeout = readDuration(path, "--timeout", flags.timeout);
  return {
    selections,
    wait: flags.wait,
    timeout: timeout > 0 ? timeout : Infinity,
  };
}

async function run(cli: Cli, options: DeleteOptions): Promise<void> {
  const client = await cli.connect();
  const errors: unknown[] = [];
  const sessions: string[] = [];
  for (const { type, names } of options.selections) {
    const wanted = names.length > 0 ? names : await all(client, type);
    if (wanted.length === 0) cli.streams.err.write("No resources found.\n");
    for (const name of wanted) {
      try {
        await remove(client, type, name);
        if (type === "sessions") sessions.push(name);
        cli.streams.out.write(`${singular(type)} "${name}" deleted\n`);
      } catch (error) {
        errors.push(error);
      }
    }
  }
  // After all are told to end: they end side by side.
  for (const name of options.wait ? sessions : []) {
    try {
      await untilGone(cli, client, name, options.timeout);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new SeveralErrors(errors);
}

const TYPES = ["sessions", "breakpoints"] as const;

function remove(
  client: Client,
  type: ResourceType,
  name: string,
): Promise<unknown> {
  return type === "breakpoints"
    ? client.deleteBreakpoint(name)
    : client.deleteSession(name);
}

async function all(client: Client, type: ResourceType): Promise<string[]> {
  const { items } =
    type === "breakpoints"
      ? await client.breakpoints()
      : await client.sessions();
  return items.map(({ metadata }) => metadata.name);
}
