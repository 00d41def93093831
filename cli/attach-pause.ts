import type { Pause } from "../sidecar/schema/pause.js";
import type { Cli } from "./cli.js";
import type { Client } from "./client.js";
import { poll } from "./poll.js";
import { pausedRequest } from "./print/columns.js";
import { shortLocation } from "./print/location.js";
import { printable } from "../sidecar/schema/printable.js";
import { readSession, throwIfFailed } from "./session-state.js";
import { attachTerminal, type TerminalEnd } from "./terminal.js";

/** How long one question for the next pause may take; then the session is looked at. */
const WAIT_SECONDS = 20;

/** How to attach. */
export interface AttachPauseOptions {
  detachKeys: Uint8Array;
  /** Aborted: leave. */
  signal: AbortSignal;
  /** Said when the user leaves; default: how to come back. */
  onLeft?: string;
}

/** Lends the user's terminal to a pause, and says how it ended. */
export async function attachPause(
  cli: Cli,
  client: Client,
  name: string,
  { detachKeys, signal, onLeft }: AttachPauseOptions,
): Promise<TerminalEnd> {
  let known: Client | undefined = client;
  const end = await attachTerminal(cli, {
    detachKeys,
    signal,
    gone: "the pause is gone: the thread went on",
    async open(size, onOutput) {
      // After a loss the sidecar may have another port and another token.
      const reached = known ?? (await cli.connect());
      known = undefined;
      return reached.attach(name, size, onOutput);
    },
  });
  cli.streams.err.write(
    end.kind === "ended"
      ? `(${end.message})\n`
      : `${onLeft ?? `detached; the thread stays paused: sidestep attach pause/${name}`}\n`,
  );
  return end;
}

/** A pause that was found. */
export interface NextPause {
  pause: Pause;
  /** How many other threads are paused. */
  others: number;
  /** Reaches the sidecar, which may have been restarted during the waiting. */
  client: Client;
}

/** Waits for a pause of the session: the oldest that is, or the next that comes. */
export async function nextPause(
  cli: Cli,
  client: Client,
  session: string,
  signal: AbortSignal,
  onWaiting: () => void,
): Promise<NextPause> {
  let said = false;
  const next = await poll(
    cli,
    client,
    async (reached) => {
      // At first without waiting, so that what is waited for can be said.
      const wait = said ? WAIT_SECONDS : undefined;
      const { items } = await unlessAborted(
        reached.pauses(session, wait),
        signal,
      );
      const [pause, ...others] = [...items].sort(byAge);
      if (pause) return { pause, others: others.length, client: reached };
      throwIfFailed(await readSession(reached, session));
      if (!said) onWaiting();
      said = true;
      return undefined;
    },
    { signal },
  );
  return next as NextPause; // without a timeout there is an answer
}

/** Ends the waiting for an answer as soon as the user has enough of it. */
function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
    answer
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", abort));
  });
}

/** One line that says what is paused where. */
export function describePause(pause: Pause): string {
  const request = pausedRequest(pause);
  return printable(
    `pause/${pause.metadata.name} at ${shortLocation(pause)}${request ? `: ${request}` : ""}`,
  );
}

function byAge(one: Pause, other: Pause): number {
  return one.metadata.creationTimestamp < other.metadata.creationTimestamp
    ? -1
    : 1;
}
