import type { Route } from "../../schema/routing.js";

/** A route that takes every request, or as given. */
export function aRoute(session = "shop", changes: Partial<Route> = {}): Route {
  return {
    session,
    match: [],
    upstream: { host: "10.0.0.9", port: 8000 },
    paused: false,
    whenPaused: "queue",
    ...changes,
  };
}
