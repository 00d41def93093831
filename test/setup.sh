#!/usr/bin/env bash
# Makes a machine ready, step by step, each only if it is not done yet:
#   packages  npm packages, with what node-pty needs to be compiled
#   tools     what the tests use beside it: nft, ss, ip, curl, chromium, sshd,
#             and zsh and fish, which are completed in
#   engine    a Docker Engine with Compose v2 and buildx
#   images    base images, the images of the demo and of the sidecar, and the CLI
#   fixtures  images that only tests use: of Python's servers, of httpbin, of a
#             gRPC app, of other debuggers
# Says what it does on stderr, one line for each step that takes time.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

# Runs a command silently: its output is shown only if it fails.
quietly() {
  local log
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}

timed() {
  local what=$1 begin=$SECONDS
  shift
  say "setup: $what …"
  "$@"
  say "setup: $what: done in $((SECONDS - begin)) s"
}

# node-pty has no binaries for Linux: it is compiled.
compilers() {
  local missing=()
  command -v python3 >/dev/null || missing+=(python3)
  command -v make >/dev/null || missing+=(make)
  command -v g++ >/dev/null || missing+=(g++)
  [ ${#missing[@]} -eq 0 ] && return
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    say "setup: ${missing[*]} missing: install it (node-pty is compiled), then run this again"
    return 1
  fi
  timed "${missing[*]} from Debian's packages" install_packages "${missing[@]}"
}

install_packages() {
  quietly apt-get update
  DEBIAN_FRONTEND=noninteractive quietly apt-get install -y --no-install-recommends "$@"
}

# The interceptor's fast lane in C, for the unit tests.
plane() {
  local folder=sidecar/interceptor/native
  local built=$folder/build/plane.node
  [ -e "$built" ] && [ -z "$(find "$folder" -maxdepth 1 -newer "$built" -name '*.*' -print -quit)" ] && return
  compilers
  quietly bash $folder/build.sh "$built"
}

packages() {
  plane
  # npm writes this file last: as new as the lock file, the packages are complete.
  if [ node_modules/.package-lock.json -nt package-lock.json ] &&
    [ -e node_modules/node-pty/build/Release/pty.node ]; then
    return
  fi
  compilers
  timed "npm packages" quietly npm ci --no-audit --no-fund
  touch node_modules/.package-lock.json
}

tools() {
  local missing=()
  command -v nft >/dev/null || missing+=(nftables)
  command -v ss >/dev/null && command -v ip >/dev/null || missing+=(iproute2)
  command -v curl >/dev/null || missing+=(curl)
  command -v chromium >/dev/null || missing+=(chromium)
  command -v zsh >/dev/null || missing+=(zsh)
  command -v fish >/dev/null || missing+=(fish)
  [ -x /usr/sbin/sshd ] && command -v ssh >/dev/null || missing+=(openssh-server openssh-client)
  [ ${#missing[@]} -eq 0 ] && return
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    say "setup: ${missing[*]} missing: install it, then run this again"
    return 1
  fi
  timed "${missing[*]} from Debian's packages" install_packages "${missing[@]}"
}

engine() {
  bash test/engine/up.sh
}

images() {
  bash test/engine/images.sh
  export SIDESTEP_CA_FILE="${SIDESTEP_CA_FILE:-${NODE_EXTRA_CA_CERTS:-/dev/null}}"
  timed "images of the demo and the sidecar" quietly docker compose --profile debug build
  built || timed "the command line" build
}

fixtures() {
  bash test/engine/images.sh debian:trixie-slim
  for suite in bookworm trixie; do
    timed "image of Python's servers, Debian $suite" quietly \
      docker build --build-arg "SUITE=$suite" -t "sidestep-test-python:$suite" test/e2e/fixtures/python
  done
  timed "image of httpbin" quietly \
    docker build -t sidestep-test-httpbin test/e2e/fixtures/httpbin
  timed "image of a gRPC app" quietly \
    docker build -t sidestep-test-grpc test/e2e/fixtures/grpc
  timed "image of ipdb and pudb" quietly \
    docker build -t sidestep-test-debuggers test/e2e/fixtures/debuggers
}

# Whether dist is as new as everything it is made of.
built() {
  [ -e dist/.built ] &&
    [ -z "$(find bin cli sidecar docker/engine package.json package-lock.json tsconfig*.json \
      -newer dist/.built -print -quit)" ]
}

build() {
  # Of before the build: what changes meanwhile is built the next time.
  mkdir -p dist
  touch dist/.begun
  quietly npm run build
  mv dist/.begun dist/.built
}

for step in "$@"; do
  case $step in
  packages | tools | engine | images | fixtures) "$step" ;;
  *)
    say "setup: no step \"$step\": packages, tools, engine, images, fixtures"
    exit 2
    ;;
  esac
done
