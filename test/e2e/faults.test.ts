import { describe, expect, test } from "vitest";
import { broken } from "../faults/judge.js";
import { measure } from "../faults/measure.js";

/** A row for each part that may die, of those that `npm run test:faults` measures. */
describe("the short form of the fault matrix", () => {
  test.each([
    ["sidecar", "SIGKILL", "paused"],
    ["sidecar", "docker rm -f", "ready"],
    ["interceptor", "SIGKILL", "ready"],
    ["replica", "out of memory", "paused"],
    ["broker", "SIGKILL", "paused"],
    ["original", "SIGTERM", "ready"],
    ["nginx", "docker rm -f", "draining"],
  ] as const)("%s, %s, %s", async (victim, fault, stage) => {
    expect(broken(await measure(victim, fault, stage))).toEqual([]);
  });
});
