#!/usr/bin/env bash
# The kit's tests on every Python there is: the host's, and those of Debian 12
# and 13, in containers, where the host has none of that version. The images
# are those of `test/setup.sh fixtures`, with Debian's gunicorn and the like in
# them. Ends with `kit: N tests on M Pythons passed`.
set -euo pipefail
cd "$(dirname "$0")/.."

log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=0

# Shows what a command prints, but for its own sum, and keeps all of it.
keep() {
  "$@" 2>&1 | tee -a "$log" | { grep --line-buffered -v '^kit: .* passed$' || true; }
}

# Nothing is written to the repository, and nobody is reached from there. The
# tests that look at mounts make their own.
in_container() {
  docker run --rm --init --network none --cap-add SYS_ADMIN \
    --volume "$PWD:/repo:ro" --entrypoint sh "sidestep-test-python:$1" \
    /repo/docker/kit/python/tests/run.sh
}

keep sh docker/kit/python/tests/run.sh || failed=1
for release in bookworm:3.11 trixie:3.13; do
  grep -q "^python ${release#*:}\." "$log" && continue
  echo "python ${release#*:}: Debian's, in a container of sidestep-test-python:${release%:*}"
  keep in_container "${release%:*}" || failed=1
done

if [ "$failed" -ne 0 ]; then
  echo "kit: FAILED" >&2
  exit 1
fi
sed -n 's/^kit: \([0-9]*\) tests on \([0-9]*\) Pythons passed$/\1 \2/p' "$log" |
  awk '{ tests += $1; pythons += $2 } END { printf "kit: %d tests on %d Pythons passed\n", tests, pythons }'
