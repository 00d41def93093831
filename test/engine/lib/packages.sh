# Debian packages that a script here uses of the system.

# need_packages PACKAGE…: installs those that are missing.
need_packages() {
  local missing=() package
  for package; do
    is_installed "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
}

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null)" = 'ii ' ]; }

install_packages() {
  step "reading this machine's list of Debian packages" apt-get update
  step "installing $*" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends "$@"
}
