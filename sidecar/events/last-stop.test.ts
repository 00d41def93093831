import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { News } from "./book.js";
import { createLastStop } from "./last-stop.js";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "last-stop-"));
  path = join(folder, "last-stop.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A sidecar's, and what it told. */
const sidecar = (at = path) => {
  const told: string[] = [];
  const tell = ({ reason, object, message }: News) =>
    told.push(`${object} ${reason}: ${message}`);
  return { told, ...createLastStop(tell, at) };
};

test("what ended with a sidecar is told by it and by the next one, once, but for what is there again", () => {
  const first = sidecar();
  first.leave(["alice", "shop"]);
  expect(first.told).toEqual([
    "session/alice Ended: its sidecar is being stopped",
    "session/shop Ended: its sidecar is being stopped",
  ]);
  const second = sidecar();
  second.take(["shop"]);
  expect(second.told).toEqual([
    expect.stringMatching(
      /^session\/alice Ended: it ended when its sidecar was stopped, at \d{4}-\d\d-\d\dT/,
    ),
  ]);
  const third = sidecar();
  third.take([]);
  expect(third.told).toEqual([]);
});

test("without a session nothing is left", () => {
  sidecar().leave([]);
  expect(existsSync(path)).toBe(false);
});

test.each(["", "{", '{"sessions": 1}'])(
  "%j instead of a word is no reason not to start",
  (text) => {
    writeFileSync(path, text);
    const next = sidecar();
    next.take([]);
    expect(next.told).toEqual([]);
    expect(existsSync(path)).toBe(false);
  },
);

test("where nothing can be written, it ends all the same", () => {
  const last = sidecar(join(folder, "missing", "last-stop.json"));
  last.leave(["alice"]);
  expect(last.told).toHaveLength(1);
});
