"""The app's server in a replica, as the programs beside this start it: without the kit and with it.

A replica has the kit's settings in its environment.
"""

import os
import socket
import time

REQUEST = b"GET /health HTTP/1.1\r\nHost: app\r\nConnection: close\r\n\r\n"

with_kit = dict(os.environ)
without = {name: value for name, value in with_kit.items() if not name.startswith("SIDESTEP_")}
without["PYTHONPATH"] = ":".join(without["PYTHONPATH"].split(":")[1:])


def command(port):
    """gunicorn with one synchronous worker."""
    return (
        ["python3", "-m", "gunicorn", "-c", "/dev/null", "-w", "1", "-k", "sync", "-t", "0"]
        + ["-b", "127.0.0.1:%d" % port, "--log-level", "critical", "shop.wsgi"]
    )


def ask(port):
    """One request, which must be answered well."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(REQUEST)
        answer = b""
        while True:
            data = connection.recv(65536)
            if not data:
                break
            answer += data
    assert b" 200 OK" in answer.split(b"\r\n", 1)[0], answer


def wait_for(port, seconds):
    """Until the app answers."""
    end = time.monotonic() + seconds
    while True:
        try:
            return ask(port)
        except OSError:
            if time.monotonic() > end:
                raise SystemExit("the app does not answer")
            time.sleep(0.02)
