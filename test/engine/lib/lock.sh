# One run at a time: two that unpack, start or build at once would clash.

# lock NAME: waits until no other run holds the lock; it is released when this
# script ends, however it ends. Descriptor 9 must not reach what outlives us.
lock() {
  mkdir -p "$RUN"
  exec 9>"$RUN/$1.lock"
  flock --nonblock 9 && return
  say "waiting for another run to finish …"
  flock --timeout 600 9 || fail "another run has held $RUN/$1.lock for 10 minutes." \
    "See who with: fuser -v $RUN/$1.lock"
}
