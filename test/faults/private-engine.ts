import { spawn, type ChildProcess } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { openSync } from "node:fs";
import { until } from "../e2e/support/poll.js";
import { run, tryRun } from "../e2e/support/run.js";

/** An Engine that is ours to kill, on this namespace's /var/run/docker.sock. */
export interface PrivateEngine {
  pid: number;
  /** Starts it once more, after its end. */
  again(): Promise<void>;
  end(): Promise<void>;
}

/**
 * Starts it with its data in a folder, and these images; to be run in
 * namespaces of its own, as test/faults.sh does.
 */
export async function startPrivateEngine(
  folder: string,
  images: string,
  liveRestore: boolean,
): Promise<PrivateEngine> {
  await mkdir(folder, { recursive: true });
  const config = `${folder}/daemon.json`;
  await writeFile(config, JSON.stringify({ "live-restore": liveRestore }));
  const log = openSync(`${folder}/dockerd.log`, "a");
  let child: ChildProcess;
  const begin = async () => {
    const where = ["--config-file", config, "--data-root", `${folder}/root`];
    child = spawn("dockerd", where, { stdio: ["ignore", log, log] });
    engine.pid = child.pid ?? 0;
    await until(
      `the Engine answers (${folder}/dockerd.log)`,
      async () => (await tryRun("docker", ["version"])).code === 0,
      60,
    );
  };
  const engine: PrivateEngine = {
    pid: 0,
    again: begin,
    end: async () => {
      const ended = new Promise((resolve) => child.once("close", resolve));
      const all = await run("docker", ["ps", "-aq"]);
      if (all !== "") await run("docker", ["rm", "-f", ...all.split("\n")]);
      child.kill();
      await ended;
    },
  };
  await begin();
  await run("docker", ["load", "-q", "-i", images], { timeout: 200_000 });
  return engine;
}
