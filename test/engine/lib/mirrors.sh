# Debian's mirrors as this machine's own apt knows them: no script names a host.

# The keys that Debian signs its releases with.
readonly DEBIAN_KEYS=/usr/share/keyrings/debian-archive-keyring.gpg

# debian_targets: "URI SUITE COMPONENT" for each of Debian's own sources. Suites
# go by their codename here, even where the sources say "stable".
debian_targets() {
  apt-get indextargets --format '$(ORIGIN)|$(REPO_URI) $(CODENAME) $(COMPONENT)' \
    'Identifier: Packages' | sed -n 's/^Debian|//p' | sort -u
}

# debian_sources CODENAME: the same sources for another release of Debian, in
# deb822 form: its main suite, its updates and its security fixes.
debian_sources() {
  local here uri suite component
  here=$(. /etc/os-release && printf '%s' "$VERSION_CODENAME")
  debian_targets | while read -r uri suite component; do
    [[ $suite =~ ^$here(-updates|-security)?$ ]] || continue
    printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: %s\nSigned-By: %s\n\n' \
      "$uri" "$1${suite#"$here"}" "$component" "$DEBIAN_KEYS"
  done
}

# debian_mirror: the address of the mirror that has the main suite.
debian_mirror() {
  local here
  here=$(. /etc/os-release && printf '%s' "$VERSION_CODENAME")
  debian_targets | awk -v here="$here" '$2 == here && $3 == "main" { print $1; exit }'
}

# refresh_keys CODENAME: an old installation of Debian 12 does not know the keys
# of Debian 13; the keyring of Debian 12's later updates does.
refresh_keys() {
  ls /usr/share/keyrings/debian-archive-"$1"-*.gpg >/dev/null 2>&1 && return
  apt-get update
  apt-get install -y --no-install-recommends debian-archive-keyring
}

# need_mirrors: apt knows Debian's sources by name only after an update.
need_mirrors() {
  [ -n "$(debian_mirror)" ] && return
  step "reading this machine's list of Debian packages" apt-get update
  [ -n "$(debian_mirror)" ] || fail \
    "apt on this machine has no source for Debian 12's own packages." \
    "Add one to /etc/apt/sources.list.d/ and run this again."
}
