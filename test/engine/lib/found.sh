# What is already on this machine.

# The oldest Compose that has what the tests use.
readonly COMPOSE_MIN=2.20

# engine_version: the version of the Engine that the client's own settings
# lead to (DOCKER_HOST, the current context, or the default socket).
engine_version() { timeout 10 docker version --format '{{.Server.Version}}' 2>/dev/null; }

# compose_version: the version of the Compose plugin, without a leading "v".
compose_version() { docker compose version --short 2>/dev/null | sed 's/^v//'; }

# buildx_version: the version of the buildx plugin, without a leading "v".
buildx_version() { docker buildx version 2>/dev/null | awk '{ sub(/^v/, "", $2); print $2 }'; }

# compose_is_enough: whether there is a Compose of at least COMPOSE_MIN.
compose_is_enough() {
  local version
  version=$(compose_version) && [ -n "$version" ] &&
    printf '%s\n' "$COMPOSE_MIN" "$version" | sort -C -V
}

# buildx_is_there: whether the client has the buildx plugin.
buildx_is_there() { [ -n "$(buildx_version)" ]; }

# engine_host: where the client looks for its Engine.
engine_host() {
  docker context inspect --format '{{.Endpoints.docker.Host}}' 2>/dev/null ||
    printf 'unix://%s' "$SOCKET"
}

# is_matching VERSION PREFIX: whether 26.1.5 is of the line 26.1.
is_matching() { [[ $1 == "$2" || $1 == "$2".* ]]; }

# usable: whether the Engine (of the line $1, when given) can be used as it is.
usable() {
  local version
  command -v docker >/dev/null && version=$(engine_version) && [ -n "$version" ] &&
    { [ -z "${1:-}" ] || is_matching "$version" "$1"; } &&
    compose_is_enough && buildx_is_there
}

# report: the one line that says what will be used.
report() {
  printf 'engine: using Docker Engine %s at %s (Compose %s, buildx %s)\n' \
    "$(engine_version)" "$(engine_host)" "$(compose_version)" "$(buildx_version)"
}
