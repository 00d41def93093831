import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { apiToken } from "./token-file.js";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sidestep-token-"));
  file = join(folder, "own", "token");
});
afterEach(() => rm(folder, { recursive: true }));

test("it has 256 bits, nobody else may read it, and a restart keeps it", async () => {
  const token = await apiToken(file);
  expect(token).toMatch(/^[\w-]{43}$/);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(join(folder, "own"))).mode & 0o777).toBe(0o700);
  expect(await apiToken(file)).toBe(token);
});

test("another sidecar has another, and what is no token is replaced", async () => {
  const token = await apiToken(file);
  expect(await apiToken(join(folder, "other", "token"))).not.toBe(token);
  await writeFile(file, "short\n", { mode: 0o644 });
  const made = await apiToken(file);
  expect(made).toHaveLength(43);
  expect(await readFile(file, "utf8")).toBe(`${made}\n`);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});
