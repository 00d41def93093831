import { setTimeout as delay } from "node:timers/promises";
import { get, servedBy } from "./http.js";

/** What a load saw: how many answers of whom, and every failure. */
export interface LoadReport {
  by: Record<string, number>;
  failures: string[];
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
      try {
        const answer = await get(url, headers);
        const who = servedBy(answer);
        if (answer.status === 200) report.by[who] = (report.by[who] ?? 0) + 1;
        else report.failures.push(`${answer.status}: ${answer.body}`);
      } catch (error) {
        report.failures.push(String(error));
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
