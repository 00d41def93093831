#!/usr/bin/env bash
# Types, lint, format and unit tests, TypeScript and Python: needs no Engine.
set -euo pipefail
cd "$(dirname "$0")/.."

bash test/setup.sh packages
npx tsc -p .
npx eslint .
npx prettier --check --log-level warn .
npx vitest run --project "unit*"
SIDESTEP_TEST_GUNICORN=$(bash test/gunicorn.sh) bash docker/kit/python/tests/run.sh
