import { expect, test } from "vitest";
import { PROBES } from "../schema/index.js";
import { routesFor } from "./routes.js";
import {
  app,
  container,
  interceptor,
  kit,
  NOW,
  replica,
  session,
  world,
} from "./testing/world.js";
import type { DesiredSession, World } from "./world.js";

const shop = app("shop-1");

/** The only route of a session whose replica serves. */
function routeOf(
  s: DesiredSession,
  changes: Partial<World> = {},
  others: DesiredSession[] = [],
) {
  const copy = replica(shop, s);
  const w = world([s, ...others], [shop], {
    ours: [copy, interceptor(shop)],
    kits: { [s.name]: kit },
    accepting: { [copy.inspect.Id]: NOW },
    ...changes,
  });
  return routesFor(w, container(shop), 8000)[0];
}

const atPrompt = { pauses: { s: 1 }, pausedRequests: { s: ["ab-1"] } };

test("maxWait comes in milliseconds, with the requests that are at a prompt", () => {
  const s = session("s", { maxWait: "2m" });
  expect(routeOf(s)).toMatchObject({ paused: false, maxWait: 120_000 });
  expect(routeOf(s, atPrompt)).toMatchObject({
    paused: true,
    maxWait: 120_000,
    pausedRequests: ["ab-1"],
  });
  expect(routeOf(session("s"), atPrompt)).not.toHaveProperty("maxWait");
});

test("while it is paused, probes are the usual ones and the session's", () => {
  const probes = { paths: ["/alive"], userAgents: ["my-lb/*"] };
  expect(routeOf(session("s", { probes }))).not.toHaveProperty("probes");
  expect(routeOf(session("s", { probes }), atPrompt)?.probes).toEqual({
    paths: [...PROBES.paths, "/alive"],
    userAgents: [...PROBES.userAgents, "my-lb/*"],
  });
});

test("an original that is frozen, by whichever session, answers no probes", () => {
  const freezing = session("x", { original: "pause", match: [{ path: "/x" }] });
  expect(routeOf(session("s", { original: "pause" }), atPrompt)?.probes).toBe(
    undefined,
  );
  expect(routeOf(session("s"), atPrompt, [freezing])?.probes).toBe(undefined);
});

test("a session that wants old connections left alone says so", () => {
  expect(routeOf(session("s"))).not.toHaveProperty("cutIdle");
  expect(routeOf(session("s", { cutIdle: false }))?.cutIdle).toBe(false);
});
