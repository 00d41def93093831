import type { MatchClause } from "./match.js";
import type { ProbeGlobs } from "./probes.js";
import type { WhenPaused } from "./session.js";

/** Where one session's matched requests go. */
export interface Route {
  session: string;
  /** ORed; empty: every request. */
  match: MatchClause[];
  upstream: { host: string; port: number };
  /** The secret of the debugger's page: its own requests are matched by it. */
  debugger?: string;
  /** The secret of its share link: a browser that has it as a cookie is taken, whatever else it sends. */
  share?: string;
  paused: boolean;
  whenPaused: WhenPaused;
  /** How long a request may wait while the route is paused, in milliseconds; absent: as long as it takes. */
  maxWait?: number;
  /** The requests that are at a prompt themselves, by the interceptor's ids: `maxWait` is not for them. */
  pausedRequests?: string[];
  /** What the original answers while the route is paused; absent: nothing. */
  probes?: ProbeGlobs;
  /** Whether idle connections that are older than the takeover are closed; absent: they are. */
  cutIdle?: boolean;
}

/** All an interceptor knows: the first route that matches wins; none: the original. */
export interface RoutingTable {
  version: number;
  routes: Route[];
}
