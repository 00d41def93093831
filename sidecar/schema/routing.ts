import type { MatchClause } from "./match.js";
import type { WhenPaused } from "./session.js";

/** Where one session's matched requests go. */
export interface Route {
  session: string;
  /** ORed; empty: every request. */
  match: MatchClause[];
  upstream: { host: string; port: number };
  /** The secret of the debugger's page: its own requests are matched by it. */
  debugger?: string;
  paused: boolean;
  whenPaused: WhenPaused;
}

/** All an interceptor knows: the first route that matches wins; none: the original. */
export interface RoutingTable {
  version: number;
  routes: Route[];
}
