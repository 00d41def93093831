import { Command } from "commander";
import type { Cli } from "../cli.js";
import { asDiffFailure, differs } from "../manifest/errors.js";
import { commandPath, withExamples } from "../flags.js";
import { fileOptions, readFiles, type FileFlags } from "../manifest/flags.js";
import type { Files } from "../manifest/manifest.js";

/** `sidestep diff`: what `apply` would change. */
export function diffCommand(cli: Cli): Command {
  const command = new Command("diff")
    .description(
      "Show what apply would change, as `diff -u -N` does\n(or the program of SIDESTEP_EXTERNAL_DIFF). Exit code 0: nothing; 1: something; more: an error",
    )
    .argument("[arguments...]");
  fileOptions(command, "sessions and breakpoints (YAML, JSON)").action(
    (words: string[], flags: FileFlags) =>
      run(cli, commandPath(command), words, flags),
  );
  return withExamples(command, [
    ["Before changing a session", "sidestep diff -f session.yaml"],
    [
      "Of an object that comes by a pipe",
      "sidestep get session shop-x7k2p -o yaml | sed s/alice/bob/ | sidestep diff -f -",
    ],
  ]);
}

async function run(
  cli: Cli,
  path: string,
  words: string[],
  flags: FileFlags,
): Promise<void> {
  let different: boolean;
  try {
    different = await compare(cli, readFiles(path, words, flags));
  } catch (error) {
    throw asDiffFailure(error);
  }
  if (different) throw differs();
}

async function compare(cli: Cli, files: Files): Promise<boolean> {
  const { readManifests } = await import("../manifest/manifest.js");
  const { applyObject, liveOf, triers } = await import("../manifest/live.js");
  const { runDiff } = await import("../manifest/run-diff.js");
  const manifests = await readManifests(cli.streams.in, files, "diff");
  const client = await cli.connect();
  const pairs = [];
  const by = triers("server");
  for (const manifest of manifests) {
    const live = await liveOf(client, manifest);
    const outcome = await applyObject(client, manifest, by.of(manifest));
    by.tried(manifest, outcome);
    pairs.push({ live, merged: outcome.object });
  }
  return runDiff(cli, pairs);
}
