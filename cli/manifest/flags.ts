import type { Command } from "commander";
import { usage } from "../errors.js";
import { collect, readChoice } from "../flags.js";
import type { DryRun } from "./live.js";
import type { Files } from "./manifest.js";

/** The flags of a command that reads files of objects. */
export interface FileFlags {
  filename?: string[];
  recursive?: boolean;
}

/** Adds `-f` and `-R`. */
export function fileOptions(command: Command, what: string): Command {
  return command
    .option(
      "-f, --filename <path>",
      `file or folder with ${what}; -: the standard input; may be given several times`,
      collect,
    )
    .option("-R, --recursive", "with -f: also the folders in a folder");
}

/** Adds `--dry-run`. */
export function dryRunOption(command: Command): Command {
  return command.option(
    "--dry-run <who>",
    "only say what would be done: client (by the files), server (checked by the sidecar) or none",
    "none",
  );
}

/** Reads `--dry-run`. */
export function readDryRun(path: string, value: string): DryRun {
  return readChoice(path, "--dry-run", value, ["none", "client", "server"]);
}

/** Reads `-f` and `-R`, where `-f` is needed. */
export function readFiles(
  path: string,
  words: string[],
  flags: FileFlags,
): Files {
  const paths = (flags.filename ?? []).flatMap((each) => each.split(","));
  if (paths.length === 0) throw usage(path, "must specify -f");
  if (words.length > 0) {
    throw usage(path, `unexpected arguments: ${words.join(" ")}`);
  }
  return { paths, recursive: flags.recursive ?? false };
}
