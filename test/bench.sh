#!/usr/bin/env bash
# Measures speed and size, side by side in one run of at most 35 minutes, and
# writes docs/benchmarks.md. Exits with 1 if a goal is missed. With names of
# measures (see test/bench/main.ts), only those are taken, and their sections written.
set -euo pipefail
cd "$(dirname "$0")/.."

bash test/setup.sh packages engine images
exec npx tsx test/bench/main.ts "$@"
