import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SessionSpec } from "../schema/index.js";
import { createSpecStore } from "./spec-store.js";

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "specs-")), "specs");
});
afterEach(() => rmSync(join(folder, ".."), { recursive: true }));

const MADE = "2026-05-04T12:00:00.000Z";
const spec = SessionSpec.parse({ target: "shop" });
const label = { spec, labels: { team: "red" } };
const changed = { spec: { ...spec, priority: 5 }, labels: { team: "blue" } };

test("what was changed in place outlives the sidecar", () => {
  createSpecStore(folder).write("s", MADE, changed);
  expect(createSpecStore(folder).read("s", MADE, label)).toEqual(changed);
  expect(statSync(join(folder, "s.json")).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test("one of another session of the name, or for another replica, is void", () => {
  const store = createSpecStore(folder);
  expect(store.read("s", MADE, label)).toEqual(label);
  store.write("s", MADE, changed);
  expect(store.read("s", "2026-05-05T12:00:00.000Z", label)).toEqual(label);
  const other = { ...label, spec: { ...spec, env: { A: "1" } } };
  expect(store.read("s", MADE, other)).toEqual(other);
});

test("it goes with its session", () => {
  const store = createSpecStore(folder);
  for (const name of ["a", "b", "c"]) store.write(name, MADE, changed);
  store.remove("a");
  store.remove("never-there");
  store.keep(["c"]);
  expect(readdirSync(folder)).toEqual(["c.json"]);
});
