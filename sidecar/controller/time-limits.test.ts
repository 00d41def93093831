import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { link, NOW, session } from "./testing/world.js";
import { createTimeLimits, type TimeLimits } from "./time-limits.js";
import type { World } from "./world.js";

const HOUR = 3_600_000;
let limits: TimeLimits;
let world: Pick<World, "now" | "sessions" | "interceptors" | "pauses">;
beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  limits = createTimeLimits(NOW);
  world = {
    now: NOW,
    sessions: [session("shop", {}, { created: at(0) })],
    interceptors: { "shop-1-sidestep-port-8000": link() },
    pauses: {},
  };
  look();
});
afterEach(() => void vi.useRealTimers());

const at = (hours: number) => new Date(NOW + hours * HOUR).toISOString();

/** The time goes on, and the world is looked at as it is then. */
function look(hours = 0, changes: Partial<World> = {}): void {
  vi.setSystemTime(NOW + hours * HOUR);
  Object.assign(world, { now: NOW + hours * HOUR, ...changes });
  limits.look(world);
}

const over = () =>
  limits
    .over(world.sessions, world.now)
    .map(({ session, reason }) => `${session.name} ${reason}`);

test("a session that nobody uses ends after 8 hours", () => {
  look(7.9);
  expect(over()).toEqual([]);
  look(8);
  expect(over()).toEqual(["shop IdleExpired"]);
  expect(limits.over(world.sessions, world.now)[0]?.message).toBe(
    "nobody has used it for 8h (idleTimeout): no request matched, nothing was paused or open",
  );
});

test.each<[string, Partial<World>]>([
  [
    "a request that matched",
    { interceptors: { i: link({ requests: { shop: 1 } }) } },
  ],
  [
    "a request that is not answered yet",
    { interceptors: { i: link({ inflight: { shop: 1 } }) } },
  ],
  ["a pause", { pauses: { shop: 1 } }],
])("%s is a use", (_what, changes) => {
  look(5, changes);
  look(6, {
    interceptors: { i: link({ requests: { shop: 1 } }) },
    pauses: {},
  });
  look(12.9);
  expect(over()).toEqual([]);
  look(14.1);
  expect(over()).toEqual(["shop IdleExpired"]);
});

test("requests of others are no use of it, nor is what a sidecar finds that has just started", () => {
  const interceptors = {
    i: link({ requests: { original: 5, other: 5 }, inflight: { other: 1 } }),
  };
  look(5, { interceptors, pauses: { other: 1 } });
  look(8);
  expect(over()).toEqual(["shop IdleExpired"]);
  // A session is as old as its creation, but nobody knows what was before this sidecar.
  const later = createTimeLimits(NOW + 7 * HOUR);
  later.look({
    ...world,
    interceptors: { i: link({ requests: { shop: 9 } }) },
  });
  expect(later.over(world.sessions, NOW + 14.9 * HOUR)).toEqual([]);
  expect(later.over(world.sessions, NOW + 15 * HOUR)).toHaveLength(1);
});

test("what is open in a session is a use, until it is closed", () => {
  const closed = limits.using("shop");
  const other = limits.using("shop");
  closed();
  closed();
  look(9);
  look(10);
  other();
  look(17.9);
  expect(over()).toEqual([]);
  look(18);
  expect(over()).toEqual(["shop IdleExpired"]);
});

test("its own time counts, `never` is never, and its ttl counts in any case", () => {
  const spec = (name: string, spec: object) =>
    session(name, spec, { created: at(0) });
  look(0, {
    sessions: [
      spec("short", { idleTimeout: "1h" }),
      spec("never", { idleTimeout: "never" }),
      spec("ttl", { idleTimeout: "never", ttl: "2h" }),
    ],
  });
  look(1);
  expect(over()).toEqual(["short IdleExpired"]);
  look(1000, { pauses: { ttl: 1 } });
  expect(over()).toEqual(["short IdleExpired", "ttl Expired"]);
});

test("a session that is being taken back has no time any more", () => {
  look(9, { sessions: [session("shop", {}, { created: at(0), deleting: 1 })] });
  expect(over()).toEqual([]);
});

test("a pause that is too long goes on, or is told once", () => {
  const pauses = [
    { name: "shop-1", since: new Date(NOW) },
    { name: "shop-2", since: new Date(NOW + 5_000) },
  ];
  const tooLong = (spec: object, ms: number) =>
    limits.tooLong(session("shop", spec), pauses, NOW + ms);
  expect(tooLong({}, 1e9)).toEqual([]);
  expect(tooLong({ maxPause: "10s" }, 9_999)).toEqual([]);
  expect(tooLong({ maxPause: "10s" }, 10_000)).toEqual([
    {
      pause: "shop-1",
      session: "shop",
      goesOn: true,
      message: "paused for 10s (maxPause): the thread went on",
    },
  ]);
  const kept = { maxPause: "10s", onMaxPause: "keep" };
  expect(tooLong(kept, 15_000)).toEqual([
    {
      pause: "shop-2",
      session: "shop",
      goesOn: false,
      message: "paused for 10s (maxPause): it is kept (onMaxPause: keep)",
    },
  ]);
  expect(tooLong(kept, 16_000)).toEqual([]);
});
