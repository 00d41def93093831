import { Command } from "commander";
import type { Cli } from "../cli.js";
import { commandPath, withExamples } from "../flags.js";
import {
  dryRunOption,
  fileOptions,
  readDryRun,
  readFiles,
  type FileFlags,
} from "../manifest/flags.js";
import type { ManifestOptions } from "../manifest/run-manifests.js";
import { parseOutput } from "../print/output.js";

const FORMATS = ["name", "json", "yaml"] as const;

interface ApplyFlags extends FileFlags {
  dryRun: string;
  output?: string;
}

/** `sidestep apply`: makes sessions and breakpoints be as files say. */
export function applyCommand(cli: Cli): Command {
  const command = new Command("apply")
    .description(
      "Make sessions and breakpoints be as files say: created, changed, or left as they are",
    )
    .argument("[arguments...]");
  dryRunOption(fileOptions(command, "sessions and breakpoints (YAML, JSON)"))
    .option("-o, --output <format>", `one of ${FORMATS.join(", ")}`)
    .action((words: string[], flags: ApplyFlags) =>
      run(cli, complete(commandPath(command), words, flags)),
    );
  return withExamples(command, [
    ["What a file says", "sidestep apply -f session.yaml"],
    [
      "What all files of a folder say, if the sidecar would take it",
      "sidestep apply -f debug/ -R --dry-run=server",
    ],
    [
      "A session as it was",
      "sidestep get session shop-x7k2p -o yaml | sidestep apply -f -",
    ],
  ]);
}

function complete(
  path: string,
  words: string[],
  flags: ApplyFlags,
): ManifestOptions {
  return {
    files: readFiles(path, words, flags),
    dryRun: readDryRun(path, flags.dryRun),
    output: parseOutput(flags.output, FORMATS),
  };
}

async function run(cli: Cli, options: ManifestOptions): Promise<void> {
  const { runManifests } = await import("../manifest/run-manifests.js");
  const { applyObject } = await import("../manifest/live.js");
  await runManifests(cli, "apply", options, applyObject);
}
