// Adds up the test reports of a run: `node summary.js STATUS FOLDER`. The last
// line is `N passed, N failed`; a step that failed without a failed test
// (types, lint, format, a suite that did not load) counts as one.
import { existsSync, readFileSync } from "node:fs";

const [status, folder] = process.argv.slice(2);
let passed = 0;
let failed = 0;

for (const name of ["unit", "e2e"]) {
  const file = `${folder}/${name}.json`;
  if (!existsSync(file)) {
    console.log(`${name}: no report was written`);
    failed += 1;
    continue;
  }
  const report = JSON.parse(readFileSync(file, "utf8"));
  passed += report.numPassedTests;
  failed += report.numFailedTests + (report.numPendingTests ?? 0);
  console.log(
    `${name}: ${report.numPassedTests} passed, ${report.numFailedTests} failed`,
  );
}

const kit = existsSync(`${folder}/kit.txt`)
  ? /kit: (\d+) tests on (\d+) Pythons? passed/.exec(
      readFileSync(`${folder}/kit.txt`, "utf8"),
    )
  : undefined;
if (kit) passed += Number(kit[1]);
else failed += 1;
console.log(kit ? kit[0] : "kit: its tests did not pass");

if (status !== "0" && failed === 0) failed = 1;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
