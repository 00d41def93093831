import type { Cli } from "../cli.js";
import type { Client } from "../client.js";
import { SeveralErrors } from "../errors.js";
import { connectWhenUp } from "../poll.js";
import { triers, type DryRun, type Outcome } from "./live.js";
import { readManifests, type Files, type Manifest } from "./manifest.js";
import { printObjects, printOutcome } from "./print-outcome.js";

/** What is to be done with the objects of files, and how it is told. */
export interface ManifestOptions {
  files: Files;
  dryRun: DryRun;
  output: "name" | "json" | "yaml" | undefined;
}

/** Does something with each object of some files; an error of one keeps no other from it. */
export async function runManifests(
  cli: Cli,
  verb: string,
  { files, dryRun, output }: ManifestOptions,
  act: (client: Client, manifest: Manifest, dryRun: DryRun) => Promise<Outcome>,
): Promise<void> {
  const manifests = await readManifests(cli.streams.in, files, verb);
  const client = await connectWhenUp(cli);
  const outcomes: Outcome[] = [];
  const errors: unknown[] = [];
  const by = triers(dryRun);
  for (const manifest of manifests) {
    try {
      const outcome = await act(client, manifest, by.of(manifest));
      by.tried(manifest, outcome);
      outcomes.push(outcome);
      printOutcome(cli, outcome, output, dryRun);
    } catch (error) {
      errors.push(error);
    }
  }
  if ((output === "json" || output === "yaml") && outcomes.length > 0) {
    await printObjects(cli, outcomes, output);
  }
  if (errors.length > 0) throw new SeveralErrors(errors);
}
