"""Exits 0 when the app answers on its own port, for Docker's health check."""

import http.client
import sys

connection = http.client.HTTPConnection("127.0.0.1", 8000, timeout=4)
try:
    connection.request("GET", "/health")
    status = connection.getresponse().status
except (OSError, http.client.HTTPException) as error:
    sys.exit(f"/health: {error!r}")
if status != 200:
    sys.exit(f"/health: status {status}")
