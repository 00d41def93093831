#!/usr/bin/env bash
# Prints a folder with Debian's gunicorn, for PYTHONPATH: unpacked beside the
# system from its package, once. Root on Debian only; elsewhere it prints
# nothing, and the kit's tests use a gunicorn that is installed, if there is one.
set -euo pipefail

folder=/var/cache/sidestep-tests/gunicorn
packages=$folder/usr/lib/python3/dist-packages
if [ ! -d "$packages/gunicorn" ]; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then exit 0; fi
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  chmod 755 "$work"
  cd "$work"
  {
    apt-get update
    apt-get download python3-gunicorn python3-pkg-resources
    mkdir -p "$folder"
    for package in *.deb; do dpkg-deb -x "$package" "$folder"; done
  } >&2
fi
printf '%s\n' "$packages"
