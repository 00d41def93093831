import { spawn } from "node:child_process";
import { until } from "./poll.js";

/** A command of the CLI that goes on until it is told to end. */
export interface Watching {
  /** The lines of its output. */
  rows: string[];
  err(): string;
  /** Waits until a row is so; the first one from this one on. */
  sees(row: RegExp, from?: number): Promise<number>;
  signal(name: NodeJS.Signals): void;
  /** How it ended: an exit code or a signal. */
  ended: Promise<number | NodeJS.Signals>;
}

/** Starts it, for the sidecar of this container name. */
export function startWatching(sidecar: string, ...args: string[]): Watching {
  const child = spawn("node", ["bin/sidestep.js", ...args], {
    env: { ...process.env, SIDESTEP_SIDECAR: sidecar },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const rows: string[] = [];
  let rest = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    rows.push(...lines);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  return {
    rows,
    err: () => err,
    sees: async (row, from = 0) => {
      const find = () => {
        const found = rows.findIndex((each, i) => i >= from && row.test(each));
        // Of an answer that is 0, nothing could be told.
        return found < 0 ? undefined : { found };
      };
      const what = `${args.join(" ")} shows ${row}`;
      try {
        return (await until(what, find, 60)).found;
      } catch (error) {
        throw new Error(`${what}: ${rows.join("\n")}\n${err}`, {
          cause: error,
        });
      }
    },
    signal: (name) => void child.kill(name),
    ended: new Promise((resolve) =>
      child.on("close", (code, signal) => resolve(code ?? signal ?? 0)),
    ),
  };
}
