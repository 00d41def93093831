import { expect, test } from "vitest";
import type { Route } from "../schema/routing.js";
import { choose, chooseConnection } from "./choose.js";

const route = (session: string, rest: Partial<Route> = {}): Route => ({
  session,
  match: [{ header: { "x-debug": session } }],
  upstream: { host: "10.0.0.9", port: 8000 },
  paused: false,
  whenPaused: "queue",
  ...rest,
});

const request = (debug: string, method = "GET") => ({
  method,
  target: "/",
  headers: [["x-debug", debug]] as [string, string][],
});

/** The choice as one line. */
function chosen(routes: Route[], debug: string, method?: string): string {
  const choice = choose(request(debug, method), { version: 1, routes }, "");
  const session = "route" in choice ? ` ${choice.route.session}` : "";
  return `${choice.lane}${session}: ${choice.reason}`;
}

const all = { match: [] };

test.each([
  [[], "a", "original: there is no session"],
  [[route("a")], "b", "original: no session matches"],
  [[route("a")], "a", "replica a: session a: clause 1 matches"],
  [[route("b"), route("a")], "a", "replica a: session a: clause 1 matches"],
  [
    [route("x", all), route("a")],
    "a",
    "replica x: session x: it takes every request",
  ],
  [
    [route("a", { match: [{ path: "/no" }, { method: "GET" }] })],
    "",
    "replica a: session a: clause 2 matches",
  ],
  [
    [route("a", { paused: true })],
    "a",
    "replica a: session a: clause 1 matches",
  ],
  [
    [route("a", { paused: true, whenPaused: "original" }), route("x", all)],
    "a",
    "original: session a: clause 1 matches, but it is paused",
  ],
  [
    [route("a", { paused: true, whenPaused: "reject" })],
    "a",
    "reject a: session a: clause 1 matches, but it is paused",
  ],
  [
    [route("a", { whenPaused: "reject" })],
    "a",
    "replica a: session a: clause 1 matches",
  ],
])("routes %#", (routes, debug, expected) => {
  expect(chosen(routes, debug)).toBe(expected);
});

test("methods that only a tunnel or nobody understands are the original's", () => {
  expect(chosen([route("a", all)], "a", "CONNECT")).toMatch(/^original/);
  expect(chosen([route("a", all)], "a", "FROBNICATE")).toMatch(/^original/);
});

test("a connection that is no HTTP is routed only where a session takes everything", () => {
  const lane = (routes: Route[]) =>
    chooseConnection({ version: 1, routes }).lane;
  expect(lane([route("a")])).toBe("original");
  expect(lane([route("a"), route("x", all)])).toBe("replica");
});
