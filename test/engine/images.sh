#!/usr/bin/env bash
# Makes sure that the tests' base images are in the Engine: pulled, or else,
# where no registry can be reached, built as stand-ins from Debian's and npm's packages.
#   images.sh [debian:<suite>-slim | node:<major>-<suite>-slim]…
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
for part in say paths lock found machine mirrors packages debian-image node-image; do
  # shellcheck source=/dev/null
  . "$here/lib/$part.sh"
done

# What every test may count on.
readonly DEFAULT_IMAGES=(debian:bookworm-slim node:24-bookworm-slim)

# The longest, in seconds, that pulling one image may take.
readonly PULL_LIMIT=300

main() {
  local name missing=()
  for name in "${DEFAULT_IMAGES[@]}" "$@"; do
    is_known "$name" || fail "no stand-in can be built for the image '$name'." \
      "Accepted: debian:<suite>-slim and node:<major>-<suite>-slim."
    is_present "$name" || missing+=("$name")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ -n "$(engine_version)" ] || fail "no Docker Engine answers at $(engine_host)." \
    "Start one: $here/up.sh"
  for name in "${missing[@]}"; do
    pull "$name" || build "$name"
  done
}

is_known() { [[ $1 =~ ^(debian:[a-z]+-slim|node:[0-9]+-[a-z]+-slim)$ ]]; }

is_present() { docker image inspect "$1" >/dev/null 2>&1; }

# pull NAME: whether the image could be had from a registry.
pull() {
  local output
  say "pulling $1 …"
  output=$(timeout "$PULL_LIMIT" docker pull --quiet "$1" 2>&1) && return
  say "$1 cannot be pulled (${output##*$'\n'}): building a stand-in"
  return 1
}

# build NAME: the stand-in, once only even when two runs want it.
build() {
  can_install || fail "$1 can be neither pulled nor built here." \
    "Connect to a registry, or build it on Debian 12 as root and move it with docker save and load."
  lock images
  is_present "$1" && return
  local name=$1 suite work=$DATA/images.work
  suite=${name##*:}
  suite=${suite%-slim}
  clean "$work"
  # shellcheck disable=SC2064 # the folder of now, not of then
  trap "clean '$work'" EXIT
  mkdir -p "$work"
  case $name in
    debian:*) build_debian "$name" "$suite" "$work" ;;
    node:*)
      local base=debian:${suite#*-}-slim
      is_present "$base" || build_debian "$base" "${suite#*-}" "$work"
      build_node "$name" "${suite%%-*}" "$base" "$work"
      ;;
  esac
  clean "$work"
}

# clean FOLDER: debootstrap mounts /proc and /sys below it, and leaves them
# there when it is killed: removing through a mount would reach the system.
clean() {
  local mounted
  while read -r _ mounted _; do
    [[ $mounted != "$1"/* ]] || umount --lazy "$mounted"
  done </proc/mounts
  rm -rf --one-file-system "$1"
}

main "$@"
