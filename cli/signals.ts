import { constants } from "node:os";

/** What can ask a command to stop; SIGPIPE stands for a reader that went away. */
export type SignalName = "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGPIPE";

/** A promise of a command to put things in order by itself when asked to stop. */
export interface Hold {
  /** Aborted by the first signal, whose name is the reason. */
  signal: AbortSignal;
  release(): void;
}

/** How a command hears that it shall stop. Held by none, a signal ends the process. */
export interface Signals {
  /** @param forced called when the user insists, right before the process ends */
  hold(forced?: () => void): Hold;
}

/**
 * One Ctrl-C under npx can arrive twice: from the terminal and forwarded by
 * npm. Only a later one means that the user does not want to wait.
 */
const INSISTS_AFTER_MS = 500;

interface Held {
  controller: AbortController;
  forced: (() => void) | undefined;
  since: number;
}

/**
 * Signals of a process, and those that are raised for it.
 * @param exit ends the process at once with that code
 */
export function createSignals(
  exit: (code: number) => void,
  now: () => number = Date.now,
): Signals & { raise(name: SignalName): void } {
  const holds: Held[] = [];
  return {
    hold(forced) {
      const held: Held = {
        controller: new AbortController(),
        forced,
        since: 0,
      };
      holds.push(held);
      return {
        signal: held.controller.signal,
        release: () => {
          const index = holds.indexOf(held);
          if (index >= 0) holds.splice(index, 1);
        },
      };
    },
    raise(name) {
      const held = holds.at(-1);
      if (!held) return exit(signalExitCode(name));
      if (!held.controller.signal.aborted) {
        held.since = now();
        return held.controller.abort(name);
      }
      // A closing window sends SIGHUP more than once, a dead pipe raises at
      // each write: neither is somebody who insists.
      if (name === "SIGINT" && now() - held.since >= INSISTS_AFTER_MS) {
        held.forced?.();
        exit(signalExitCode(name));
      }
    },
  };
}

/** The exit code of a program that a signal ended, as shells report it. */
export function signalExitCode(name: SignalName): number {
  return 128 + constants.signals[name];
}
