import { expect, test } from "vitest";
import type { Route } from "../schema/routing.js";
import { choose, chooseConnection, headersLookedAt } from "./choose.js";

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

const DEBUGGER = "/a/b?__debugger__=yes&cmd=";
const a = route("a", { debugger: "secret-a" });
const b = route("b", { debugger: "secret-b" });
const paused = { paused: true };

// The debugger's page in the browser: session `a`, `b`, or what else is chosen.
test.each<[Route[], string, string]>([
  [[a, b], `${DEBUGGER}total&frm=1&s=secret-a`, "a"],
  [[a, b], `${DEBUGGER}total&frm=1&s=secret-b`, "b"],
  [[a, b], `${DEBUGGER}pinauth&pin=1&s=secret%2Db`, "b"],
  [[route("x", all), b], `${DEBUGGER}total&s=secret-b`, "b"],
  // Resources carry no secret; a stale page carries one that nobody has.
  [[a, b], `${DEBUGGER}resource&f=style.css`, "a"],
  [[route("x"), b], `${DEBUGGER}resource&f=style.css`, "b"],
  [[a, b], `${DEBUGGER}total&s=of-yesterday`, "a"],
  [[route("x"), b], `${DEBUGGER}total&s=`, "b"],
  // Whatever is to become of others while it is paused.
  [
    [route("a", { ...a, ...paused, whenPaused: "original" })],
    `${DEBUGGER}resource&f=debugger.js`,
    "a",
  ],
  [
    [route("a", { ...a, ...paused, whenPaused: "reject" })],
    `${DEBUGGER}total&s=secret-a`,
    "a",
  ],
  // No session has a debugger, or this is none of its requests.
  [[route("x")], `${DEBUGGER}total&s=secret-a`, "original"],
  [[route("x", all)], `${DEBUGGER}total&s=secret-a`, "x"],
  [[route("x", all), a], "/?__debugger__=no&s=secret-a", "x"],
  [[route("x", all), a], "/?s=secret-a", "x"],
  [[a], "/__debugger__=yes?s=secret-a", "original"],
])("the debugger's page %#", (routes, target, expected) => {
  const page = { ...request(""), target };
  const choice = choose(page, { version: 1, routes }, "");
  const found = "route" in choice ? choice.route.session : choice.lane;
  expect(found).toBe(expected);
});

test("the debugger's page only asks with GET", () => {
  const post = { ...request("", "POST"), target: `${DEBUGGER}a&s=secret-a` };
  expect(choose(post, { version: 1, routes: [a] }, "").lane).toBe("original");
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

test("the headers that decide, in lower case", () => {
  const looked = (...routes: Route[]) =>
    [...headersLookedAt({ version: 1, routes })].sort();
  expect(looked()).toEqual([]);
  expect(looked(route("x", all))).toEqual([]);
  expect(looked(route("x", { ...all, share: "s" }))).toEqual(["cookie"]);
  const match = [
    { header: { "X-Debug": "a", host: "b" }, path: "/x" },
    { baggage: { user: "a" }, query: { q: "1" } },
    { cookie: { who: "a" }, method: "GET" },
  ];
  expect(looked(route("x", { match: match.slice(0, 1) }))).toEqual([
    "host",
    "x-debug",
  ]);
  expect(looked(route("x", all), route("y", { match }))).toEqual([
    "baggage",
    "cookie",
    "host",
    "x-debug",
  ]);
});

const withCookie = (cookie: string, target = "/") => ({
  method: "GET",
  target,
  headers: [["Cookie", cookie]] as [string, string][],
});

// The browser of a share link: session `a`, `b`, or what else is chosen.
const shareA = route("a", { share: "secret-a" });
const shareB = route("b", { share: "secret-b" });
test.each<[Route[], string, string]>([
  [[shareA, shareB], "sidestep-session=secret-b", "b"],
  [[shareA, shareB], "x=1; sidestep-session=secret-a; y=2", "a"],
  // Whatever goes first otherwise.
  [[route("x", all), shareB], "sidestep-session=secret-b", "b"],
  // One that is over, or was never there.
  [[shareA], "sidestep-session=secret-b", "original"],
  [[route("x", all), shareA], "sidestep-session=secret-b", "x"],
  [[shareA, route("x")], "sidestep-session=undefined", "original"],
  [[shareA], "other=secret-a", "original"],
  [[shareA], "sidestep-session-2=secret-a", "original"],
  // While it is paused, as for others.
  [
    [route("a", { ...shareA, ...paused, whenPaused: "original" })],
    "sidestep-session=secret-a",
    "original",
  ],
])("a browser with a share link %#", (routes, cookie, expected) => {
  const choice = choose(withCookie(cookie), { version: 1, routes }, "");
  const found = "route" in choice ? choice.route.session : choice.lane;
  expect(found).toBe(expected);
});
