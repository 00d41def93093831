import {
  attachPause,
  describePause,
  nextPause,
  type AttachPauseOptions,
} from "./attach-pause.js";
import type { Cli } from "./cli.js";
import type { Client } from "./client.js";
import { isNotFound } from "./errors.js";
import type { TerminalEnd } from "./terminal.js";

/** How long to wait after a pause that was gone when it was dialled. */
const MISSED_PAUSE_MS = 250;

/**
 * Attaches to each pause of a session as it comes; returns when the user
 * detaches. Throws when the session ends or fails, and when the signal is
 * raised.
 * @param waiting what is said each time when nothing is paused
 */
export async function followPauses(
  cli: Cli,
  client: Client,
  session: string,
  waiting: string,
  options: AttachPauseOptions,
): Promise<void> {
  const { err } = cli.streams;
  const { signal } = options;
  let last: string | undefined;
  for (;;) {
    const next = await nextPause(cli, client, session, signal, () =>
      err.write(`${waiting}\n`),
    );
    client = next.client;
    const { name } = next.pause.metadata;
    // Its terminal has ended, and it is listed still: a moment, not a race.
    if (name === last) await cli.sleep(MISSED_PAUSE_MS, signal);
    last = name;
    err.write(`${describePause(next.pause)}\n`);
    const end = await attachOrMiss(cli, client, name, options);
    if (end.kind === "stopped") signal.throwIfAborted();
    if (end.kind !== "ended") return;
  }
}

/** A pause that somebody else let go on just now is no reason to end. */
async function attachOrMiss(
  cli: Cli,
  client: Client,
  pause: string,
  options: AttachPauseOptions,
): Promise<TerminalEnd> {
  try {
    return await attachPause(cli, client, pause, options);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    // It may still be listed for a moment: do not ask again at once.
    await cli.sleep(MISSED_PAUSE_MS, options.signal);
    return { kind: "ended", message: "it went on already" };
  }
}
