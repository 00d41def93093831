import { readFile } from "node:fs/promises";
import { docker, tryRun } from "../e2e/support/run.js";
import { ownEngine } from "./engine/own-engine.js";
import { SESSION, type Scene } from "./scene.js";

/** What can die. */
export const VICTIMS = [
  "interceptor",
  "replica",
  "sidecar",
  "broker",
  "original",
  "nginx",
  "Engine",
  "Engine, live-restore",
  "Engine, live-restore, new socket",
] as const;
export type Victim = (typeof VICTIMS)[number];

/** Those that are the Engine itself: one of the test's own is ended. */
export type EngineVictim = Extract<Victim, `Engine${string}`>;
export const isEngine = (victim: Victim): victim is EngineVictim =>
  victim.startsWith("Engine");

type InContainer = Exclude<Victim, EngineVictim>;

/** The container it is, or is in. */
export function containerOf(scene: Scene, victim: InContainer): string {
  const { app, web, sidecar } = scene;
  return {
    interceptor: `${app}-sidestep-port-8000`,
    replica: `${app}-sidestep-${SESSION}`,
    sidecar: sidecar.name,
    broker: sidecar.name,
    original: app,
    nginx: web,
  }[victim];
}

/** Process ids, as this machine counts: of the first process of a container, of all, of brokers. */
export async function processesOf(
  scene: Scene,
  victim: Victim,
): Promise<{ first: number[]; all: number[] }> {
  if (isEngine(victim)) {
    const pid = Number(await readFile(ownEngine(), "utf8"));
    return { first: [pid], all: [pid] };
  }
  const container = containerOf(scene, victim);
  const { stdout } = await tryRun("docker", [
    ...["top", container, "-eo", "pid,args"],
  ]);
  const lines = stdout.split("\n").slice(1).filter(Boolean);
  const pids = (which: string[]) => which.map((line) => parseInt(line, 10));
  if (victim === "broker") {
    const brokers = pids(lines.filter((line) => line.includes("broker.py")));
    return { first: brokers, all: brokers };
  }
  if (lines.length === 0) return { first: [], all: [] };
  const first = await docker("inspect", "-f", "{{.State.Pid}}", container);
  return { first: [Number(first)], all: pids(lines) };
}
