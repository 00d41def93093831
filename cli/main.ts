import { setTimeout as sleep } from "node:timers/promises";
import type { Cli } from "./cli.js";
import { httpClient } from "./client.js";
import { discover, type SidecarFinder } from "./discover.js";
import { report } from "./errors.js";
import { runProgram } from "./program.js";
import { showsColour } from "./colour.js";
import { createSignals } from "./signals.js";
import { packageVersion } from "./version.js";

/** The sidecars of the Docker Engine; its client is loaded only when it is asked. */
const engineFinder: SidecarFinder = {
  async find() {
    const { findSidecars } = await import("../docker/engine/find-sidecars.js");
    return findSidecars();
  },
};

/** The `sidestep` command of this process: wires the parts, and is the only one to end it. */
export async function main(finder = engineFinder): Promise<void> {
  const { stdin, stdout, stderr } = process;
  const signals = createSignals((code) => process.exit(code));
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => signals.raise(name));
  }
  for (const stream of [stdout, stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      // Nobody reads any more (a pipe closed, a terminal gone): end quietly,
      // unless a command still has something to put in order.
      if (error.code === "EPIPE" || error.code === "EIO") {
        signals.raise("SIGPIPE");
      } else {
        throw error;
      }
    });
  }
  // A terminal that is gone can be noticed by reading from it, before SIGHUP.
  stdin.on("error", () => signals.raise("SIGHUP"));
  process.on("uncaughtException", (error) => void end(error));

  const cli: Cli = {
    streams: { in: stdin, out: stdout, err: stderr },
    signals,
    version: packageVersion(),
    connect: async (sidecar) =>
      httpClient(
        await discover(finder, process.env, sidecar),
        showsColour(process.env, stdout),
      ),
    now: () => Date.now(),
    async sleep(milliseconds, signal) {
      await sleep(milliseconds, undefined, { signal });
    },
    atExit(restore) {
      process.on("exit", restore);
      return () => process.off("exit", restore);
    },
  };
  try {
    await runProgram(cli, process.argv.slice(2));
    await end();
  } catch (error) {
    await end(error);
  }
}

/** Reports the error, if any, and ends the process once all output is out. */
async function end(error?: unknown): Promise<void> {
  const { text, exitCode } =
    error === undefined ? { text: "", exitCode: 0 } : report(error);
  process.stderr.write(text);
  await Promise.all([flush(process.stdout), flush(process.stderr)]);
  process.exit(exitCode);
}

function flush(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || !stream.writable) resolve();
    else stream.write("", () => resolve());
  });
}
