import { METHODS } from "node:http";
import type { Route, RoutingTable } from "../schema/routing.js";
import { matches, queryOf, type Matchable } from "./match.js";

/** The lane a request takes, and why, in words for people. */
export type Choice =
  | { lane: "original"; reason: string }
  | { lane: "replica"; route: Route; reason: string }
  | { lane: "reject"; route: Route; reason: string };

/** Chooses the lane of one request: the first route that matches wins; none: the original. */
export function choose(
  request: Matchable,
  table: RoutingTable,
  client: string,
): Choice {
  if (table.routes.length === 0) return original("there is no session");
  if (!routable.has(request.method))
    return original(`${request.method} requests are not rerouted`);
  const page = debuggerOf(request, table.routes);
  if (page) {
    // Also while it is paused: the original knows nothing of that page.
    const reason = `session ${page.session}: its debugger's page asks`;
    return { lane: "replica", route: page, reason };
  }
  for (const route of table.routes) {
    const index = route.match.findIndex((clause) =>
      matches(clause, request, client),
    );
    if (route.match.length === 0) return enter(route, "it takes every request");
    if (index >= 0) return enter(route, `clause ${index + 1} matches`);
  }
  return original("no session matches");
}

/** Chooses the lane of a connection that is not HTTP/1: only a session that takes everything gets it. */
export function chooseConnection(table: RoutingTable): Choice {
  const route = table.routes.find((candidate) => candidate.match.length === 0);
  return route
    ? enter(route, "it takes every connection")
    : original("its content is not looked at");
}

/**
 * The route of a request that the page of Werkzeug's debugger makes, which need
 * not carry what the session matches; a page that nobody knows is told so there.
 */
function debuggerOf(request: Matchable, routes: Route[]): Route | undefined {
  const { method, target } = request;
  if (method !== "GET" || !target.includes("__debugger__")) return undefined;
  if (queryOf(target, "__debugger__")[0] !== "yes") return undefined;
  const [secret] = queryOf(target, "s");
  const candidates = routes.filter((route) => route.debugger !== undefined);
  return candidates.find((route) => route.debugger === secret) ?? candidates[0];
}

/** Methods that http-proxy and its parser know, but for CONNECT, which asks for a tunnel elsewhere. */
const routable = new Set(METHODS.filter((method) => method !== "CONNECT"));

function enter(route: Route, why: string): Choice {
  const reason = `session ${route.session}: ${why}`;
  if (route.paused && route.whenPaused === "original")
    return original(`${reason}, but it is paused`);
  if (route.paused && route.whenPaused === "reject")
    return { lane: "reject", route, reason: `${reason}, but it is paused` };
  return { lane: "replica", route, reason };
}

const original = (reason: string): Choice => ({ lane: "original", reason });
