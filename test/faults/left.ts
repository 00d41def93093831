import { setTimeout as delay } from "node:timers/promises";
import { tryRun } from "../e2e/support/run.js";
import { difference, machine, traceOf } from "../support/traces.js";
import type { Scene } from "./scene.js";
import { runs } from "./stages.js";

/** How long all may take to be gone: the guard waits 10 s for a sidecar to come back. */
const PATIENCE_MS = 40_000;

/** Ends session and sidecar as their user would, and says what of ours is left then. */
export async function leftOf(
  scene: Scene,
  sidecarRemoved: boolean,
): Promise<string[]> {
  const { sidecar } = scene;
  const ran = await runs(sidecar.name);
  if (ran) {
    await sidecar.cli.any(["delete", "session", "--all"], { timeout: 45_000 });
    await tryRun("docker", ["stop", "-t", "30", sidecar.name]);
  }
  await tryRun("docker", ["rm", "-f", sidecar.name]);
  // A sidecar that was only stopped keeps its volume for its next start.
  const volumeToo = ran || sidecarRemoved;
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const left = await found(scene, volumeToo);
    if (left.length === 0 || Date.now() > deadline) return left;
    await delay(250);
  }
}

async function found(scene: Scene, volumeToo: boolean): Promise<string[]> {
  const { before, sidecar } = scene;
  const left = difference(before.machine, await machine()).filter(
    (line) => volumeToo || line !== `+ volume ${sidecar.volume}`,
  );
  for (const [name, trace] of before.containers) {
    if (!(await runs(name))) continue;
    const changed = difference(trace, await traceOf(name), { gone: true });
    left.push(...changed.map((line) => `${name}: ${line}`));
  }
  return left;
}
