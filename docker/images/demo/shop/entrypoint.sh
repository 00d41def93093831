#!/bin/sh
# Waits for the database, then becomes gunicorn, so that signals reach it.
set -eu

database_answers() {
  python3 -c '
import os, socket
socket.create_connection((os.environ["DATABASE_HOST"], 5432), 1).close()
' 2>/dev/null
}

tries=60
until database_answers; do
  tries=$((tries - 1))
  if [ "$tries" -eq 0 ]; then
    echo "shop: no database at ${DATABASE_HOST:-\$DATABASE_HOST (not set)}, port 5432." \
      "Start one there, or set DATABASE_HOST to the name of its host." >&2
    exit 1
  fi
  sleep 1
done

exec gunicorn shop.wsgi "$@"
