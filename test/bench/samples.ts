import { setTimeout as delay } from "node:timers/promises";
import { get, servedBy } from "../e2e/support/http.js";

/** One request on a connection of its own: times in Unix milliseconds. */
export interface Sample {
  begun: number;
  ended: number;
  /** `original`, or the session that answered; absent where it failed. */
  by?: string;
  failure?: string;
}

/** A load that goes on until it is stopped. */
export interface Load {
  readonly samples: Sample[];
  stop(): Promise<Sample[]>;
}

/** How many samples a load takes at most. */
const MOST = 50_000;

/** Sends requests from some workers, each worker one after the other. */
export function startSamples(
  url: string,
  headers: Record<string, string> = {},
  { workers = 2, pause = 2 } = {},
): Load {
  const samples: Sample[] = [];
  let on = true;
  const work = async () => {
    while (on && samples.length < MOST) {
      samples.push(await sample(url, headers));
      await delay(pause);
    }
  };
  const all = Array.from({ length: workers }, work);
  return {
    samples,
    stop: async () => {
      on = false;
      await Promise.all(all);
      return samples;
    },
  };
}

async function sample(
  url: string,
  headers: Record<string, string>,
): Promise<Sample> {
  const begun = now();
  try {
    const answer = await get(url, headers);
    const ended = now();
    if (answer.status === 200) return { begun, ended, by: servedBy(answer) };
    return { begun, ended, failure: `${answer.status}: ${answer.body}` };
  } catch (error) {
    return { begun, ended: now(), failure: String(error) };
  }
}

/** When the first request that began after a moment was answered by somebody, and by whom. */
export function firstBy(
  samples: readonly Sample[],
  after: number,
  isWanted: (by: string) => boolean,
): number | undefined {
  const ends = samples
    .filter(({ begun, by }) => begun >= after && by !== undefined && isWanted(by))
    .map(({ ended }) => ended);
  return ends.length > 0 ? Math.min(...ends) : undefined;
}

/** What failed of the requests that began after a moment. */
export function failuresAfter(
  samples: readonly Sample[],
  after: number,
): string[] {
  return samples
    .filter(({ begun }) => begun >= after)
    .flatMap(({ failure }) => failure ?? []);
}

/** Unix milliseconds, with fractions. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

export const isOriginal = (by: string): boolean => by === "original";
export const isReplica = (by: string): boolean => by !== "original";
