import { PAUSE_BUCKETS } from "../schema/index.js";

/** A pause, as far as it is counted. */
export interface Counted {
  name: string;
  session: string;
  since: Date;
  message: { reason: string };
}

/** How many pauses a session had, by what stopped them, and how long those were that are over. */
export interface PauseSums {
  begun: Record<string, number>;
  counts: number[];
  /** In seconds. */
  sum: number;
}

/** Counts pauses by comparing what there is with what there was. */
export function createPauseTimes(list: () => Counted[]) {
  const sums = new Map<string, PauseSums>();
  let known = new Map<string, Counted>();
  const of = (session: string): PauseSums => {
    let found = sums.get(session);
    if (!found) {
      const counts = Array<number>(PAUSE_BUCKETS.length + 1).fill(0);
      sums.set(session, (found = { begun: {}, counts, sum: 0 }));
    }
    return found;
  };
  return {
    sums,
    /** What is paused may have changed. */
    look: (): void => {
      const now = new Map(list().map((pause) => [pause.name, pause]));
      for (const [name, { session, message }] of now) {
        if (known.has(name)) continue;
        const { begun } = of(session);
        const reason = kindOf(message.reason);
        begun[reason] = (begun[reason] ?? 0) + 1;
      }
      for (const [name, { session, since }] of known) {
        if (now.has(name)) continue;
        const seconds = (Date.now() - since.getTime()) / 1000;
        const { counts } = of(session);
        const bucket = PAUSE_BUCKETS.findIndex((limit) => seconds <= limit);
        counts[bucket < 0 ? PAUSE_BUCKETS.length : bucket]!++;
        of(session).sum += seconds;
      }
      known = now;
    },
  };
}

/** A label must not be of any length: what an exception says is no part of it. */
const kindOf = (reason: string): string =>
  reason === "breakpoint" ? reason : "exception";
