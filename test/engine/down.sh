#!/usr/bin/env bash
# Stops the Engine that up.sh started, with its containers; never another.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
for part in say paths lock found daemon; do
  # shellcheck source=/dev/null
  . "$here/lib/$part.sh"
done

main() {
  [ $# -eq 0 ] || fail "unknown argument: '$1'" "Usage: down.sh"
  # Without these folders up.sh has never started an Engine here.
  if [ ! -d "$RUN" ]; then
    say "no Engine was started here."
    return
  fi
  [ "$(id -u)" -eq 0 ] || fail "only root can stop the Engine that root started."
  lock engine
  local version
  if version=$(own_version); then
    step "stopping Engine $version" stop_engine
  else
    # It may have been killed: then its containers are still running.
    stop_engine
    say "no Engine of ours is running."
  fi
}

main "$@"
