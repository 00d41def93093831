import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cli } from "../cli.js";
import { formatYaml } from "../print/yaml.js";
import { diffFailed } from "./errors.js";
import { labelsOf, type Outcome } from "./live.js";

/** An object as it is, if it is, and as it would be. */
export interface Pair {
  live: Outcome["object"] | undefined;
  merged: Outcome["object"];
}

/** Writes both sides to folders and has them compared; whether they differ. */
export async function runDiff(cli: Cli, pairs: Pair[]): Promise<boolean> {
  const live = await mkdtemp(join(tmpdir(), "LIVE-"));
  const merged = await mkdtemp(join(tmpdir(), "MERGED-"));
  try {
    for (const pair of pairs) {
      const { apiVersion, kind, metadata } = pair.merged;
      const [group, version] = (apiVersion ?? "").split("/");
      const name = metadata?.name ?? "";
      const file = [group, version, kind, name].join(".");
      await write(join(live, file), pair.live);
      await write(join(merged, file), pair.merged);
    }
    return await differ(cli, live, merged);
  } finally {
    await rm(live, { recursive: true, force: true });
    await rm(merged, { recursive: true, force: true });
  }
}

/** Only what can be asked for: the status would change by itself meanwhile. */
async function write(path: string, object: Pair["live"]): Promise<void> {
  if (!object) return;
  const { apiVersion, kind, metadata, spec } = object;
  const labels = sorted(labelsOf(metadata) ?? {}) as object;
  const known = {
    name: metadata?.name,
    ...(Object.keys(labels).length > 0 && { labels }),
  };
  const asked = { apiVersion, kind, metadata: known, spec: sorted(spec) };
  await writeFile(path, await formatYaml(asked), { mode: 0o600 });
}

/** In the order of the alphabet: another order is no difference. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, of]) => [key, sorted(of)]));
}

/** Runs the program; 0 and 1 are its answers, anything else a failure. */
function differ(cli: Cli, live: string, merged: string): Promise<boolean> {
  const [program = "diff", ...args] = (
    process.env.SIDESTEP_EXTERNAL_DIFF || "diff -u -N"
  ).split(" ");
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args, live, merged], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.pipe(cli.streams.out, { end: false });
    child.stderr.pipe(cli.streams.err, { end: false });
    child.on("error", (cause) => reject(diffFailed(program, cause.message)));
    child.on("close", (code) => {
      if (code === 0 || code === 1) resolve(code === 1);
      else reject(diffFailed(program, `it ended with ${code}`));
    });
  });
}
