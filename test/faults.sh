#!/usr/bin/env bash
# Lets each part die, in each way, at each stage of a session, under load, in at most
# 35 minutes (--minutes N), and writes docs/reliability.md. Exits with 1 if a promise is
# broken. With words of the table's first columns, such as `interceptor SIGKILL paused`
# (`rm`: docker rm -f; `oom`: out of memory), only those rows are measured, and written.
set -euo pipefail
cd "$(dirname "$0")/.."

bash test/setup.sh packages engine images
exec npx tsx test/faults/main.ts "$@"
