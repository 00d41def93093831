import { METHODS } from "node:http";
import type { Route, RoutingTable } from "../schema/routing.js";
import { inBlock } from "./cidr.js";
import { matches, queryOf, type Matchable } from "./match.js";
import { shareLinkOf, sharedRoute, type ShareAnswer } from "./share.js";
import { isProbe } from "./probe-request.js";

/** The lane of a request or a connection, and why, in words for people. */
export type Lane =
  /** `session`: the one that it matched, though it goes to the original; `probe`: as a health probe. */
  | { lane: "original"; reason: string; session?: string; probe?: true }
  | { lane: "replica"; route: Route; reason: string }
  | { lane: "reject"; route: Route; reason: string };

/** The lane a request takes; a share link is answered at once. */
export type Choice =
  Lane | { lane: "share"; answer: ShareAnswer; reason: string };

/** Chooses the lane of one request: the first route that matches wins; none: the original. */
export function choose(
  request: Matchable,
  table: RoutingTable,
  client: string,
): Choice {
  if (table.routes.length === 0) return original("there is no session");
  if (!routable.has(request.method))
    return original(`${request.method} requests are not rerouted`);
  const link = shareLinkOf(request, table.routes);
  if (link)
    return { lane: "share", answer: link, reason: "it is a share link" };
  const page = debuggerOf(request, table.routes);
  if (page) {
    // Also while it is paused: the original knows nothing of that page.
    const reason = `session ${page.session}: its debugger's page asks`;
    return { lane: "replica", route: page, reason };
  }
  const shared = sharedRoute(request, table.routes);
  if (shared) return enter(shared, "the browser has its share link");
  for (const route of table.routes) {
    const index = route.match.findIndex((clause) =>
      matches(clause, request, client),
    );
    const why =
      route.match.length === 0
        ? "it takes every request"
        : `clause ${index + 1} matches`;
    if (route.match.length > 0 && index < 0) continue;
    if (route.paused && isProbe(request, route, route.match[index]))
      return {
        ...original(
          `session ${route.session}: ${why}, but it is paused, and this is a health probe`,
        ),
        session: route.session,
        probe: true,
      };
    return enter(route, why);
  }
  return original("no session matches");
}

/** Chooses the lane of a connection that is not HTTP/1: only a session that takes everything gets it. */
export function chooseConnection(table: RoutingTable): Lane {
  const route = table.routes.find((candidate) => candidate.match.length === 0);
  return route
    ? enter(route, "it takes every connection")
    : original("its content is not looked at");
}

/** Whether some request of this client may be matched: else its connection need not be looked at. */
export function mayMatch(table: RoutingTable, client: string): boolean {
  return table.routes.some(
    ({ match, share, debugger: page }) =>
      match.length === 0 ||
      share !== undefined ||
      page !== undefined ||
      match.some((clause) => !clause.client || inBlock(clause.client, client)),
  );
}

/**
 * The headers that decide in this table, in lower case. A request that has none
 * of them differs from others only by its method, its target and its client.
 */
export function headersLookedAt(table: RoutingTable): Set<string> {
  const names = new Set<string>();
  for (const { match, share, probes } of table.routes) {
    if (share !== undefined) names.add("cookie");
    if (probes !== undefined) names.add("user-agent");
    for (const clause of match) {
      for (const name of Object.keys(clause.header ?? {}))
        names.add(name.toLowerCase());
      if (clause.cookie) names.add("cookie");
      if (clause.baggage) names.add("baggage");
    }
  }
  return names;
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

function enter(route: Route, why: string): Lane {
  const reason = `session ${route.session}: ${why}`;
  if (route.paused && route.whenPaused === "original")
    return {
      ...original(`${reason}, but it is paused`),
      session: route.session,
    };
  if (route.paused && route.whenPaused === "reject")
    return { lane: "reject", route, reason: `${reason}, but it is paused` };
  return { lane: "replica", route, reason };
}

const original = (reason: string) => ({ lane: "original" as const, reason });
