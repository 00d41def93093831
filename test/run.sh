#!/usr/bin/env bash
# Everything: installs what is missing, checks, brings up an Engine and images
# where there are none, runs the end-to-end tests. Ends with `N passed, N failed`.
set -euo pipefail
cd "$(dirname "$0")/.."

bash test/setup.sh packages tools engine images
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT

status=0
npx tsc -p . || status=1
npx eslint . || status=1
npx prettier --check --log-level warn . || status=1
npx vitest run --project unit --reporter=default --reporter=json \
  --outputFile.json="$reports/unit.json" || status=1
SIDESTEP_TEST_GUNICORN=$(bash test/gunicorn.sh) SIDESTEP_TEST_FRAMEWORKS=$(bash test/frameworks.sh) \
  bash test/kit.sh | tee "$reports/kit.txt" || status=1
npx vitest run --project e2e --reporter=verbose --reporter=json \
  --outputFile.json="$reports/e2e.json" || status=1

node test/summary.js "$status" "$reports"
