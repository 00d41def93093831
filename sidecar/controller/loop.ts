/** How often the world is looked at where nothing says that it changed. */
const IDLE_MS = 1_000;
/** A look that follows at once on one that did something. */
const BUSY_MS = 20;
/** A look that follows on one that waits for something outside of Docker. */
const WAITING_MS = 100;
/** After an error of the Engine. */
const RETRY_MS = 1_000;

const DELAYS = { idle: IDLE_MS, busy: BUSY_MS, waiting: WAITING_MS };

/** What a turn of the loop was: nothing to do, something done, or a wait. */
export type Turn = "idle" | "busy" | "waiting";

/** A level-based loop: a call of `look` says "look again", nothing more. */
export interface Loop {
  look: () => void;
  stop: () => Promise<void>;
}

/**
 * Runs `turn` again and again, one at a time: soon after `look`, and from time
 * to time anyway, so that an event that is lost or late changes nothing.
 * `turn` answers what it was.
 */
export function createLoop(
  turn: () => Promise<Turn>,
  onError: (error: unknown) => void,
): Loop {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let again = false;
  let stopped = false;

  const schedule = (ms: number) => {
    if (stopped) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      running = run().finally(() => {
        running = undefined;
      });
    }, ms);
  };

  const run = async () => {
    again = false;
    let next = RETRY_MS;
    try {
      next = DELAYS[await turn()];
    } catch (error) {
      onError(error);
    }
    schedule(again ? BUSY_MS : next);
  };

  schedule(0);
  return {
    look: () => {
      again = true;
      if (!running) schedule(BUSY_MS);
    },
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
