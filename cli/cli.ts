import type { ReachedEngine } from "../docker/engine/reach/index.js";
import type { Client } from "./client.js";
import type { Contexts } from "./contexts.js";
import type { Signals } from "./signals.js";
import type { Streams } from "./streams.js";
import type { Where } from "./where.js";

/** What every command is given; nothing else of the process is known to it. */
export interface Cli {
  streams: Streams;
  signals: Signals;
  /** The client's own version, without a "v". */
  version: string;
  /**
   * Finds the sidecar, afresh at each call: after a loss the sidecar may have
   * been restarted with another port and another token.
   * @param sidecar name of the one that is meant, where there are several
   */
  connect(sidecar?: string, where?: Where): Promise<Client>;
  /** The sidecar that the command line or the environment names, if one. */
  wanted(): string | undefined;
  /** The Docker Engine; what it takes to speak to it is loaded at this call. */
  engine(where?: Where): Promise<ReachedEngine>;
  /** Docker's contexts, and sidestep's choice among them. */
  contexts: Contexts;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Waits; rejects with the signal's reason as soon as it is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Calls the function when the process ends in whatever way, until released. */
  atExit: (restore: () => void) => () => void;
}
