import { readFile, readdir } from "node:fs/promises";
import { until } from "../../e2e/support/poll.js";
import { tryRun } from "../../e2e/support/run.js";

/**
 * Ends what still runs in a network namespace of the test's own, by its process id: an
 * Engine that was killed leaves the shims of its containers, and those are their children.
 */
export async function endAllWithin(namespace: string): Promise<void> {
  await until("all of the Engine has ended", async () => {
    const pids = await within(namespace);
    // The containers first: with no parent they could not be found any more.
    const children = await Promise.all(pids.map(childrenOf));
    for (const pid of [...children.flat(), ...pids]) end(pid);
    return pids.length === 0;
  });
}

async function within(namespace: string): Promise<number[]> {
  const { stdout } = await tryRun("ip", ["netns", "pids", namespace]);
  return stdout.split("\n").filter(Boolean).map(Number);
}

async function childrenOf(pid: number): Promise<number[]> {
  const tasks = `/proc/${pid}/task`;
  const threads = await readdir(tasks).catch(() => []);
  const lists = threads.map((thread) =>
    readFile(`${tasks}/${thread}/children`, "utf8").catch(() => ""),
  );
  const text = (await Promise.all(lists)).join(" ");
  return text.split(" ").filter(Boolean).map(Number);
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
