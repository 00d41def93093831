#!/usr/bin/env bash
# Makes sure that a Docker Engine answers, with Compose and buildx.
#   up.sh [--version 26.1|20.10]
# Without a version (or SIDESTEP_ENGINE), an Engine that is there is used as it is.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
for part in say paths lock found machine mirrors packages unpack install daemon; do
  # shellcheck source=/dev/null
  . "$here/lib/$part.sh"
done

main() {
  local asked
  asked=$(asked_version "$@")
  if usable "$asked"; then
    report
    return
  fi
  can_install || explain "$asked"
  lock engine
  make_usable "$asked"
  report
}

# asked_version ARGUMENT…: the flag, then the environment, then nothing.
asked_version() {
  local asked=${SIDESTEP_ENGINE:-}
  case "${1:-}" in
    '') [ $# -eq 0 ] || unknown "$1" ;;
    --version)
      [ -n "${2:-}" ] || fail "--version needs a value." "Accepted: ${VERSIONS[*]}"
      asked=$2
      [ $# -le 2 ] || unknown "$3"
      ;;
    --version=*)
      asked=${1#*=}
      [ $# -le 1 ] || unknown "$2"
      ;;
    *) unknown "$1" ;;
  esac
  [[ -z $asked || " ${VERSIONS[*]} " == *" $asked "* ]] || fail \
    "unknown Engine version: '$asked'." "Accepted: ${VERSIONS[*]}"
  printf '%s' "$asked"
}

unknown() { fail "unknown argument: '$1'" "Usage: up.sh [--version 26.1|20.10]"; }

# make_usable ASKED: whatever is missing, and only that.
make_usable() {
  local asked=$1 own version
  # First of all a client: without one, an Engine that runs cannot be seen.
  install_plugins
  [ -n "$(engine_version)" ] || refuse_elsewhere
  if own=$(own_version); then
    socket_answers && [ "${asked:-$own}" = "$own" ] && return
    step "stopping Engine $own" stop_engine
  else
    version=$(engine_version) || true
    if [ -n "$version" ]; then
      accept_foreign "$version" "$asked"
      return
    fi
  fi
  refuse_taken
  version=${asked:-${own:-${VERSIONS[0]}}}
  install_engine "$version"
  step "starting Engine $version" start_engine "$version"
}

# accept_foreign VERSION ASKED: an Engine that somebody else runs is used when
# it will do, and never replaced.
accept_foreign() {
  [ -z "$2" ] || is_matching "$1" "$2" || fail \
    "Engine $1 runs at $(engine_host), and this script did not start it." \
    "Stop it yourself, or run this without asking for Engine $2."
}

# refuse_elsewhere: an Engine started here would not be the one that is used.
refuse_elsewhere() {
  local host
  host=$(engine_host)
  case $host in
    "unix://$SOCKET" | unix:///run/docker.sock) ;;
    *) fail "no Engine answers at $host, where the docker client looks." \
      "Start it, or unset DOCKER_HOST and DOCKER_CONTEXT to have one started here." ;;
  esac
}

# refuse_taken: starting an Engine would take the socket away from whatever
# listens there, even if that does not answer.
refuse_taken() {
  ! socket_is_taken || fail \
    "something listens on $SOCKET but does not answer as a Docker Engine." \
    "See what with: ss -xlp src $SOCKET. Stop or restart it, and run this again."
}

# explain ASKED: what is missing and what to install, where we cannot.
explain() {
  local missing=()
  if ! command -v docker >/dev/null; then
    missing+=("the docker client")
  else
    if [ -S "$SOCKET" ] && [ ! -w "$SOCKET" ]; then
      missing+=("permission to use $SOCKET (run this as root, or as a member of its group)")
    elif [ -z "$(engine_version)" ]; then
      missing+=("a Docker Engine that answers at $(engine_host)")
    elif [ -n "$1" ] && ! is_matching "$(engine_version)" "$1"; then
      missing+=("Engine $1 (Engine $(engine_version) is running)")
    fi
    compose_is_enough || missing+=("the Compose plugin, $COMPOSE_MIN or newer")
    buildx_is_there || missing+=("the buildx plugin")
  fi
  fail "missing: $(printf '%s; ' "${missing[@]}" | sed 's/; $//')." \
    "Install Docker Engine with its Compose and buildx plugins (or Docker Desktop) and start it." \
    "On Debian 12, as root, this script installs and starts one itself."
}

main "$@"
