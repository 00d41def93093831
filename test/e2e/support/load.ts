import { setTimeout as delay } from "node:timers/promises";
import { get, servedBy } from "./http.js";

/** What a load saw: how many answers of whom, and every failure. */
export interface LoadReport {
  by: Record<string, number>;
  failures: Failure[];
}

/** A request that got no good answer: when it began (ms since 1970), and why. */
export interface Failure {
  began: number;
  why: string;
}

/**
 * Sends requests one after the other, each on a new connection, from a few
 * workers, until stopped; at most 20,000 in all.
 */
export function startLoad(
  url: string,
  headers: Record<string, string> = {},
  workers = 2,
): { report: LoadReport; stop: () => Promise<LoadReport> } {
  const report: LoadReport = { by: {}, failures: [] };
  let on = true;
  let left = 20_000;
  const work = async () => {
    while (on && left-- > 0) {
      const began = Date.now();
      const fail = (why: string) => report.failures.push({ began, why });
      try {
        const answer = await get(url, headers);
        const who = servedBy(answer);
        if (answer.status === 200) report.by[who] = (report.by[who] ?? 0) + 1;
        else fail(`${answer.status}: ${answer.body}`);
      } catch (error) {
        fail(String(error));
      }
      await delay(2);
    }
  };
  const all = Array.from({ length: workers }, work);
  return {
    report,
    stop: async () => {
      on = false;
      await Promise.all(all);
      return report;
    },
  };
}
