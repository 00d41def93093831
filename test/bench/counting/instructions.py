"""Counts what a request costs the app's process in instructions, without the kit and with it.

Run in a replica: it has the kit's settings in its environment. The same server is started twice for
each way and asked for a few requests and for many: the difference is the requests' alone. Prints
JSON: `{"plain": instructions, "kit": instructions}` per request.
"""

import glob
import json
import re
import signal
import subprocess
import tempfile

import server

FEW, MANY = 200, 700
START_SECONDS = 120
port = 9500


def count(env, requests):
    """Instructions of the worker, from its start to its end."""
    global port
    port += 1
    with tempfile.TemporaryDirectory() as folder:
        running = subprocess.Popen(
            ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--trace-children=yes"]
            + ["--cachegrind-out-file=%s/out.%%p" % folder, "--log-file=%s/log.%%p" % folder]
            + server.command(port),
            env=dict(env, PYTHONHASHSEED="0", PYTHONDONTWRITEBYTECODE="1"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            server.wait_for(port, START_SECONDS)
            for _ in range(requests):
                server.ask(port)
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait()
        logs = [open(name).read() for name in glob.glob(folder + "/log.*")]
    counts = [re.search(r"I\s+refs:\s+([\d,]+)", log) for log in logs]
    # The worker has loaded the app: no other process has done so much.
    return max(int(found.group(1).replace(",", "")) for found in counts if found)


def per_request(env):
    return (count(env, MANY) - count(env, FEW)) / (MANY - FEW)


print(json.dumps({"plain": per_request(server.without), "kit": per_request(server.with_kit)}))
