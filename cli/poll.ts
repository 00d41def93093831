import type { Cli } from "./cli.js";
import type { Client } from "./client.js";
import { isTransient } from "./server-errors.js";

/** How often the sidecar is asked: quick enough to feel at once, slow enough to cost nothing. */
const EVERY_MS = 250;

/** How long a sidecar that cannot be reached is waited for: it may be restarted. */
const GRACE_MS = 30_000;

/** How a poll ends without an answer. */
export interface PollOptions {
  /** After so many milliseconds the poll ends with undefined; default: never. */
  timeout?: number;
  /** Aborted: the poll rejects with the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Asks until there is an answer other than undefined. Survives a restart of
 * the sidecar; every other error of the probe is thrown.
 */
export async function poll<T>(
  cli: Cli,
  client: Client,
  probe: (client: Client) => Promise<T | undefined>,
  { timeout = Infinity, signal }: PollOptions = {},
): Promise<T | undefined> {
  const deadline = cli.now() + timeout;
  let unreachableSince: number | undefined;
  for (;;) {
    signal?.throwIfAborted();
    try {
      if (unreachableSince !== undefined) client = await cli.connect();
      const answer = await probe(client);
      if (answer !== undefined) return answer;
      unreachableSince = undefined;
    } catch (error) {
      if (!isTransient(error)) throw error;
      unreachableSince ??= cli.now();
      if (cli.now() - unreachableSince >= GRACE_MS) throw error;
    }
    const left = deadline - cli.now();
    if (left <= 0) return undefined;
    await cli.sleep(Math.min(EVERY_MS, left), signal);
  }
}
