// With a session that matches nobody: wrk, 32 connections, through the
// interceptor, straight to a second container of the same app, and through
// nginx as a proxy in that one's namespace, by turns.
import { judged, reported, type Figure } from "../figure.js";
import { lookInto } from "../namespace.js";
import { median, rate, time } from "../numbers.js";
import { MATCH, withSession } from "../session.js";
import { addressOf, type Stack } from "../stack.js";
import type { Throughput, Wrk } from "../wrk.js";

const ROUNDS = 3;
const SECONDS = 2;

export async function unmatched(
  stack: Stack,
  app: string,
  other: string,
  wrk: Wrk,
): Promise<Figure[]> {
  const here = await addressOf(app, stack.network);
  const there = await addressOf(other, stack.network);
  const ways = {
    interceptor: `http://${here}:8000/`,
    direct: `http://${there}:8000/`,
    nginx: `http://${there}:8001/`,
  };
  type Way = keyof typeof ways;
  const found: Record<Way, Throughput[]> = {
    interceptor: [],
    direct: [],
    nginx: [],
  };
  let errors = 0;
  await withSession(stack, [app, ...MATCH], async () => {
    await mustBeTaken(app);
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [way, url] of Object.entries(ways) as [Way, string][]) {
        const throughput = await wrk(url, SECONDS);
        if (way === "interceptor") errors += throughput.errors;
        if (round > 0) found[way].push(throughput); // the first one warms
      }
    }
  });
  const perSecond = (way: Way) =>
    median(found[way].map((each) => each.perSecond));
  const p99 = (way: Way) => time(median(found[way].map((each) => each.p99)));
  const ratio = (way: Way) =>
    median(
      found[way].map((each, i) => each.perSecond / found.direct[i]!.perSecond),
    ).toFixed(2);
  return [
    reported(
      "a session: unmatched requests/s through the interceptor, against direct",
      `× ${ratio("interceptor")} (${rate(perSecond("interceptor"))} against ${rate(perSecond("direct"))}; p99 ${p99("interceptor")} against ${p99("direct")})`,
    ),
    judged(
      "a session: unmatched requests that failed under that load",
      String(errors),
      "0",
      errors === 0,
    ),
    reported(
      "the same through nginx as a proxy in the app's namespace",
      `× ${ratio("nginx")} (${rate(perSecond("nginx"))}; p99 ${p99("nginx")})`,
    ),
  ];
}

/** A figure of a way that nothing takes would be a figure of nothing. */
async function mustBeTaken(app: string): Promise<void> {
  const { tables, processes } = await lookInto(app);
  if (tables.length === 0 || processes.length === 0) {
    throw new Error(`the session on ${app} is Ready, but takes nothing`);
  }
}
