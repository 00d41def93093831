#!/usr/bin/env bash
# Prints a folder with Debian's Django, Flask and Starlette, for PYTHONPATH:
# unpacked beside the system from their packages, once. Root on Debian only;
# elsewhere it prints nothing, and the kit's tests use what is installed.
set -euo pipefail

folder=/var/cache/sidestep-tests/frameworks
packages=$folder/usr/lib/python3/dist-packages
if [ ! -d "$packages/starlette" ] || [ ! -d "$packages/blinker" ]; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then exit 0; fi
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  chmod 755 "$work"
  cd "$work"
  {
    apt-get update
    apt-get download python3-django python3-asgiref python3-sqlparse python3-tz \
      python3-flask python3-blinker python3-werkzeug python3-markupsafe python3-jinja2 python3-itsdangerous \
      python3-click python3-starlette python3-anyio python3-sniffio python3-idna \
      python3-typing-extensions
    mkdir -p "$folder"
    for package in *.deb; do dpkg-deb -x "$package" "$folder"; done
  } >&2
fi
printf '%s\n' "$packages"
