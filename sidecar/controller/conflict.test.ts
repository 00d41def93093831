import { describe, expect, test } from "vitest";
import { SessionSpec, type MatchClause } from "../schema/index.js";
import { conflict, withConflicts } from "./conflict.js";
import { app, container, session } from "./testing/world.js";
import type { TargetView } from "./world.js";

const shop: TargetView = { port: 8000, containers: [container(app("shop"))] };
const web: TargetView = { port: 8000, containers: [container(app("web"))] };
const admin: TargetView = { ...shop, port: 9000 };
const alice: MatchClause = { header: { "x-debug": "alice" } };
const bob: MatchClause = { header: { "x-debug": "bob" } };
const orders: MatchClause = { path: "/orders/*" };

type Asked = { match?: MatchClause[]; priority?: number };
const spec = (asked: Asked) => SessionSpec.parse({ target: "shop", ...asked });

/** The error of a second session beside one named `first`. */
const second = (asked: Asked, first: Asked, view = shop) =>
  conflict({ spec: spec(asked) }, shop, [
    { session: { name: "first", spec: spec(first) }, view },
  ]);

test("two matches that overlap: the other, both clauses, a request, and the ways out", () => {
  const error = second({ match: [bob, orders] }, { match: [alice] });
  expect(error).toMatchObject({ code: "MatchTaken", status: 409 });
  expect(error?.message).toBe(
    'session "first" already takes requests of "shop" that this one would take too: ' +
      'it has header:x-debug=alice, this one path=/orders/*; both match, for example, "GET /orders/ with x-debug: alice"',
  );
  expect(error?.hint).toBe(
    "Narrow the match, say which goes first with another --priority than 0 (the higher one), or delete the other: sidestep delete session first.",
  );
});

test("two that take every request", () => {
  const error = second({}, {});
  expect(error?.code).toBe("MatchTaken");
  expect(error?.message).toBe(
    'session "first" already takes every request of "shop"',
  );
  expect(error?.hint).toContain("--match");
  expect(error?.hint).toContain("sidestep delete session first");
});

test.each<[string, Asked, Asked]>([
  ["the same match", { match: [alice] }, { match: [alice] }],
  [
    "the same, written otherwise",
    { match: [{ header: { "X-Debug": "alice" } }] },
    { match: [alice] },
  ],
  [
    "one clause of several",
    { match: [bob, { method: "POST" }] },
    { match: [alice] },
  ],
  [
    "the same priority",
    { match: [orders], priority: 3 },
    { match: [alice], priority: 3 },
  ],
  [
    "a priority that is the default",
    { match: [orders], priority: 0 },
    { match: [alice] },
  ],
  ["every request, of the same priority", { priority: 1 }, { priority: 1 }],
])("%s is refused", (_what, asked, first) => {
  expect(second(asked, first)?.code).toBe("MatchTaken");
  expect(second(first, asked)?.code).toBe("MatchTaken");
});

test.each<[string, Asked, Asked]>([
  ["other people", { match: [alice] }, { match: [bob] }],
  ["what is specific, beside everything", { match: [alice] }, {}],
  ["another priority", { match: [orders], priority: 1 }, { match: [alice] }],
  ["everything, of another priority", { priority: -1 }, {}],
])("%s is accepted", (_what, asked, first) => {
  expect(second(asked, first)).toBeUndefined();
  expect(second(first, asked)).toBeUndefined();
});

test.each([
  ["another container", web],
  ["another port", admin],
])("%s is other traffic", (_what, view) => {
  expect(second({}, {}, view)).toBeUndefined();
});

describe("sessions of the environment", () => {
  const env = (name: string, match?: MatchClause[]) =>
    session(name, { match }, { source: "environment" });
  const waiting = (...all: ReturnType<typeof env>[]) => {
    const targets = Object.fromEntries(all.map(({ name }) => [name, shop]));
    return Object.entries(withConflicts(all, targets))
      .filter(([, view]) => view.problem)
      .map(([name, view]) => `${name}: ${view.problem?.message}`);
  };

  test("the first of them is served, another waits for it", () => {
    expect(waiting(env("a"), env("b"))).toEqual([
      'b: session "a" already takes every request of "shop"',
    ]);
  });

  test("one that is let in before goes first", () => {
    const api = session("api", { match: [alice] });
    expect(waiting(env("a", [orders]), api)).toEqual([
      expect.stringMatching(/^a: session "api" already takes/),
    ]);
  });

  test("one that waits is nobody's reason to wait", () => {
    const [x, y, z] = [env("x"), env("y"), env("z", [alice])];
    expect(waiting(x, y, z)).toHaveLength(1);
  });
});
