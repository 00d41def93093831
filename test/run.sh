#!/usr/bin/env bash
# Everything: installs what is missing, checks, brings up an Engine and images
# where there are none, runs the end-to-end tests. Ends with `N passed, N failed`.
set -euo pipefail
cd "$(dirname "$0")/.."

checks() {
  local status=0
  npx tsc -p . || status=1
  npx prettier --check --log-level warn . || status=1
  npx eslint . || status=1
  return "$status"
}

bash test/setup.sh packages
reports=$(mktemp -d)
checks= kit=
# shellcheck disable=SC2086 # none, one or two of them
trap 'rm -rf "$reports"; kill $checks $kit 2>/dev/null || true' EXIT

# The setup mostly waits for packages and for the Engine.
checks >"$reports/checks.txt" 2>&1 &
checks=$!
bash test/setup.sh tools engine images fixtures
echo "types, lint and formats …"
status=0
wait "$checks" || status=1
checks=
cat "$reports/checks.txt"
# The kit's tests mostly wait: beside the unit tests, which let them go first.
SIDESTEP_TEST_GUNICORN=$(bash test/gunicorn.sh) SIDESTEP_TEST_FRAMEWORKS=$(bash test/frameworks.sh) \
  bash test/kit.sh >"$reports/kit.txt" 2>&1 &
kit=$!
nice -n 10 npx vitest run --project "unit*" --reporter=default --reporter=json \
  --outputFile.json="$reports/unit.json" || status=1
echo "the kit's tests …"
wait "$kit" || status=1
kit=
cat "$reports/kit.txt"
npx vitest run --project e2e --reporter=verbose --reporter=json \
  --outputFile.json="$reports/e2e.json" || status=1

node test/summary.js "$status" "$reports"
