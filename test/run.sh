#!/usr/bin/env bash
# Everything: installs what is missing, checks, brings up an Engine and images
# where there are none, runs the end-to-end tests. Ends with `N passed, N failed`.
set -euo pipefail
cd "$(dirname "$0")/.."

bash test/setup.sh packages tools engine images fixtures
reports=$(mktemp -d)
kit=
trap 'rm -rf "$reports"; [ -z "$kit" ] || kill "$kit" 2>/dev/null || true' EXIT

status=0
npx tsc -p . || status=1
npx eslint . || status=1
npx prettier --check --log-level warn . || status=1
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
