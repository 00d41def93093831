#!/usr/bin/env bash
# Compiles the fast lane without JavaScript: build.sh OUTPUT [FLAG...]. The headers
# are those that come with Node; N-API is the same in all versions since.
set -euo pipefail
out=$(realpath -m "$1")
shift
cd "$(dirname "$0")"
prefix=$(node -p 'require("node:path").dirname(require("node:path").dirname(process.execPath))')
mkdir -p "$(dirname "$out")"
"${CC:-cc}" -std=gnu11 -O2 -Wall -Wextra -Werror -shared -fPIC -fvisibility=hidden -pthread \
  -fstack-protector-strong -D_FORTIFY_SOURCE=2 -Wl,-z,relro,-z,now \
  -I"$prefix/include/node" "$@" -o "$out" plane.c lane.c scan.c
