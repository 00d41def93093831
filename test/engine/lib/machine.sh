# What kind of machine this is.

# can_install: whether we may install here: root, on Debian 12.
can_install() { [ "$(id -u)" -eq 0 ] && is_debian_12; }

# is_debian_12: decided by what the system says of itself.
is_debian_12() {
  [ -r /etc/os-release ] &&
    (. /etc/os-release && [ "${ID:-}" = debian ] && [ "${VERSION_ID:-}" = 12 ])
}
