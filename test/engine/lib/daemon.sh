# Starts and stops our Engine, and never another.

# How long, in seconds, an Engine may take to answer, and to stop.
readonly START_LIMIT=60 STOP_LIMIT=60

# own_pid: the process of our running Engine. A pid file can be older than the
# process that has its number now, so the program itself is looked at.
own_pid() {
  local pid program
  pid=$(cat "$PID_FILE" 2>/dev/null) && program=$(readlink "/proc/$pid/exe") &&
    [[ $program == "$PROGRAMS"/*/usr/sbin/dockerd* ]] && printf '%s' "$pid"
}

# own_version: which of our Engines is running, if one is.
own_version() {
  local pid program
  pid=$(own_pid) && program=$(readlink "/proc/$pid/exe") || return
  program=${program#"$PROGRAMS"/}
  printf '%s' "${program%%/*}"
}

# socket_answers: whether an Engine, of whoever, answers on the socket.
socket_answers() { [ -S "$SOCKET" ] && [ -n "$(DOCKER_HOST=unix://$SOCKET engine_version)" ]; }

# socket_is_taken: whether anything listens there, be it an Engine that hangs or
# a service manager that would start one. (/var/run is a link to /run.)
socket_is_taken() { grep -q -E "^[^ ]+ [^ ]+ [^ ]+ 00010000 .* (/var)?/run/docker\.sock$" /proc/net/unix; }

# start_engine VERSION: starts it and waits until it answers. It belongs to no
# terminal and no service manager, and has a configuration of its own.
start_engine() {
  local version=$1 log
  local programs=$PROGRAMS/$version/usr data=$DATA/$version
  log=$(engine_log "$version")
  mkdir -p "$data" "$RUN"
  # Containers of an Engine that was killed may still be running.
  kill_leftovers
  printf '{}\n' >"$data/daemon.json"
  PATH=$programs/sbin:$programs/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin \
    setsid "$programs/sbin/dockerd" \
    --config-file "$data/daemon.json" --data-root "$data/root" \
    --exec-root "$RUN/$version" --pidfile "$PID_FILE" --host "unix://$SOCKET" \
    >"$log" 2>&1 </dev/null 9>&- &
  if ! wait_for_answer "$!"; then
    tail -n 20 "$log"
    printf 'The whole log is in %s\n' "$log"
    stop_engine
    return 1
  fi
}

# wait_for_answer PID: fails as soon as the process has ended.
wait_for_answer() {
  local until=$((SECONDS + START_LIMIT))
  until socket_answers; do
    kill -0 "$1" 2>/dev/null && [ "$SECONDS" -lt "$until" ] || return 1
    sleep 0.1
  done
}

# stop_engine: our Engine and its containers. It is asked first, and given the
# time to stop its containers; what has not ended by then is killed.
stop_engine() {
  local pid bridges=()
  if pid=$(own_pid); then
    mapfile -t bridges < <(own_bridges)
    kill -TERM "$pid"
    wait_for_end "$pid" || kill -KILL "$pid" 2>/dev/null || true
  fi
  kill_leftovers
  remove_bridges "${bridges[@]}"
  rm -f "$PID_FILE"
}

wait_for_end() {
  local until=$((SECONDS + STOP_LIMIT))
  while kill -0 "$1" 2>/dev/null; do
    [ "$SECONDS" -lt "$until" ] || return 1
    sleep 0.1
  done
}

# kill_leftovers: an Engine that was killed leaves its containers behind, each
# the child of a shim that runs from our programs.
kill_leftovers() {
  local entry pid program
  for entry in /proc/[0-9]*; do
    program=$(readlink "$entry/exe" 2>/dev/null) || continue
    [[ $program == "$PROGRAMS"/* ]] || continue
    pid=${entry#/proc/}
    case $program in
      */containerd-shim*) kill_children "$pid" ;;
      */containerd | */docker-proxy) ;;
      *) continue ;;
    esac
    kill -KILL "$pid" 2>/dev/null || true
  done
}

kill_children() {
  local child
  for child in $(cat "/proc/$1/task"/*/children 2>/dev/null); do
    kill -KILL "$child" 2>/dev/null || true
  done
}

# own_bridges: the network devices of our Engine. An Engine leaves them when it
# stops, and the other version might then give out the same addresses.
own_bridges() {
  local network
  for network in $(DOCKER_HOST=unix://$SOCKET timeout 10 \
    docker network ls --quiet --filter driver=bridge); do
    printf 'br-%s\n' "$network"
  done
  printf 'docker0\n'
}

remove_bridges() {
  local bridge
  for bridge; do
    [ ! -d "/sys/class/net/$bridge/bridge" ] || ip link delete "$bridge" || true
  done
}
