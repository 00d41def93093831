#!/usr/bin/env bash
# Lets each part die, in each way, at each stage of a session, under load, in at most
# 45 minutes (--minutes N), and writes docs/reliability.md. Exits with 1 if a promise is
# broken. With words of the table's first columns, such as `interceptor SIGKILL paused`
# (`rm`: docker rm -f; `oom`: out of memory; `engine`, `live-restore`, `new-socket`: an Engine
# without and with live-restore, and one that makes its socket anew), only those rows are
# measured, and written.
set -euo pipefail
cd "$(dirname "$0")/.."

bash test/setup.sh packages engine images
exec npx tsx test/faults/main.ts "$@"
