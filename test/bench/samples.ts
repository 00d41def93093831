import { setTimeout as delay } from "node:timers/promises";
import { get, servedBy } from "../e2e/support/http.js";

/** One request on a connection of its own: times in Unix milliseconds. */
export interface Sample {
  begun: number;
  /** Absent: not answered yet. */
  ended?: number;
  /** `original`, or the session that answered; absent where it failed. */
  by?: string;
  failure?: string;
}

/** A load that goes on until it is stopped. */
export interface Load {
  readonly samples: Sample[];
  /** Waits for the answers that are due; what has none by then has failed. */
  stop(): Promise<Sample[]>;
}

/** How requests are sent. */
interface Pace {
  /** Milliseconds from one to the next. */
  every?: number;
  /** How many may wait for their answer: more would only measure a queue. */
  most?: number;
}

/** How long an answer may take when the load is over. */
const PATIENCE = 10_000;

/**
 * Sends a request each so many milliseconds, however long the answers take: as
 * clients do who know nothing of each other.
 */
export function startSamples(
  url: string,
  headers: Record<string, string> = {},
  { every = 10, most = 8 }: Pace = {},
): Load {
  const samples: Sample[] = [];
  const waiting = new Set<Promise<void>>();
  const timer = setInterval(() => {
    if (waiting.size >= most) return;
    const sample: Sample = { begun: Date.now() };
    samples.push(sample);
    const answered = take(sample, url, headers).finally(() =>
      waiting.delete(answered),
    );
    waiting.add(answered);
  }, every);
  return {
    samples,
    stop: async () => {
      clearInterval(timer);
      const giveUp = new AbortController();
      await Promise.race([
        Promise.all(waiting).then(() => giveUp.abort()),
        delay(PATIENCE, undefined, { signal: giveUp.signal }).catch(() => {}),
      ]);
      for (const sample of samples) {
        if (sample.ended === undefined) {
          sample.failure = `no answer in ${Date.now() - sample.begun} ms`;
        }
      }
      return samples;
    },
  };
}

async function take(
  sample: Sample,
  url: string,
  headers: Record<string, string>,
): Promise<void> {
  try {
    const answer = await get(url, headers);
    if (answer.status === 200) sample.by = servedBy(answer);
    else sample.failure = `${answer.status}: ${answer.body}`;
  } catch (error) {
    sample.failure = String(error);
  }
  sample.ended = Date.now();
}

/** Of the requests that began at a moment or later, the first that was answered by whom we wait for. */
export function firstBy(
  samples: readonly Sample[],
  since: number,
  isWanted: (by: string) => boolean,
): Required<Pick<Sample, "begun" | "ended">> | undefined {
  for (const { begun, ended, by } of samples) {
    if (begun < since || by === undefined || ended === undefined) continue;
    if (isWanted(by)) return { begun, ended };
  }
  return undefined;
}

/** What failed of the requests that began at a moment or later. */
export function failuresOf(samples: readonly Sample[], since = 0): string[] {
  return samples
    .filter(({ begun }) => begun >= since)
    .flatMap(({ failure }) => failure ?? []);
}

export const isOriginal = (by: string): boolean => by === "original";
export const isReplica = (by: string): boolean => by !== "original";
