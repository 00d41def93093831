import { once } from "node:events";
import { Command } from "commander";
import type { Cli } from "../cli.js";
import type { LogOptions } from "../client.js";
import { usage } from "../errors.js";
import {
  commandPath,
  readDuration,
  readInteger,
  withExamples,
} from "../flags.js";
import { onlySession } from "../only-session.js";
import { parseNamesOf } from "../resources.js";

interface LogsFlags {
  follow?: boolean;
  tail?: string;
  since?: string;
  timestamps?: boolean;
}

/** `sidestep logs`: what the replica writes. */
export function logsCommand(cli: Cli): Command {
  const command = new Command("logs")
    .description("Print the log of a session's replica")
    .argument("[session/name...]", "session/NAME (default: the only session)")
    .option("-f, --follow", "go on printing as lines come")
    .option("--tail <lines>", "only the last lines; -1: all")
    .option("--since <duration>", "only what is not older, such as 10m")
    .option("--timestamps", "begin each line with its time")
    .action((words: string[], flags: LogsFlags) => {
      const path = commandPath(command);
      return run(cli, readName(path, words), complete(path, flags));
    });
  return withExamples(command, [
    ["The log of the only session's replica, as it comes", "sidestep logs -f"],
    [
      "The last lines of one of several",
      "sidestep logs session/shop-x7k2p --tail 20 --timestamps",
    ],
  ]);
}

function readName(path: string, words: string[]): string | undefined {
  const [name, ...others] = parseNamesOf(path, "sessions", words);
  if (others.length > 0) throw usage(path, "only one session at a time");
  return name;
}

function complete(path: string, flags: LogsFlags): LogOptions {
  const options: LogOptions = {};
  if (flags.follow) options.follow = true;
  if (flags.timestamps) options.timestamps = true;
  if (flags.since !== undefined) {
    const since = readDuration(path, "--since", flags.since);
    // In the one unit that the API surely has.
    options.since = `${Math.max(1, Math.ceil(since / 1000))}s`;
  }
  if (flags.tail !== undefined) {
    const most = Number.MAX_SAFE_INTEGER;
    const tail = readInteger(path, "--tail", flags.tail, [-1, most]);
    if (tail >= 0) options.tail = tail;
  }
  return options;
}

async function run(
  cli: Cli,
  name: string | undefined,
  options: LogOptions,
): Promise<void> {
  const { out } = cli.streams;
  const client = await cli.connect();
  const log = await client.logs(
    name ?? (await onlySession(client, "logs")),
    options,
  );
  for await (const chunk of log) {
    if (!out.write(chunk)) await once(out, "drain");
  }
}
