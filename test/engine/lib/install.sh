# What is installed when there is no Engine, or no plugins for the one there is.

# The Engine versions that can be asked for; the first is the default.
readonly VERSIONS=(26.1 20.10)

# install_engine VERSION: the programs of that Engine, if not there yet.
install_engine() {
  [ -x "$PROGRAMS/$1/usr/sbin/dockerd" ] || case $1 in
    26.1) unpack_step 26.1 trixie docker.io containerd docker-cli tini ;;
    20.10) unpack_step 20.10 bookworm docker.io containerd tini ;;
  esac
  # runc is Debian 12's for both: Debian 13's asks for a newer C library.
  need_packages ca-certificates iproute2 iptables libdevmapper1.02.1 libsystemd0 runc
}

unpack_step() {
  local version=$1 codename=$2
  shift 2
  need_mirrors
  step "unpacking Engine $version from Debian's packages" \
    unpack "$codename" "$PROGRAMS/$version" "$@"
}

# install_plugins: Compose and buildx for whichever docker is first on PATH, and
# a docker when there is none.
install_plugins() {
  command -v docker >/dev/null && compose_is_enough && buildx_is_there && return
  if [ ! -d "$PROGRAMS/plugins" ]; then
    need_mirrors
    step "unpacking Compose and buildx from Debian's packages" \
      unpack trixie "$PROGRAMS/plugins" docker-cli docker-compose docker-buildx
  fi
  local unpacked=$PROGRAMS/plugins/usr
  command -v docker >/dev/null || place "$unpacked/bin/docker" /usr/local/bin/docker
  compose_is_enough || place "$unpacked/libexec/docker/cli-plugins/docker-compose" \
    "$PLUGINS/docker-compose"
  buildx_is_there || place "$unpacked/libexec/docker/cli-plugins/docker-buildx" \
    "$PLUGINS/docker-buildx"
  compose_is_enough && buildx_is_there || fail \
    "$(command -v docker) does not find Compose $COMPOSE_MIN or newer and buildx in $PLUGINS." \
    "Remove older ones from ~/.docker/cli-plugins and /usr/local/lib/docker/cli-plugins."
}

# place FROM TO: a link; never over a file that somebody else put there.
place() {
  if [ -e "$2" ] && [ ! -L "$2" ]; then
    fail "$2 is too old and was not put there by this script." "Remove it and run this again."
  fi
  mkdir -p "$(dirname "$2")"
  ln -sfn "$1" "$2"
}
