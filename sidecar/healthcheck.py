"""The container's health check: green when the API answers and every session works.

A session works when it is Ready, or Paused, which one that works well comes to. Python, because it
runs every two seconds on somebody's host: it takes a fraction of what Node takes to start.
"""

import json
import os
import socket
import sys

PORT = 7007

# Seconds; the API answers within milliseconds.
LIMIT = 8


def main():
    path = os.environ.get("SIDESTEP_TOKEN_FILE") or "/.sidestep/private/token"
    try:
        with open(path) as file:
            status, body = ask(file.read().strip())
    except (OSError, ValueError) as error:
        return "the API does not answer: %s" % error
    if status != 200:
        return "the API answered %d: %s" % (status, body)
    for session in json.loads(body)["items"]:
        phase = session["status"]["phase"]
        if phase not in ("Ready", "Paused"):
            return "session %s is %s: %s" % (session["metadata"]["name"], phase, reason(session))
    return None


def ask(token):
    """The status and the body of the list of sessions; HTTP/1.0, which ends with the connection."""
    with socket.create_connection(("127.0.0.1", PORT), LIMIT) as api:
        api.sendall(
            b"GET /v1/sessions HTTP/1.0\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\n\r\n"
            % (PORT, token.encode())
        )
        answer = b""
        while True:
            received = api.recv(65536)
            if not received:
                break
            answer += received
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), body.decode()


def reason(session):
    for condition in session["status"]["conditions"]:
        if condition["type"] == "Ready":
            return condition.get("message", "")
    return ""


problem = main()
if problem:
    print(problem)
    sys.exit(1)
