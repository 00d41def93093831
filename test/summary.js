// Adds up the test reports of a run: `node summary.js STATUS FOLDER`. The last
// line is `N passed, N failed`; a step that failed without a failed test
// (types, lint, format, a suite that did not load) counts as one. What failed
// is named before it.
import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";

const [status, folder] = process.argv.slice(2);
let passed = 0;
let failed = 0;
const failures = [];

for (const name of ["unit", "e2e"]) {
  const file = `${folder}/${name}.json`;
  if (!existsSync(file)) {
    failures.push(`${name}: no report was written`);
    failed += 1;
    continue;
  }
  const report = JSON.parse(readFileSync(file, "utf8"));
  passed += report.numPassedTests;
  failed += report.numFailedTests + (report.numPendingTests ?? 0);
  for (const { name: path, message, assertionResults } of report.testResults) {
    const where = `${name} ${relative(process.cwd(), path)}`;
    const bad = assertionResults.filter((test) => test.status !== "passed");
    for (const { fullName, failureMessages } of bad)
      failures.push([`${where}: ${fullName}`, ...failureMessages].join("\n"));
    if (bad.length === 0 && message) failures.push(`${where}: ${message}`);
  }
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
if (!kit) failures.push("kit: its tests did not pass");
else console.log(kit[0]);

if (status !== "0" && failed === 0) {
  failed = 1;
  failures.push(
    "a step before or beside the tests failed: types, lint, format, or a file of tests",
  );
}
// At the end, where they are seen, and short: all of it is above.
for (const failure of failures)
  console.log(`FAILED ${failure.split("\n").slice(0, 12).join("\n  ")}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
