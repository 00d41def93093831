import { writeFile } from "node:fs/promises";
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
import { pageOf, tableOf } from "./report.js";
import { startStack } from "./stack.js";
import { Undo } from "./undo.js";
import { buildTools, startFastApp, startLoads, startProxiesIn } from "./wrk.js";

const PAGE = "docs/benchmarks.md";

/** All of it, with what it takes to put everything back, in milliseconds. */
const LIMIT = 2_100_000;

/** What to measure, by the names below; nothing: everything, and the page is written. */
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
    if (only.length > 0) {
      process.stdout.write(await tableOf(outcome));
      return 0;
    }
    await writeFile(
      PAGE,
      await pageOf(
        outcome,
        await docker("version", "-f", "{{.Server.Version}}"),
      ),
    );
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
  const { wrk, burst } = await startLoads(stack);
  const app = await startFastApp(stack, "app");
  const other = await startFastApp(stack, "other");
  await startProxiesIn(stack, other);

  const figures: Figure[] = [];
  const measure = async (what: string, figure: () => Promise<Figure[]>) => {
    if (only.length > 0 && !only.includes(what)) return;
    say(what);
    for (const each of await figure()) {
      figures.push(each);
      // What is measured is told, even if the run is ended early.
      say(`${each.what}: ${each.measured}`);
    }
  };
  await measure("session start", () => sessionStart(stack));
  await measure("restore", () => restore(stack));
  await measure("no session", () => idle(stack, app, wrk));
  await measure("traffic", () => traffic(stack, app, other, wrk));
  await measure("the kit", () => kit(stack, burst));
  await measure("memory", () => memory(stack));
  await measure("pauses and keys", () => pause(stack));
  await measure("the command line", () => cli(stack, undo));
  await measure("SIGKILL and SIGSTOP", () => killed(stack));
  await measure("ten minutes", () => flat(stack, app, wrk));
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
