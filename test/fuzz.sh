#!/usr/bin/env bash
# Everything that is fuzzed in `npm test`, for longer: round after round, each
# with another seed, until the time is up. `npm run fuzz [-- MINUTES]`, 10 by
# default. A failure ends it, with how to see it again.
set -euo pipefail
cd "$(dirname "$0")/.."

minutes=${1:-10}
case $minutes in '' | *[!0-9]*)
  echo "usage: npm run fuzz [-- MINUTES]" >&2
  exit 2
  ;;
esac

bash test/setup.sh packages
end=$((SECONDS + minutes * 60))
# How much more is tried in a round than in `npm test`.
factor=${SIDESTEP_FUZZ:-3}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Shows what a command prints only where it fails, and how to run it again.
try() {
  local name=$1 began=$SECONDS
  shift
  if SIDESTEP_FUZZ=$factor SIDESTEP_FUZZ_SEED=$seed "$@" >"$log" 2>&1; then
    echo "  $name: $((SECONDS - began)) s"
    return
  fi
  cat "$log"
  echo
  echo "fuzz: FAILED: $name, seed $seed. Again:"
  printf '  SIDESTEP_FUZZ=%s SIDESTEP_FUZZ_SEED=%s' "$factor" "$seed"
  printf ' %q' "$@"
  echo
  exit 1
}

others="sidecar/interceptor/differential.test.ts
sidecar/interceptor/native/check.test.ts
kit"

round=0
while [ "$SECONDS" -lt "$end" ]; do
  round=$((round + 1))
  # One that was given is tried first.
  seed=${SIDESTEP_FUZZ_SEED:-$((RANDOM * 32768 + RANDOM))}
  unset SIDESTEP_FUZZ_SEED
  echo "round $round, seed $seed, $(((end - SECONDS + 59) / 60)) minutes to go"
  # In another order each time: what comes last may not come at all.
  for what in $({ find cli sidecar -name '*fuzz.test.ts' && echo "$others"; } | shuf); do
    [ "$SECONDS" -lt "$end" ] || break
    case $what in
    kit) try kit sh -c 'cd docker/kit/python && ./vendor.sh && python3 -m unittest tests.test_fuzz' ;;
    *) try "$what" npx vitest run --project unit "$what" ;;
    esac
  done
done
echo "fuzz: nothing was found"
