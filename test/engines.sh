#!/usr/bin/env bash
# The end-to-end tests on both ends of the supported range of Engines.
set -euo pipefail
cd "$(dirname "$0")/.."

bash test/setup.sh packages tools
for version in 20.10 26.1; do
  echo "== Engine $version"
  bash test/engine/up.sh --version "$version"
  bash test/setup.sh images fixtures
  npx vitest run --project e2e
done
