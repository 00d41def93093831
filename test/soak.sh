#!/usr/bin/env bash
# Many sessions, pauses, requests and viewers at once, for 10 minutes (--minutes N), and
# what memory and answers are like then: a section of docs/reliability.md. Exits with 1
# if a goal is missed. Less of it: --sessions N, --pauses N, --rate N.
set -euo pipefail
cd "$(dirname "$0")/.."

bash test/setup.sh packages engine images
exec npx tsx test/soak/main.ts "$@"
