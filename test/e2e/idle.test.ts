import { afterAll, beforeAll, expect, test } from "vitest";
import { startDemo, type Demo } from "./support/demo.js";
import { get, servedBy } from "./support/http.js";
import { until } from "./support/poll.js";
import { inventory, rulesIn } from "./support/leftovers.js";

let demo: Demo;

beforeAll(async () => {
  demo = await startDemo({ SIDESTEP_TARGET: "" });
});
afterAll(async () => {
  await demo?.end();
});

// Idle costs nothing: promise 1.
test("a sidecar without a session must touch nothing of the app", async () => {
  expect(await demo.cli.ok("get", "targets")).toMatch(/^shop +/m);
  expect(servedBy(await get(`${demo.url}/orders/7`))).toBe("original");
  const { containers } = await inventory();
  expect(containers.filter((name) => name.startsWith(demo.project))).toEqual(
    ["db", "shop", "sidestep", "web"].map((service) => demo.name(service)),
  );
  expect(await rulesIn(demo.name("shop"))).toEqual([]);
});

test("`debug` and `delete` must come and go, old connections of nginx or not", async () => {
  // nginx keeps connections to the shop from before the session.
  for (let i = 0; i < 8; i++) await get(`${demo.url}/orders/7`);
  const match = ["--match", "header:x-debug=alice"];
  const plan = await demo.cli.ok("debug", "shop", ...match, "--dry-run");
  expect(plan).toMatch(/create replica .+-shop-1-sidestep-shop-/);
  expect(plan).toMatch(/create interceptor .+-shop-1-sidestep-port-8000/);
  expect((await demo.cli.any(["get", "sessions"])).stderr).toContain(
    "No resources found",
  );

  await demo.cli.ok("debug", "shop", ...match, "--name", "one");
  // Connections of the pool that were in use a moment ago are cut when idle.
  await until("alice is rerouted", async () => {
    const alice = await get(`${demo.url}/orders/7`, { "x-debug": "alice" });
    return alice.status === 200 && servedBy(alice) === "session=one";
  });
  expect(servedBy(await get(`${demo.url}/orders/7`))).toBe("original");
  await demo.cli.ok("delete", "session", "one");
  const after = await get(`${demo.url}/orders/7`, { "x-debug": "alice" });
  expect(servedBy(after)).toBe("original");
  expect(await rulesIn(demo.name("shop"))).toEqual([]);
});
