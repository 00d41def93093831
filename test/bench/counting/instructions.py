"""Counts what a request costs the app's process in instructions, without the kit and with it.

Run in a replica: it has the kit's settings in its environment. The same server is started twice for
each way and asked for a few requests and for many: the difference is the requests' alone. Prints
JSON: `{"plain": instructions, "kit": instructions}` per request.
"""

import glob
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import time

FEW, MANY = 200, 700
START_SECONDS = 120
REQUEST = b"GET /health HTTP/1.1\r\nHost: app\r\nConnection: close\r\n\r\n"

with_kit = dict(os.environ, PYTHONHASHSEED="0", PYTHONDONTWRITEBYTECODE="1")
without = {name: value for name, value in with_kit.items() if not name.startswith("SIDESTEP_")}
without["PYTHONPATH"] = ":".join(without["PYTHONPATH"].split(":")[1:])
port = 9500


def ask():
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(REQUEST)
        answer = b""
        while True:
            data = connection.recv(65536)
            if not data:
                break
            answer += data
    assert b" 200 OK" in answer.split(b"\r\n", 1)[0], answer


def wait_for_server():
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            return ask()
        except OSError:
            if time.monotonic() > end:
                raise SystemExit("the app does not answer")
            time.sleep(0.05)


def count(env, requests):
    """Instructions of the worker, from its start to its end."""
    global port
    port += 1
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--trace-children=yes"]
            + ["--cachegrind-out-file=%s/out.%%p" % folder, "--log-file=%s/log.%%p" % folder]
            + ["python3", "-m", "gunicorn", "-c", "/dev/null", "-w", "1", "-k", "sync", "-t", "0"]
            + ["-b", "127.0.0.1:%d" % port, "--log-level", "critical", "shop.wsgi"],
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for_server()
            for _ in range(requests):
                ask()
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()
        logs = [open(name).read() for name in glob.glob(folder + "/log.*")]
    counts = [re.search(r"I\s+refs:\s+([\d,]+)", log) for log in logs]
    # The worker has loaded the app: no other process has done so much.
    return max(int(found.group(1).replace(",", "")) for found in counts if found)


def per_request(env):
    return (count(env, MANY) - count(env, FEW)) / (MANY - FEW)


print(json.dumps({"plain": per_request(without), "kit": per_request(with_kit)}))
