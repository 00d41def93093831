import type { Pause } from "../sidecar/schema/pause.js";
import type { Cli } from "./cli.js";
import type { Client } from "./client.js";
import { poll } from "./poll.js";
import { pausedRequest } from "./print/columns.js";
import { shortLocation } from "./print/location.js";
import { printable } from "./print/printable.js";
import { readSession, throwIfFailed } from "./session-state.js";
import { attachTerminal, type TerminalEnd } from "./terminal.js";

/** How to attach. */
export interface AttachPauseOptions {
  detachKeys: Uint8Array;
  /** Aborted: leave. */
  signal: AbortSignal;
}

/** Lends the user's terminal to a pause, and says how it ended. */
export async function attachPause(
  cli: Cli,
  client: Client,
  name: string,
  { detachKeys, signal }: AttachPauseOptions,
): Promise<TerminalEnd> {
  let known: Client | undefined = client;
  const end = await attachTerminal(cli, {
    detachKeys,
    signal,
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
      : `detached; the thread stays paused: sidestep attach pause/${name}\n`,
  );
  return end;
}

/** Waits for a pause of the session: the oldest that is, or the next that comes. */
export async function nextPause(
  cli: Cli,
  client: Client,
  session: string,
  signal: AbortSignal,
  onWaiting: () => void,
): Promise<Pause> {
  let said = false;
  const pause = await poll(
    cli,
    client,
    async (reached) => {
      const { items } = await reached.pauses(session);
      const oldest = [...items].sort(byAge)[0];
      if (oldest) return oldest;
      throwIfFailed(await readSession(reached, session));
      if (!said) onWaiting();
      said = true;
      return undefined;
    },
    { signal },
  );
  return pause as Pause; // without a timeout there is an answer
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
