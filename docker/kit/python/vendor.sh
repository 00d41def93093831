#!/bin/sh
# Makes sidestep_kit/_vendor: Werkzeug's debugger for apps whose image has none, from Debian's
# packages, under another name, so that no import of the app can find it. Once; --again makes it
# anew. On Debian only.
set -eu
cd "$(dirname "$0")/sidestep_kit"
name=sidestep_kit._vendor

if [ -e _vendor/__init__.py ] && [ "${1-}" != --again ]; then exit 0; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"

(
  cd "$work"
  packages="python3-werkzeug python3-markupsafe"
  # shellcheck disable=SC2086 # they are two
  apt-get -q download $packages >&2 || { apt-get -q update && apt-get -q download $packages; } >&2
  for package in *.deb; do dpkg-deb -x "$package" files; done
)
from=$work/files/usr/lib/python3/dist-packages
made=$work/made
mkdir "$made"
echo '"""Werkzeug and MarkupSafe as Debian has them, under another name: see vendor.sh."""' \
  >"$made/__init__.py"
cp -R "$from/werkzeug" "$from/markupsafe" "$made"
cp "$work/files/usr/share/doc/python3-werkzeug/copyright" "$made/werkzeug/LICENSE"
cp "$work/files/usr/share/doc/python3-markupsafe/copyright" "$made/markupsafe/LICENSE"

# What is compiled fits one Python; there is the same in Python. What a debugger does not need.
cd "$made"
rm -rf werkzeug/routing werkzeug/middleware werkzeug/testapp.py
find . \( -type l -o -name '*.so' -o -name '*.pyi' -o -name __pycache__ \) -exec rm -rf {} +
find . -name '*.py' -exec sed -E -i \
  "s/^( *)from (werkzeug|markupsafe)\b/\1from $name.\2/; s/^import werkzeug\b/import $name.werkzeug/" {} +
# What later versions mended: pages whose address has a query could not take the PIN, a title could
# hold markup, and an eleventh PIN was tried.
sed -i 's/\${document\.location}?/${document.location.pathname}?/' werkzeug/debug/shared/debugger.js
sed -i 's/"title": exc_lines\[0\],/"title": escape(exc_lines[0]),/' werkzeug/debug/tbtools.py
sed -i 's/self\._failed_pin_auth > 10:/self._failed_pin_auth >= 10:/' werkzeug/debug/__init__.py

cd - >/dev/null
rm -rf _vendor
mv "$made" _vendor
