/** For every file of end-to-end tests: nothing may be left behind. */
import { basename } from "node:path";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { difference, machine, mark } from "../../support/traces.js";
import { orphans } from "./leftovers.js";
import { until } from "./poll.js";

let before: string[];

beforeAll(async () => {
  before = await machine();
  mark(basename(expect.getState().testPath ?? "a test"));
});

// Those of the sidecars that still run may well go on: they end with their file.
afterEach(async () => {
  await nothing("that has lost its sidecar", () => orphans());
});

// This runs after the file's own.
afterAll(async () => {
  await nothing("left behind by this file", async () =>
    difference(before, await machine()),
  );
});

/** The Engine, a guard and processes that end need a moment. */
async function nothing(
  what: string,
  find: () => Promise<string[]>,
): Promise<void> {
  await until(
    `nothing is ${what}`,
    async () => {
      const found = await find();
      if (found.length === 0) return true;
      throw new Error(`\n${found.join("\n")}`);
    },
    30,
  );
}
