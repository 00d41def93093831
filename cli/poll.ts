import type { Cli } from "./cli.js";
import type { Client } from "./client.js";
import { isNoSidecar, isStarting, isTransient } from "./server-errors.js";

/** How often the sidecar is asked: quick enough to feel at once, slow enough to cost nothing. */
const EVERY_MS = 250;

/** How long a sidecar that cannot be reached is waited for: it may be restarted. */
const GRACE_MS = 30_000;
/** The same where its container is gone: it may be made anew, which takes less. */
const GONE_GRACE_MS = 10_000;
/** The same where it has just been started: it takes a second or two. */
const START_GRACE_MS = 10_000;
/** How long that is not worth a word. */
const SILENT_MS = 1_000;

/** How a poll ends without an answer. */
export interface PollOptions {
  /** After so many milliseconds the poll ends with undefined; default: never. */
  timeout?: number;
  /** Aborted: the poll rejects with the signal's reason. */
  signal?: AbortSignal;
  /** It was said already that the sidecar is waited for. */
  said?: boolean;
  /** How long a sidecar that cannot be reached is waited for, in milliseconds. */
  grace?: number;
}

/**
 * Connects to a sidecar, which may only just have been started: for commands that
 * wait anyway, or are the first after `up`. That there is none is said at once.
 */
export async function connectWhenUp(
  cli: Cli,
  signal?: AbortSignal,
): Promise<Client> {
  const probe = async (client: Client) => {
    await client.sessions();
    return client;
  };
  try {
    return await probe(await cli.connect());
  } catch (error) {
    if (!isStarting(error)) throw error;
    const options = { grace: START_GRACE_MS, ...(signal && { signal }) };
    const client = await poll(cli, undefined, probe, options);
    return client as Client; // without a timeout there is an answer
  }
}

/**
 * Asks until there is an answer other than undefined. Survives a restart of
 * the sidecar; every other error of the probe is thrown.
 */
export async function poll<T>(
  cli: Cli,
  client: Client | undefined,
  probe: (client: Client) => Promise<T | undefined>,
  {
    timeout = Infinity,
    signal,
    said: saidBefore = false,
    grace: patience = GRACE_MS,
  }: PollOptions = {},
): Promise<T | undefined> {
  const deadline = cli.now() + timeout;
  let unreachableSince: number | undefined;
  let said = saidBefore;
  for (;;) {
    signal?.throwIfAborted();
    try {
      if (!client || unreachableSince !== undefined) {
        client = await cli.connect();
      }
      const answer = await probe(client);
      if (answer !== undefined) return answer;
      unreachableSince = undefined;
      said = false;
    } catch (error) {
      if (!isTransient(error)) throw error;
      unreachableSince ??= cli.now();
      const away = cli.now() - unreachableSince;
      const grace = isNoSidecar(error) ? GONE_GRACE_MS : patience;
      if (away >= grace) throw error;
      if (away >= SILENT_MS && !said) {
        said = true;
        const seconds = grace / 1000;
        cli.streams.err.write(
          `the sidecar cannot be reached; waiting for it, for ${seconds}s at most\n`,
        );
      }
    }
    const left = deadline - cli.now();
    if (left <= 0) return undefined;
    await cli.sleep(Math.min(EVERY_MS, left), signal);
  }
}
