#!/usr/bin/env bash
# Prints a folder with Debian's Django, Flask and FastAPI, for PYTHONPATH:
# unpacked beside the system from their packages, once. Root on Debian only;
# elsewhere it prints nothing, and the kit's tests use what is installed.
set -euo pipefail

folder=/var/cache/sidestep-tests/frameworks
packages=$folder/usr/lib/python3/dist-packages
if [ ! -d "$packages/blinker" ] || [ ! -d "$packages/fastapi" ]; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then exit 0; fi
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  chmod 755 "$work"
  cd "$work"
  {
    apt-get update
    apt-get download \
      python3-{django,asgiref,sqlparse,tz} \
      python3-{flask,blinker,werkzeug,markupsafe,jinja2,itsdangerous,click} \
      python3-{fastapi,pydantic,starlette,anyio,sniffio,idna,typing-extensions}
    mkdir -p "$folder"
    for package in *.deb; do dpkg-deb -x "$package" "$folder"; done
  } >&2
fi
printf '%s\n' "$packages"
