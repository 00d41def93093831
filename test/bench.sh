#!/usr/bin/env bash
# Measures speed and size, side by side in one run of at most five minutes, and
# writes docs/benchmarks.md. Exits with 1 if a goal is missed.
set -euo pipefail
cd "$(dirname "$0")/.."

bash test/setup.sh packages engine images
exec npx tsx test/bench/main.ts
