#!/usr/bin/env bash
# The kit's tests on every Python there is: the host's, and those of Debian 12
# and 13, in containers, where the host has none of that version. The images
# are those of `test/setup.sh fixtures`, with Debian's gunicorn and the like in
# them. Ends with `kit: N tests on M Pythons passed`.
set -euo pipefail
cd "$(dirname "$0")/.."

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
failed=0

# Shows what a command prints, but for its own sum, and keeps all of it.
keep() {
  local log=$logs/$1
  shift
  "$@" 2>&1 | tee "$log" | { grep --line-buffered -v '^kit: .* passed$' || true; }
}

# Whether the host has a Python of this version, such as 3.13.
on_host() {
  local candidate
  for candidate in python3 "python$1" ${SIDESTEP_PYTHONS:-}; do
    "$candidate" -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$1')" 2>/dev/null && return
  done
  return 1
}

# Nothing is written to the repository, and nobody is reached from there. The
# tests that look at mounts make their own.
in_container() {
  docker run --rm --init --network none --cap-add SYS_ADMIN \
    --volume "$PWD:/repo:ro" --entrypoint sh "sidestep-test-python:$1" \
    /repo/docker/kit/python/tests/run.sh
}

# For all of them, which run side by side.
sh docker/kit/python/vendor.sh
running=()
keep host sh docker/kit/python/tests/run.sh &
running+=($!)
for release in bookworm:3.11 trixie:3.13; do
  on_host "${release#*:}" && continue
  echo "python ${release#*:}: Debian's, in a container of sidestep-test-python:${release%:*}"
  keep "${release%:*}" in_container "${release%:*}" &
  running+=($!)
done
for each in "${running[@]}"; do wait "$each" || failed=1; done

if [ "$failed" -ne 0 ]; then
  echo "kit: FAILED" >&2
  exit 1
fi
sed -n 's/^kit: \([0-9]*\) tests on \([0-9]*\) Pythons passed$/\1 \2/p' "$logs"/* |
  awk '{ tests += $1; pythons += $2 } END { printf "kit: %d tests on %d Pythons passed\n", tests, pythons }'
