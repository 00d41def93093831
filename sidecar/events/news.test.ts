import { expect, test } from "vitest";
import { aSession } from "../../cli/testing/objects.js";
import type { Condition, SessionStatus } from "../schema/index.js";
import { interceptorLost, interceptorNews } from "./interceptor-news.js";
import { sessionNews } from "./session-news.js";

const condition = (
  type: string,
  status: Condition["status"],
  reason: string,
  message = "why",
): Condition => ({ type, status, reason, message, lastTransitionTime: "" });

const told = (
  phase: SessionStatus["phase"],
  now: Condition,
  before: Condition[] = [],
) =>
  sessionNews(before, aSession("shop", { phase, conditions: [now] })).map(
    ({ type, reason, object, message }) =>
      `${type} ${reason} ${object} ${message}`,
  );

const ready = condition("Ready", "True", "Ready");
const gone = condition("Ready", "False", "TargetNotFound");

test("a session's readiness is news when its reason is another one", () => {
  expect(told("Ready", ready)).toEqual(["Normal Ready session/shop why"]);
  expect(told("Ready", ready, [ready])).toEqual([]);
  expect(told("Pending", gone, [ready])).toEqual([
    "Warning TargetNotFound session/shop why",
  ]);
  const exited = condition("Ready", "False", "Exited");
  expect(told("Failed", exited, [ready])).toEqual([
    "Warning Exited session/shop why",
  ]);
  const starting = condition("Ready", "False", "AppStarting");
  expect(told("Starting", starting)).toEqual([
    "Normal AppStarting session/shop why",
  ]);
  const passing = condition("Ready", "False", "NotCreated");
  expect(told("Pending", passing, [gone])).toEqual([]);
});

test("what is risky is told again when there is more of it", () => {
  const one = condition("SecondInstance", "True", "Risky", "migrations");
  const two = condition("SecondInstance", "True", "Risky", "migrations; cron");
  expect(told("Ready", one)).toEqual(["Warning Risky session/shop migrations"]);
  expect(told("Ready", one, [one])).toEqual([]);
  expect(told("Ready", two, [one])).toHaveLength(1);
  const none = condition("SecondInstance", "False", "NothingSeen");
  expect(told("Ready", none)).toEqual([]);
});

test("old connections are told once, however many there are", () => {
  const few = condition("OldConnections", "True", "NotRerouted", "2");
  const many = condition("OldConnections", "True", "NotRerouted", "3");
  expect(told("Ready", few)).toEqual(["Warning NotRerouted session/shop 2"]);
  expect(told("Ready", many, [few])).toEqual([]);
});

test("an interceptor's event is of the session it names, or of all there", () => {
  const route = (session: string) => ({
    session,
    match: [],
    upstream: { host: "", port: 0 },
    paused: false,
    whenPaused: "queue" as const,
  });
  const routes = [route("a"), route("b")];
  const link = { sent: { version: 1, routes } };
  const name = "demo-shop-1-sidestep-port-8000";
  const heard = { reason: "NotRoutedByContent", message: "in doubt" };
  const objects = (session?: string, of?: typeof link) =>
    interceptorNews(name, { ...heard, session }, of).map((n) => n.object);
  expect(objects("a", link)).toEqual(["session/a"]);
  expect(objects(undefined, link)).toEqual(["session/a", "session/b"]);
  expect(objects()).toEqual(["container/demo-shop-1"]);
  expect(interceptorLost(name, link).map((n) => n.object)).toEqual([
    "session/a",
    "session/b",
  ]);
});

test("what an interceptor has only counted is counted", () => {
  const message = "in doubt (and 4 more before it)";
  const [news] = interceptorNews("x", { reason: "R", message }, undefined);
  expect(news).toMatchObject({ message: "in doubt", times: 5 });
});
