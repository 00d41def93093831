#!/usr/bin/env bash
# Lets each part die, in each way, at each stage of a session, under load, in at most
# 35 minutes (--minutes N), and writes docs/reliability.md. Exits with 1 if a promise is
# broken. With words of the table's first columns, such as `interceptor SIGKILL paused`
# (`rm`: docker rm -f; `oom`: out of memory), only those rows are measured, and written.
set -euo pipefail
cd "$(dirname "$0")/.."

# What the cells of the Engine need, beside what is there.
readonly PROGRAMS=/opt/sidestep-engine FOLDER=/var/lib/sidestep-engine/faults

bash test/setup.sh packages engine images

code=0
npx tsx test/faults/main.ts "$@" || code=$?
# 3: no row of the Engine was asked for.
engine=0
npx tsx test/faults/main.ts --which-engine "$@" || engine=$?
[ "$engine" -eq 0 ] || exit "$code"

# The Engine is killed in namespaces of its own (network, mounts, processes), where
# another one runs: nobody else on this machine notices, and nothing of it can stay.
if [ "$(id -u)" != 0 ]; then
  echo "faults: the rows of the Engine take root: not measured" >&2
  exit 1
fi
if ! command -v dockerd >/dev/null; then
  programs=$(ls -d "$PROGRAMS"/*/usr | tail -n 1)
  export PATH=$programs/sbin:$programs/bin:$PATH
fi
rm -rf --one-file-system "$FOLDER"
mkdir -p "$FOLDER"
trap 'rm -rf --one-file-system "$FOLDER"' EXIT
docker save -o "$FOLDER/images.tar" sidestep-sidecar sidestep-demo-shop sidestep-demo-web
unshare --net --mount --pid --fork --mount-proc --kill-child bash -ec '
  ip link set lo up
  mount -t tmpfs tmpfs /run
  export SIDESTEP_FAULTS_ENGINE=$0
  exec npx tsx test/faults/main.ts "$@"' "$FOLDER" "$@" || code=$?
exit "$code"
