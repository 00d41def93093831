import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { until } from "../e2e/support/poll.js";
import { docker, tryRun } from "../e2e/support/run.js";
import type { Scene } from "./scene.js";
import { containerOf, isEngine, processesOf, type Victim } from "./victims.js";

/** What happens to it. Signals come from outside of Docker, as a process dies by itself. */
export const FAULTS = [
  "SIGTERM",
  "SIGKILL",
  "SIGSTOP",
  "docker rm -f",
  "out of memory",
] as const;
export type Fault = (typeof FAULTS)[number];

/** Unix milliseconds: when it was done, and when its processes were gone. */
export interface Struck {
  sent: number;
  dead: number;
  /** Lets go on what was stopped. */
  undo(): Promise<void>;
}

/** How long an end in good order may take: milliseconds. */
const ENDS = 45_000;

export async function strike(
  scene: Scene,
  victim: Victim,
  fault: Fault,
): Promise<Struck> {
  const { first, all } = await processesOf(scene, victim);
  if (first.length === 0) throw new Error(`there is no ${victim}`);
  const container = isEngine(victim) ? "" : containerOf(scene, victim);
  const sent = Date.now();
  let undo = async () => {};
  if (fault === "SIGSTOP") {
    signal(all, fault);
    undo = async () => signal(all, "SIGCONT");
    return { sent, dead: sent, undo };
  }
  if (fault === "docker rm -f") void tryRun("docker", ["rm", "-f", container]);
  else if (fault === "out of memory") await exhaust(container, first);
  else signal(first, fault);
  while (first.some(isAlive)) {
    if (Date.now() - sent > ENDS) throw new Error(`${victim} does not end`);
    await delay(1);
  }
  const dead = Date.now();
  if (container === "") await until("the Engine answers again", answers);
  return { sent, dead, undo };
}

const answers = async (): Promise<boolean> =>
  (await tryRun("docker", ["version"])).code === 0;

function signal(pids: number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`);

/** What is left for the container to take before it is too much: bytes. */
const ROOM = 24 * 2 ** 20;

/**
 * The kernel's own out of memory: the container gets a limit, something in it
 * takes more, and the kernel ends the process that it is told to end first.
 */
async function exhaust(container: string, pids: number[]): Promise<void> {
  for (const pid of pids) await writeFile(`/proc/${pid}/oom_score_adj`, "1000");
  const [first = 0] = pids;
  const limit = String((await usedBy(first)) + ROOM);
  await docker("update", "--memory", limit, "--memory-swap", limit, container);
  // `tail` keeps a line until it ends, and this one never does.
  void tryRun("docker", ["exec", container, "tail", "/dev/zero"]);
}

/** What the kernel counts for the container of a process, by either version of cgroups: bytes. */
async function usedBy(pid: number): Promise<number> {
  const groups = await readFile(`/proc/${pid}/cgroup`, "utf8");
  const v1 = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m.exec(groups)?.[1];
  const v2 = /^0::(.*)$/m.exec(groups)?.[1];
  const file =
    v1 === undefined
      ? `/sys/fs/cgroup${v2}/memory.current`
      : `/sys/fs/cgroup/memory${v1}/memory.usage_in_bytes`;
  return Number(await readFile(file, "utf8"));
}
