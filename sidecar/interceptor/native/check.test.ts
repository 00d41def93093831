import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runs } from "../../../test/support/fuzzing.js";

// What C does wrong with memory, it does in everybody's way: the lane's own
// check, compiled so that the first mistake ends it.
const STEPS = 100_000;

const folder = mkdtempSync(join(tmpdir(), "sidestep-native-"));
afterAll(() => rmSync(folder, { recursive: true }));

test(`${runs(STEPS)} steps with the scan and the lane must be without a mistake that a sanitizer finds`, async () => {
  const program = join(folder, "check");
  const sources = ["check.c", "lane.c", "scan.c"].map((name) =>
    join(import.meta.dirname, name),
  );
  const flags = ["-std=gnu11", "-g", "-O1", "-Wall", "-Wextra", "-Werror"];
  flags.push("-pthread", "-fsanitize=address,undefined");
  flags.push("-fno-sanitize-recover=all");
  const compiler = process.env["CC"] ?? "cc";
  await run(compiler, [...flags, "-o", program, ...sources]);
  const seed = process.env["SIDESTEP_FUZZ_SEED"] ?? String(Date.now());
  const said = await run(program, [seed, String(runs(STEPS))]);
  console.info(`seed ${seed}: ${said.trim()}`);
  const requests = Number(/^(\d+) requests/.exec(said)?.[1]);
  expect(requests).toBeGreaterThan(runs(STEPS) / 1000);
}, 180_000);

function run(command: string, options: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, options, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stderr}`));
      else resolve(stdout);
    });
  });
}
