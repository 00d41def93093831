import { readFile, writeFile } from "node:fs/promises";
import { docker } from "../e2e/support/run.js";
import type { Figure } from "./figure.js";
import { cli } from "./measure/cli.js";
import { flat } from "./measure/flat.js";
import { idle } from "./measure/idle.js";
import { kit } from "./measure/kit.js";
import { killed } from "./measure/killed.js";
import { memory } from "./measure/memory.js";
import { pause } from "./measure/pause.js";
import { restore } from "./measure/restore.js";
import { sessionStart } from "./measure/session-start.js";
import { traffic } from "./measure/traffic.js";
import { tableOf, withSection } from "./report.js";
import { startStack } from "./stack.js";
import { Undo } from "./undo.js";
import { buildTools, startFastApp, startWrk, startProxiesIn } from "./wrk.js";

const PAGE = "docs/benchmarks.md";

/** All of it, with what it takes to put everything back, in milliseconds. */
const LIMIT = 2_100_000;

/** What to measure, by the names below; nothing: everything. */
const only = process.argv.slice(2);

const begin = Date.now();
const undo = new Undo();
process.exitCode = await main().catch((error: Error) => {
  process.stderr.write(`bench: ${error.message}\n`);
  return 1;
});
process.exit();

async function main(): Promise<number> {
  const ended = endOfPatience();
  try {
    const outcome = await Promise.race([measureAll(), ended]);
    if (typeof outcome === "number") return outcome;
    process.stdout.write(await tableOf(outcome));
    return outcome.some(({ pass }) => pass === false) ? 1 : 0;
  } finally {
    say("putting everything back");
    await undo.all();
  }
}

async function measureAll(): Promise<Figure[]> {
  say("starting the demo");
  await buildTools();
  const stack = await startStack(undo);
  await stack.startSidecar();
  const wrk = await startWrk(stack);
  const app = await startFastApp(stack, "app");
  const other = await startFastApp(stack, "other");
  await startProxiesIn(stack, other);

  const engine = await docker("version", "-f", "{{.Server.Version}}");
  const measures: Record<string, () => Promise<Figure[]>> = {
    "session start": () => sessionStart(stack),
    restore: () => restore(stack),
    "no session": () => idle(stack, app, wrk),
    traffic: () => traffic(stack, app, other, wrk),
    "the kit": () => kit(stack),
    memory: () => memory(stack),
    "pauses and keys": () => pause(stack),
    "the command line": () => cli(stack, undo),
    "SIGKILL and SIGSTOP": () => killed(stack),
    "ten minutes": () => flat(stack, app, wrk),
  };
  const names = Object.keys(measures);
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new Error(`"${unknown}" is none of: ${names.join(", ")}`);
  }
  const figures: Figure[] = [];
  for (const [name, measure] of Object.entries(measures)) {
    if (only.length > 0 && !only.includes(name)) continue;
    say(name);
    const found = await measure();
    figures.push(...found);
    for (const each of found) say(`${each.what}: ${each.measured}`);
    // At once: what was measured is kept, even if the run is ended early.
    const before = await readFile(PAGE, "utf8").catch(() => "");
    await writeFile(
      PAGE,
      await withSection(before, names, name, found, engine),
    );
  }
  return figures;
}

/** The exit code of what ends the run early: a signal, or that it takes too long. */
function endOfPatience(): Promise<number> {
  return new Promise((resolve) => {
    process.on("SIGINT", () => resolve(130));
    process.on("SIGTERM", () => resolve(143));
    setTimeout(() => {
      say(`given up after ${LIMIT / 1000} s`);
      resolve(1);
    }, LIMIT);
  });
}

function say(what: string): void {
  const seconds = ((Date.now() - begin) / 1000).toFixed(0);
  process.stderr.write(`bench: ${seconds.padStart(3)} s  ${what}\n`);
}
