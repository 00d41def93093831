import { readFile, writeFile } from "node:fs/promises";
import { docker } from "../e2e/support/run.js";
import { chosen } from "./cells.js";
import { broken } from "./judge.js";
import { measure } from "./measure.js";
import { rowOf, withRows } from "./report.js";

const PAGE = "docs/reliability.md";

/** All of it; `--minutes N` for less, or more. */
const MINUTES = 35;

const { cells, minutes } = chosen(process.argv.slice(2), MINUTES);
const engine = await docker("version", "-f", "{{.Server.Version}}");
const deadline = Date.now() + minutes * 60_000;
// The row in hand is finished first: nothing of it may stay.
let told = false;
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => (told = true));
let misses = 0;
let left = cells.length;
for (const [victim, fault, stage] of cells) {
  if (told || Date.now() > deadline) {
    const why = told ? "interrupted" : `${minutes} min are over`;
    process.stderr.write(`faults: ${why}, ${left} not done\n`);
    misses++;
    break;
  }
  left--;
  const begin = Date.now();
  try {
    const cell = await measure(victim, fault, stage);
    if (broken(cell).length > 0) misses++;
    const seconds = ((Date.now() - begin) / 1000).toFixed(0);
    const why = cell.why.length > 0 ? ` [${cell.why.join("; ")}]` : "";
    process.stdout.write(`${rowOf(cell)} ${seconds} s${why}\n`);
    // At once: what was measured is kept, even if the run is ended early.
    const before = await readFile(PAGE, "utf8").catch(() => "");
    await writeFile(PAGE, await withRows(before, [cell], engine));
  } catch (error) {
    misses++;
    process.stdout.write(
      `| ${victim} | ${fault} | ${stage} | not measured: ${(error as Error).message}\n`,
    );
  }
}
process.exit(misses > 0 ? 1 : 0);
