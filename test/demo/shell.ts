import { spawn, type ChildProcess } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { Unmet } from "./unmet.js";

/** What a command did. */
export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** Whether a person can see and type. */
export const atTerminal = process.stdin.isTTY && process.stdout.isTTY;

/** The container of the demo's sidecar. */
export const SIDECAR = "sidestep-demo-sidestep-1";

/** What the demo's commands get, whatever else runs on this machine. */
export const ENV = {
  ...process.env,
  SIDESTEP_SIDECAR: SIDECAR,
  // A setting of the user's own would let the demo's requests pass by.
  SIDESTEP_MATCH: "",
  CURL_HOME: new URL("curl", import.meta.url).pathname,
  no_proxy: "localhost,127.0.0.1",
} as Record<string, string>;

const running = new Set<ChildProcess>();

/** Prints a line of the demo's own. */
export function say(text = ""): void {
  process.stdout.write(`${text}\n`);
}

/** Shows a command as it is typed. */
export function typed(command: string): void {
  say(atTerminal ? `\n\x1b[1m$ ${command}\x1b[0m` : `\n$ ${command}`);
}

/** Runs a command line silently, whatever its exit code. */
export function capture(command: string, seconds = 60): Promise<Ran> {
  return start(command, seconds, ["ignore", "pipe", "pipe"]);
}

/** Runs a command line on our own terminal; it must succeed. */
export async function run(command: string, seconds?: number): Promise<void> {
  const { code } = await start(command, seconds, [
    atTerminal ? "inherit" : "ignore",
    "inherit",
    "inherit",
  ]);
  if (code !== 0) {
    throw new Unmet(`${command} to succeed`, `exit code ${code}`);
  }
}

/** Ends what still runs, because the demo ends. */
export function killAll(): void {
  for (const child of running) child.kill();
}

/** @param seconds how long it may take; without end, if not given */
async function start(
  command: string,
  seconds: number | undefined,
  stdio: ("ignore" | "pipe" | "inherit")[],
): Promise<Ran> {
  const child = spawn("sh", ["-c", `exec ${command}`], { stdio, env: ENV });
  running.add(child);
  const ran: Ran = { code: -1, stdout: "", stderr: "" };
  child.stdout?.on("data", (data: Buffer) => (ran.stdout += String(data)));
  child.stderr?.on("data", (data: Buffer) => (ran.stderr += String(data)));
  const ended = new Promise<Ran>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ ...ran, code: code ?? -1 }));
  });
  const timer = new AbortController();
  const late =
    seconds === undefined
      ? []
      : [
          delay(seconds * 1000, undefined, {
            signal: timer.signal,
            ref: false,
          }).then(() => {
            throw new Unmet(`${command} to end within ${seconds} s`, "nothing");
          }),
        ];
  try {
    return await Promise.race([ended, ...late]);
  } finally {
    late[0]?.catch(() => undefined);
    timer.abort();
    child.kill();
    running.delete(child);
  }
}
