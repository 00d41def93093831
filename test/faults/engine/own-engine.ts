// An Engine of the test's own, which may be ended: beside the one that is there,
// with data, socket and network namespace of its own, so that neither sees the other.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, readdir, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { until } from "../../e2e/support/poll.js";
import { run, tryRun } from "../../e2e/support/run.js";
import { SIDECAR_IMAGE } from "../../e2e/support/sidecar.js";
import { endAllWithin } from "./within.js";

/** The images of a scene. */
const IMAGES = [SIDECAR_IMAGE, "sidestep-demo-shop", "sidestep-demo-web"];

/** What an Engine that still answers gets for the end of its containers: milliseconds. */
const REMOVAL = 30_000;
/** And what it has for its own end, as a service manager gives it. */
const END = 30_000;

const PID_FILE = "SIDESTEP_FAULTS_ENGINE";

/** The file that names the process of the Engine that this process is within. */
export function ownEngine(): string {
  const file = process.env[PID_FILE];
  if (file === undefined)
    throw new Error("only the test's own Engine is ended");
  return file;
}

export interface OwnEngine {
  /** What a process within it is started with: a command to put before it, and its environment. */
  within: string[];
  env: Record<string, string>;
  /** Ends it with all its containers, and takes its data away. */
  end(): Promise<void>;
}

/** How an Engine is set up. */
export interface Kind {
  /** Containers outlive it. */
  liveRestore: boolean;
  /** Its socket is a service manager's, and outlives it; else each start makes it anew. */
  keepSocket: boolean;
}

/** Starts an Engine that has a scene's images. */
export async function startOwnEngine({
  liveRestore,
  keepSocket,
}: Kind): Promise<OwnEngine> {
  const folder = await mkdtemp(join(tmpdir(), "sidestep-faults-engine-"));
  const namespace = `sidestep-faults-${process.pid}`;
  const socket = join(folder, "docker.sock");
  const pidFile = join(folder, "engine.pid");
  const within = ["nsenter", `--net=/run/netns/${namespace}`];
  const env = {
    DOCKER_HOST: `unix://${socket}`,
    [PID_FILE]: pidFile,
  };
  let keeper: ChildProcess | undefined;
  const end = async () => {
    // In good order if it still can; one that hangs, or is gone, is not waited for.
    const options = { env, timeout: REMOVAL };
    const { stdout } = await tryRun("docker", ["ps", "-aq"], options);
    const containers = stdout.split("\n").filter(Boolean);
    if (containers.length > 0)
      await tryRun("docker", ["rm", "-f", ...containers], options);
    if (keeper && isRunning(keeper)) {
      keeper.kill("SIGTERM");
      await Promise.race([once(keeper, "exit"), delay(END, 0, { ref: false })]);
    }
    await endAllWithin(namespace);
    await unmount(folder);
    await rm(folder, { recursive: true, force: true });
    await tryRun("ip", ["netns", "delete", namespace]);
  };
  try {
    const { program, path } = await dockerd();
    await run("ip", ["netns", "add", namespace]);
    const inNamespace = (...args: string[]) =>
      run("nsenter", [...within.slice(1), ...args]);
    await inNamespace("ip", "link", "set", "lo", "up");
    await inNamespace("sysctl", "-q", "-w", "net.ipv4.ip_forward=1");
    // Not `ip netns exec`: that hides the control groups.
    const [nsenter = "", ...into] = within;
    keeper = spawn(
      nsenter,
      [
        ...into,
        ...["python3", join(import.meta.dirname, "keeper.py")],
        ...[keepSocket ? socket : "", pidFile, program],
        ...["--host", keepSocket ? "fd://" : env.DOCKER_HOST],
        ...["--data-root", join(folder, "data")],
        ...["--exec-root", join(folder, "exec")],
        ...["--pidfile", join(folder, "dockerd.pid")],
        ...["--containerd-namespace", namespace],
        ...["--containerd-plugins-namespace", `${namespace}-plugins`],
        ...(liveRestore ? ["--live-restore"] : []),
      ],
      {
        env: { ...process.env, PATH: path },
        // Ctrl-C is for the measurement, which ends the Engine in its turn.
        detached: true,
        stdio: [
          "ignore",
          "ignore",
          process.env["DEBUG"] ? "inherit" : "ignore",
        ],
      },
    );
    await until(
      "the Engine answers",
      async () => (await tryRun("docker", ["version"], { env })).code === 0,
      30,
    );
    await run("sh", [
      "-c",
      `docker save ${IMAGES.join(" ")} | DOCKER_HOST=unix://${socket} docker load`,
    ]);
    return { within, env, end };
  } catch (error) {
    await end();
    throw error;
  }
}

const isRunning = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode === null && signalCode === null;

/** The program of the Engine that runs here, and the path with what it needs; else the one on ours. */
async function dockerd(): Promise<{ program: string; path: string }> {
  const path = process.env["PATH"] ?? "";
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const program = await readlink(`/proc/${pid}/exe`).catch(() => "");
    if (!program.endsWith("/dockerd")) continue;
    const bin = join(dirname(program), "../bin");
    return { program, path: `${dirname(program)}:${bin}:${path}` };
  }
  const { stdout } = await tryRun("sh", ["-c", "command -v dockerd"]);
  if (stdout.trim() === "") throw new Error("there is no dockerd");
  return { program: stdout.trim(), path };
}

/** What an Engine that was killed has left mounted. */
async function unmount(folder: string): Promise<void> {
  const mounts = await readFile("/proc/self/mounts", "utf8");
  const below = mounts
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "")
    .filter((path) => path.startsWith(`${folder}/`));
  for (const path of below.toReversed()) await tryRun("umount", ["-l", path]);
}
