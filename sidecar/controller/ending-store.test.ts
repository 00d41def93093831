import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createEndingStore } from "./ending-store.js";

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "endings-")), "endings");
});
afterEach(() => rmSync(join(folder, ".."), { recursive: true }));

const MADE = "2026-05-04T12:00:00.000Z";

test("what was told to end is known by the next sidecar, and a later session of the name is not it", () => {
  createEndingStore(folder).add("s", MADE);
  const store = createEndingStore(folder);
  expect(store.has("s", MADE)).toBe(true);
  expect(store.has("s", "2026-05-05T12:00:00.000Z")).toBe(false);
  expect(store.has("other", MADE)).toBe(false);
  store.remove("s");
  expect(store.has("s", MADE)).toBe(false);
});

test("where nothing can be written, a session ends all the same", () => {
  writeFileSync(folder, "no folder");
  const store = createEndingStore(folder);
  store.add("s", MADE);
  expect(store.has("s", MADE)).toBe(false);
});
