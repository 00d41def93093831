import { Command } from "commander";
import type { Cli } from "../cli.js";
import { interrupted, usage } from "../errors.js";
import { commandPath, withExamples } from "../flags.js";
import { parseTypedName } from "../resources.js";
import type { SignalName } from "../signals.js";

/** A path in a session's replica, or one of this machine. */
type Place = { remote: { session: string; path: string } } | { local: string };

interface CopyOptions {
  from: Place;
  to: Place;
}

/** `sidestep cp`: files and folders, from and to a session's replica. */
export function cpCommand(cli: Cli): Command {
  const command = new Command("cp")
    .description("Copy files and folders to and from a session's replica")
    .argument(
      "[source]",
      "a path here, or session/NAME:/PATH; -: a tar by the standard input",
    )
    .argument("[destination]", "the other one; -: a tar to the standard output")
    .action((source: string | undefined, destination: string | undefined) =>
      run(cli, complete(commandPath(command), source, destination)),
    );
  return withExamples(command, [
    [
      "What the app wrote",
      "sidestep cp session/shop-x7k2p:/tmp/report.csv report.csv",
    ],
    [
      "A folder into the replica",
      "sidestep cp fixtures session/shop-x7k2p:/tmp",
    ],
  ]);
}

function complete(
  path: string,
  source: string | undefined,
  destination: string | undefined,
): CopyOptions {
  if (source === undefined || destination === undefined) {
    throw usage(path, "source and destination are required");
  }
  const from = readPlace(path, source);
  const to = readPlace(path, destination);
  if ("local" in from && "local" in to) {
    throw usage(
      path,
      "one of source or destination must be in a replica: session/NAME:/PATH",
    );
  }
  if ("remote" in from && "remote" in to) {
    throw usage(path, "one of source or destination must be a path here");
  }
  return { from, to };
}

function readPlace(path: string, word: string): Place {
  // What begins with a slash or a dot is a file of that name, colon or not.
  const [, before, after = ""] = /^([^./:][^:]*):(.*)$/s.exec(word) ?? [];
  if (before === undefined) return { local: word };
  const typed = before.includes("/") ? before : `session/${before}`;
  const { type, names } = parseTypedName(path, typed);
  if (type !== "sessions") {
    throw usage(path, `${path} takes session/NAME:/PATH, not ${word}`);
  }
  if (!after.startsWith("/")) {
    throw usage(path, `a path in a replica begins with "/", not "${after}"`);
  }
  return { remote: { session: names[0] ?? "", path: after } };
}

async function run(cli: Cli, { from, to }: CopyOptions): Promise<void> {
  const hold = cli.signals.hold();
  const { signal } = hold;
  try {
    const client = await cli.connect();
    signal.throwIfAborted();
    if ("remote" in from && "local" in to) {
      const { download } = await import("../copy/download.js");
      await download(cli, client, from.remote, to.local, signal);
    } else if ("local" in from && "remote" in to) {
      const { upload } = await import("../copy/upload.js");
      await upload(cli, client, from.local, to.remote, signal);
    }
  } catch (error) {
    throw signal.aborted ? interrupted(signal.reason as SignalName) : error;
  } finally {
    hold.release();
  }
}
