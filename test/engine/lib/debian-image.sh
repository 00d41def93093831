# A stand-in for debian:<suite>-slim: the same packages, slimmed the same way,
# with this machine's own Debian mirrors as its sources.

# build_debian NAME SUITE WORK: needs an empty folder to work in.
build_debian() {
  local name=$1 suite=$2 root=$3/root
  need_packages debootstrap
  need_mirrors
  step "building $name from Debian's packages" bootstrap "$suite" "$root"
  step "slimming $name" slim "$suite" "$root"
  step "importing $name" import "$name" "$root"
  rm -rf --one-file-system "$root"
}

bootstrap() {
  local mirror with=()
  mirror=$(debian_mirror)
  # apt asks an https mirror for its certificate
  [[ $mirror != https:* ]] || with=(--include=ca-certificates)
  refresh_keys "$1"
  debootstrap --variant=minbase --keyring="$DEBIAN_KEYS" "${with[@]}" "$1" "$2" "$mirror"
}

# slim SUITE ROOT: no documentation, now or after a later apt-get install.
slim() {
  local suite=$1 root=$2
  find "$root/usr/share/doc" -type f ! -name copyright -delete
  rm -rf "$root"/usr/share/{man,info,locale,lintian}/* "$root"/var/lib/apt/lists/* \
    "$root"/var/cache/apt/* "$root"/var/log/* "$root/etc/apt/sources.list"
  mkdir -p "$root/var/lib/apt/lists/partial" "$root/var/cache/apt/archives/partial" \
    "$root/var/log/apt"
  cat >"$root/etc/dpkg/dpkg.cfg.d/slim" <<'SLIM'
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/man/*
path-exclude /usr/share/info/*
path-exclude /usr/share/locale/*
SLIM
  cat >"$root/etc/apt/apt.conf.d/slim" <<'SLIM'
Acquire::Languages "none";
Acquire::GzipIndexes "true";
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
SLIM
  mirror_dates >>"$root/etc/apt/apt.conf.d/slim"
  debian_sources "$suite" >"$root/etc/apt/sources.list.d/debian.sources"
  rm -f "$root/etc/resolv.conf" "$root/etc/hostname"
}

# mirror_dates: a mirror that stands still outlives the dates its lists are
# signed for; where this machine's apt accepts that, the image's must too.
mirror_dates() {
  apt-config dump | grep -E '^Acquire::Check-(Valid-Until|Date) ' || true
}

import() {
  tar --numeric-owner -C "$2" -c . | docker import \
    --change 'CMD ["bash"]' \
    --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
    --change 'LABEL sidestep.standin=true' - "$1"
}
