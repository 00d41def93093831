# A stand-in for node:<major>-<suite>-slim, laid out as the official one: the
# Node binary of npm's node-linux-<architecture>, npm itself, and the user node.

# build_node NAME MAJOR BASE WORK: needs an empty folder to work in.
build_node() {
  command -v npm >/dev/null || fail "npm is needed to build a stand-in for $1." \
    "Install Node.js with npm, or connect to a registry of images."
  step "fetching Node $2 from npm's packages" fetch_node "$2" "$4"
  step "building $1" assemble_node "$1" "$3" "$4"
}

fetch_node() {
  local major=$1 work=$2
  local packages=("node-linux-$(node_architecture)@$major" "npm@$(npm_major "$major")")
  mkdir -p "$work/node" "$work/npm" "$work/tarballs"
  npm pack --pack-destination "$work/tarballs" "${packages[@]}"
  tar -xzf "$work"/tarballs/node-linux-*.tgz -C "$work/node" --strip-components 1
  tar -xzf "$work"/tarballs/npm-*.tgz -C "$work/npm" --strip-components 1
}

# npm_major NODE_MAJOR: the npm that release line of Node comes with.
npm_major() {
  case $1 in
    18 | 20 | 22) printf 10 ;;
    *) printf 11 ;;
  esac
}

# node_architecture: this machine's, as npm's packages name it.
node_architecture() {
  case $(dpkg --print-architecture) in
    amd64) printf x64 ;;
    arm64) printf arm64 ;;
    *) printf '%s' "$(dpkg --print-architecture)" ;;
  esac
}

# assemble_node NAME BASE WORK: the layout of the official image.
assemble_node() {
  local context=$3/context
  local tree=$context/local
  mkdir -p "$tree/bin" "$tree/include" "$tree/lib/node_modules"
  install -m 755 "$3/node/bin/node" "$tree/bin/node"
  cp -r "$3/node/include/node" "$tree/include/node"
  mv "$3/npm" "$tree/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$tree/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$tree/bin/npx"
  ln -s node "$tree/bin/nodejs"
  chmod -R go=u-w "$tree"
  chmod 755 "$tree"/lib/node_modules/npm/bin/*-cli.js
  cat >"$tree/bin/docker-entrypoint.sh" <<'ENTRYPOINT'
#!/bin/sh
set -e
# Flags and script names are for node; a command that exists is run as it is.
if [ "${1#-}" != "$1" ] || [ -z "$(command -v "$1")" ] || { [ -f "$1" ] && ! [ -x "$1" ]; }; then
  set -- node "$@"
fi
exec "$@"
ENTRYPOINT
  chmod 755 "$tree/bin/docker-entrypoint.sh"
  cat >"$context/Dockerfile" <<DOCKERFILE
FROM $2
RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node
COPY local /usr/local
RUN node --version && npm --version
ENV NODE_VERSION=$("$3/node/bin/node" -p 'process.versions.node')
LABEL sidestep.standin=true
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["node"]
DOCKERFILE
  # Another builder might not see the Engine's own images.
  docker buildx build --builder default --load --tag "$1" "$context"
}
