import type { Writable } from "node:stream";
import type { ReachedEngine } from "../docker/engine/reach/index.js";
import type { Cli } from "./cli.js";
import { fileContexts } from "./contexts.js";
import type { SidecarFinder } from "./discover.js";
import { placeOf } from "./engine-errors.js";
import { report } from "./errors.js";
import { fromDocker } from "./plugin-arguments.js";
import { runProgram } from "./program.js";
import { showsColour } from "./colour.js";
import { createSignals } from "./signals.js";
import { packageVersion } from "./version.js";
import { warnOfVersion } from "./version-warning.js";
import { readTransport, type Where } from "./where.js";

/** The `sidestep` command of this process: wires the parts, and is the only one to end it. */
export async function main(find = engineFinder): Promise<void> {
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
    connect: async (sidecar, where = {}) => {
      const trace = tracer(stderr, where);
      // Only now: HTTP and all below it are slow to load.
      const [{ discover }, { httpClient }] = await Promise.all([
        import("./discover.js"),
        import("./client.js"),
      ]);
      const endpoint = await discover(() => find(where), process.env, {
        wanted: sidecar,
        elsewhere: where.context !== undefined,
        transport: readTransport(where.transport, process.env),
        trace,
        chosen: (each) => warnOfVersion(each, packageVersion(), stderr),
      });
      return httpClient(
        { ...endpoint, trace },
        showsColour(process.env, stdout),
      );
    },
    wanted: () => process.env.SIDESTEP_SIDECAR || undefined,
    engine: reach,
    contexts: fileContexts(process.env),
    now: () => Date.now(),
    async sleep(milliseconds, signal) {
      const { setTimeout } = await import("node:timers/promises");
      await setTimeout(milliseconds, undefined, { signal });
    },
    atExit(restore) {
      process.on("exit", restore);
      return () => process.off("exit", restore);
    },
  };
  const called = fromDocker(process.argv.slice(2));
  Object.assign(process.env, called.env);
  try {
    await runProgram(cli, called.argv);
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

/** The sidecars of the Engine that the command line means. */
async function engineFinder(where: Where): Promise<SidecarFinder> {
  const [{ findSidecars }, { mayBeHere }, { productionContext }, engine] =
    await Promise.all([
      import("../docker/engine/find-sidecars.js"),
      import("../docker/engine/reach/endpoint.js"),
      import("../docker/engine/reach/contexts.js"),
      reach(where),
    ]);
  const { name } = engine.context;
  return {
    place: {
      ...placeOf(engine),
      production: productionContext(process.env, name),
    },
    mayBeHere: mayBeHere(engine.endpoint),
    find: () => findSidecars(engine),
  };
}

async function reach({ context }: Where = {}): Promise<ReachedEngine> {
  const { reachEngine } = await import("../docker/engine/reach/index.js");
  const own = fileContexts(process.env).own();
  return reachEngine(process.env, { flag: context, own });
}

/** Lines of `--verbose`, with the time since the process began. */
function tracer(err: Writable, { verbose, trace }: Where) {
  if (!verbose) return trace;
  return (line: string) => {
    const time = performance.now().toFixed(0).padStart(5);
    err.write(`${time} ms  ${line}\n`);
    trace?.(line);
  };
}
