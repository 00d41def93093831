import type { Cli } from "./cli.js";
import type { Client } from "./client.js";
import { detachWatcher } from "./detach-keys.js";
import { takeTty } from "./local-tty.js";
import { notStarted, streamLost } from "./replica-errors.js";
import type { Stream } from "./stream.js";
import type { Output } from "./streams.js";

/** What is run, and how. */
export interface RunOptions {
  command: string[];
  stdin: boolean;
  tty: boolean;
  detachKeys: Uint8Array;
  /** Aborted: leave. */
  signal: AbortSignal;
}

/**
 * Runs a command in a session's replica on the streams of this process; its
 * exit code, or undefined where the user left. The sidecar ends the command
 * of who leaves.
 */
export async function runInReplica(
  cli: Cli,
  client: Client,
  session: string,
  { command, stdin, tty, detachKeys, signal }: RunOptions,
): Promise<number | undefined> {
  const { in: input, out, err } = cli.streams;
  const lent = tty ? takeTty(cli.streams, cli.atExit) : undefined;
  let stream: Stream | undefined;
  let leave = () => {};
  const left = new Promise<undefined>((resolve) => {
    leave = () => resolve(undefined);
    signal.addEventListener("abort", leave);
  });
  try {
    const open = client.exec(
      session,
      {
        command,
        stdin,
        ...(lent && {
          tty: { ...lent.size(), term: process.env.TERM || "xterm" },
        }),
      },
      (of, data) =>
        lent ? lent.write(data) : write(of === "stderr" ? err : out, data),
    );
    stream = await open;
    const { ended } = stream;
    lent?.onResize(() => stream?.resize(lent.size()));
    if (stdin)
      void feed(cli, stream, tty ? detachKeys : new Uint8Array(), leave);
    const end = await Promise.race([ended, left]);
    if (end === undefined) return undefined;
    if (end.kind === "lost") throw streamLost(end.cause);
    if (end.failure) {
      throw notStarted(command[0] ?? "", session, end.failure, end.code);
    }
    return end.code;
  } finally {
    signal.removeEventListener("abort", leave);
    input.pause();
    stream?.close();
    lent?.restore();
  }
}

/** Passes the input on, no faster than it is taken; its end too. */
async function feed(
  { streams: { in: input } }: Cli,
  stream: Stream,
  detachKeys: Uint8Array,
  leave: () => void,
): Promise<void> {
  const watch = detachWatcher(detachKeys);
  try {
    // Leaving this loop must not destroy the terminal's stream.
    for await (const data of input.iterator({ destroyOnReturn: false })) {
      const { pass, detach } = watch(data as Buffer);
      if (pass.length > 0) await stream.send(pass);
      if (detach) return leave();
    }
    stream.end();
  } catch {
    leave();
  }
}

function write(output: Output, data: Uint8Array): void | Promise<void> {
  if (output.write(data) || output.destroyed) return;
  return new Promise((resolve) => {
    output.once("drain", resolve);
    output.once("close", resolve);
  });
}
