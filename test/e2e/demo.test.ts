import { expect, test } from "vitest";
import { difference, machine } from "../support/traces.js";
import { until } from "./support/poll.js";
import { docker, run } from "./support/run.js";

const DOWN = ["compose", "--profile", "debug", "down"];

/** One that runs already is its user's: it goes on. */
const running = async () =>
  (await docker("ps", "-q", "--filter", "name=^sidestep-demo-")) !== "";

test("`npm run demo` must do what the README shows, and leave nothing once it is down", async () => {
  const users = await running();
  const before = await machine();
  const seen = await run("npm", ["run", "demo"]);
  expect(seen).toContain("That was the demo. It still runs:");
  expect(seen).toMatch(/shop\/views\.py:\d+\s+GET \/orders\/7\?pdb=1/);
  if (users) return;
  expect(await running()).toBe(true);
  await docker(...DOWN);
  await until("nothing is left", async () => {
    const left = difference(before, await machine());
    if (left.length === 0) return true;
    throw new Error(left.join("\n"));
  });
});
