import type { MatchClause } from "../schema/match.js";
import type { Route } from "../schema/routing.js";
import { matches, type Matchable } from "./match.js";

/**
 * Whether a request is a health probe from outside. A load balancer must not
 * take the app down because somebody looks at it in a debugger; so while a
 * replica is paused, the original answers them.
 *
 * Who names a probe wants to debug it: a clause with this path and no glob in
 * it, or with a condition for the user agent, makes it a request as any other.
 */
export function isProbe(
  request: Matchable,
  { probes }: Route,
  clause: MatchClause | undefined,
): boolean {
  if (!probes || !["GET", "HEAD"].includes(request.method)) return false;
  if (clause?.path !== undefined && !clause.path.includes("*")) return false;
  if (Object.keys(clause?.header ?? {}).some(isUserAgent)) return false;
  return (
    probes.paths.some((path) => matches({ path }, request, "")) ||
    probes.userAgents.some((glob) =>
      matches({ header: { "user-agent": glob } }, request, ""),
    )
  );
}

const isUserAgent = (name: string) => name.toLowerCase() === "user-agent";
