import { expect, test } from "vitest";
import { proofKey, type Proof } from "./canaries.js";
import { renderPlan } from "./operation.js";
import { plan } from "./plan.js";
import { sessionResource } from "./status.js";
import { routesFor } from "./routes.js";
import {
  app,
  container,
  interceptor,
  kit,
  link,
  NOW,
  replica,
  self,
  session,
  theGuard,
  world,
} from "./testing/world.js";
import type { World } from "./world.js";

const shop = app("shop-1");
const s = session("s");
const taker = interceptor(shop);
const key = proofKey("s", taker.name);

/** A session whose table is in force, by a takeover of time 5. */
function routed(changes: Partial<World> = {}): World {
  const copy = replica(shop, s);
  const before = world([s], [shop], {
    ours: [theGuard(), copy, taker],
    kits: { s: kit },
    accepting: { [copy.inspect.Id]: NOW },
    ...changes,
  });
  const routes = routesFor(before, container(shop), 8000);
  const state = { applied: 1, sent: { version: 1, routes }, takeover: 5 };
  return { ...before, interceptors: { [taker.name]: link(state) } };
}
const proof = (state: Proof["state"], changes: Partial<Proof> = {}): Proof => ({
  takeover: 5,
  state,
  at: NOW,
  what: "172.18.0.5",
  ...changes,
});
const planned = (w: World) => renderPlan(plan(w, () => "token"));
const seenAs = (w: World) => {
  const findings = { logs: {}, failures: {}, hazards: {}, exits: {} };
  const { status } = sessionResource(w, s, findings, []);
  const { reason, message } = status.conditions.find(
    ({ type }) => type === "Ready",
  )!;
  return { phase: status.phase, reason, message };
};

test("a takeover that nobody has tried: a canary, and not Ready", () => {
  const w = routed();
  expect(planned(w)).toBe(
    "send a canary to 172.18.0.3:8000  # do new connections come to the interceptor?",
  );
  expect(seenAs(w)).toMatchObject({
    phase: "Starting",
    reason: "CanaryAwaited",
  });
});

test("where the sidecar shares no network with the app, it is sent from the replica's place", () => {
  expect(planned(routed({ self: { ...self, networks: ["other"] } }))).toContain(
    "send a canary to 172.18.0.3:8000 from shop-1-sidestep-s",
  );
});

test("no second one while the first is on its way, or once it was seen: then it is Ready", () => {
  const sent = routed({ proofs: { [key]: proof("sent") } });
  expect(planned(sent)).toBe("");
  expect(seenAs(sent).phase).toBe("Starting");
  const seen = routed({ proofs: { [key]: proof("seen") } });
  expect(planned(seen)).toBe("");
  expect(seenAs(seen)).toMatchObject({ phase: "Ready", reason: "Ready" });
});

test("the proof of another takeover, or of another session, is none", () => {
  const former = routed({ proofs: { [key]: proof("seen", { takeover: 4 }) } });
  expect(planned(former)).toContain("send a canary");
  expect(seenAs(former).phase).toBe("Starting");
  const other = proofKey("other", taker.name);
  const others = routed({ proofs: { [other]: proof("seen") } });
  expect(seenAs(others).phase).toBe("Starting");
});

test("one that was missed: not Ready, and why, and tried again after 3 s", () => {
  const missed = proof("missed", {
    what: "HTTP/1.1 404 Not Found",
    answered: true,
  });
  const w = routed({ proofs: { [key]: missed } });
  expect(planned(w)).toBe("");
  const { reason, message } = seenAs(w);
  expect(reason).toBe("CanaryNotSeen");
  expect(message).toContain(
    "a canary request to port 8000 of shop-1 was answered (HTTP/1.1 404 Not Found), but not by the interceptor",
  );
  expect(message).toContain("nft list ruleset");
  const later = routed({
    proofs: { [key]: { ...missed, at: NOW - 3_000 } },
  });
  expect(planned(later)).toContain("# the last one was not seen");
});

test("while the replica does not serve there is nothing to prove", () => {
  expect(planned(routed({ accepting: {} }))).not.toContain("canary");
});
