# What the scripts print: results to stdout, everything else to stderr.

# say MESSAGE: one line of progress.
say() { printf 'engine: %s\n' "$*" >&2; }

# fail WHAT [LINE…]: says what was wrong and what to do, and ends the script.
fail() {
  printf 'engine: %s\n' "$1" >&2
  shift
  [ $# -eq 0 ] || printf '        %s\n' "$@" >&2
  exit 1
}

# step MESSAGE COMMAND…: runs a command quietly and says how long it took; what
# it printed is shown only when it fails. `set -e` is in force inside, which it
# would not be in a command that is part of a condition.
step() {
  local message=$1 output status began=$SECONDS
  shift
  say "$message …"
  set +e
  output=$(set -e; "$@" 2>&1)
  status=$?
  set -e
  if [ "$status" -ne 0 ]; then
    tail -n 25 <<<"$output" >&2
    fail "$message: failed after $((SECONDS - began)) s; its last lines are above."
  fi
  say "$message: $((SECONDS - began)) s"
}
