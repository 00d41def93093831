import { Console } from "./pty.js";
import { run, tryRun, type Result, type RunOptions } from "./run.js";

const BIN = "bin/sidestep.js";

/** The `sidestep` command, as a user of one sidecar types it. */
export interface Cli {
  /** Runs it; it must succeed. Its output. */
  ok(...args: string[]): Promise<string>;
  /** Runs it, whatever its exit code. */
  any(args: string[], options?: RunOptions): Promise<Result>;
  /** Runs it on a PTY. */
  tty(...args: string[]): Console;
}

/** The command line for the sidecar of this container name. */
export function cliFor(
  sidecar: string,
  more: Record<string, string> = {},
): Cli {
  const env = { SIDESTEP_SIDECAR: sidecar, ...more };
  return {
    ok: (...args) => run("node", [BIN, ...args], { env }),
    any: (args, options) =>
      tryRun("node", [BIN, ...args], {
        ...options,
        env: { ...env, ...options?.env },
      }),
    tty: (...args) => new Console("node", [BIN, ...args], env),
  };
}
