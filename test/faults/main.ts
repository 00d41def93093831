import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { docker } from "../e2e/support/run.js";
import { chosen, type Cell } from "./cells.js";
import { startOwnEngine, type Kind } from "./engine/own-engine.js";
import { broken } from "./judge.js";
import { measure } from "./measure.js";
import { rowOf, withRows } from "./report.js";
import { isEngine, VICTIMS, type EngineVictim } from "./victims.js";

const PAGE = "docs/reliability.md";

/** All of it; `--minutes N` for less, or more. */
const MINUTES = 60;

const KINDS: Record<EngineVictim, Kind> = {
  Engine: { liveRestore: false, keepSocket: true },
  "Engine, live-restore": { liveRestore: true, keepSocket: true },
  "Engine, live-restore, new socket": { liveRestore: true, keepSocket: false },
};

/** Set where this process is within an Engine of the test's own. */
const WITHIN = process.env["SIDESTEP_FAULTS_ENGINE"] !== undefined;

const { cells, minutes } = chosen(process.argv.slice(2), MINUTES);
const engine = await docker("version", "-f", "{{.Server.Version}}");
const deadline = Date.now() + minutes * 60_000;
// The row in hand is finished first: nothing of it may stay.
let told = false;
let inner: ChildProcess | undefined;
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => {
    told = true;
    inner?.kill("SIGTERM");
  });
let misses = 0;
const here = cells.filter(([victim]) => WITHIN || !isEngine(victim));
let left = cells.length;
for (const cell of here) {
  if (isOver()) break;
  left--;
  await row(cell);
}
if (!WITHIN) {
  for (const victim of VICTIMS.filter(isEngine)) {
    const some = cells.filter(([each]) => each === victim);
    if (some.length === 0 || isOver()) continue;
    left -= some.length;
    misses += await within(victim, some);
  }
}
if (left > 0) {
  const why = told ? "interrupted" : `${minutes} min are over`;
  process.stderr.write(`faults: ${why}, ${left} not done\n`);
  misses++;
}
process.exit(misses > 0 ? 1 : 0);

function isOver(): boolean {
  return told || Date.now() > deadline;
}

async function row([victim, fault, stage]: Cell): Promise<void> {
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

/** Measures the rows of an Engine by a process that is within one of our own; 1: not all pass. */
async function within(victim: EngineVictim, cells: Cell[]): Promise<number> {
  process.stderr.write(
    `faults: starting an Engine for the rows of: ${victim}\n`,
  );
  const own = await startOwnEngine(KINDS[victim]);
  try {
    const words = new Set(cells.flat());
    const rest = Math.max(1, (deadline - Date.now()) / 60_000);
    const [command = "", ...args] = [
      ...[...own.within, process.execPath, ...process.execArgv],
      ...[import.meta.filename, ...words, "--minutes", String(rest)],
    ];
    const env = { ...process.env, ...own.env };
    inner = spawn(command, args, { stdio: "inherit", env });
    if (told) inner.kill("SIGTERM");
    const [code] = (await once(inner, "exit")) as [number | null];
    return code === 0 ? 0 : 1;
  } finally {
    await own.end();
  }
}
