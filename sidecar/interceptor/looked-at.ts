import type { RoutingTable } from "../schema/routing.js";
import { headersLookedAt } from "./choose.js";
import { wanted, type Wanted } from "./scan.js";

/** The headers that choosing by this table may look at, ordered for the scan. */
export function lookedAt(table: RoutingTable): Wanted {
  return wanted(headersLookedAt(table));
}
