import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Route } from "../schema/routing.js";
import { Waits, type Wait } from "./waits.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const route = (rest: Partial<Route> = {}): Route => ({
  session: "shop",
  match: [],
  upstream: { host: "10.0.0.9", port: 8000 },
  paused: false,
  whenPaused: "queue",
  maxWait: 10_000,
  ...rest,
});
const table = (...routes: Route[]) => ({ version: 1, routes });
const free = table(route());
const paused = table(route({ paused: true, pausedRequests: ["at-prompt"] }));

/** After how many more seconds the wait is too long; undefined: not in a day. */
function secondsLeft(wait: Wait): number | undefined {
  for (let seconds = 0; seconds < 86_400; seconds++) {
    if (wait.tooLong?.aborted) return seconds;
    vi.advanceTimersByTime(1_000);
  }
  return undefined;
}

test("only the time while it is paused counts, and all of it", () => {
  const waits = new Waits();
  const wait = waits.enter(route(), "1");
  vi.advanceTimersByTime(60_000);
  waits.apply(paused);
  vi.advanceTimersByTime(4_000);
  waits.apply(free);
  vi.advanceTimersByTime(60_000);
  waits.apply(paused);
  waits.apply(paused);
  expect(secondsLeft(wait)).toBe(6);
});

test("a request that comes while it is paused waits from its head on", () => {
  const wait = new Waits().enter(route({ paused: true }), "1");
  expect(secondsLeft(wait)).toBe(10);
});

test("the request at the prompt may take as long as it likes", () => {
  const waits = new Waits();
  const wait = waits.enter(route(), "at-prompt");
  waits.apply(paused);
  expect(secondsLeft(wait)).toBeUndefined();
});

test("without a limit, and once it is answered, nothing is cut", () => {
  const waits = new Waits();
  const unlimited = route({ paused: true });
  delete unlimited.maxWait;
  expect(waits.enter(unlimited, "1").tooLong).toBeUndefined();
  const answered = waits.enter(route({ paused: true }), "2");
  answered.done();
  waits.apply(paused);
  expect(secondsLeft(answered)).toBeUndefined();
});

test("a session that is gone from the table is not paused", () => {
  const waits = new Waits();
  const wait = waits.enter(route({ paused: true }), "1");
  waits.apply(table());
  expect(secondsLeft(wait)).toBeUndefined();
});

test("a limit longer than timers can be set to does not end at once", () => {
  const month = { paused: true, maxWait: 30 * 86_400_000 };
  expect(secondsLeft(new Waits().enter(route(month), "1"))).toBeUndefined();
});
