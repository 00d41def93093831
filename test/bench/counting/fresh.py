"""Times what a request costs the app's process of the processor, without the kit and with it.

Run in a replica: it has the kit's settings in its environment. Processes of one and the same
program differ by some hundredths, by where their memory happens to lie: so each server is started
anew, many times, by turns. Prints JSON: `{"plain": [microseconds, …], "kit": [microseconds, …]}`,
a figure for each server. The worker has a core, and who asks has another.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time

SERVERS = int(sys.argv[1])
WARM, BURSTS, REQUESTS = 200, 5, 160
START_SECONDS = 30
REQUEST = b"GET /health HTTP/1.1\r\nHost: app\r\nConnection: close\r\n\r\n"
CORE_OF_WORKER, CORE_OF_CLIENT = "0", 1

with_kit = dict(os.environ)
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
            time.sleep(0.02)


def child_of(parent):
    for name in os.listdir("/proc"):
        if name.isdigit():
            with open("/proc/%s/stat" % name) as stat:
                if int(stat.read().rsplit(")", 1)[1].split()[1]) == parent:
                    return name
    raise SystemExit("the server has no worker")


def spent(pid):
    """Nanoseconds of all threads."""
    total = 0
    for thread in os.listdir("/proc/%s/task" % pid):
        with open("/proc/%s/task/%s/schedstat" % (pid, thread)) as stat:
            total += int(stat.read().split()[0])
    return total


def measure(env):
    """Microseconds of a request, in the best of a few bursts: what disturbs only adds."""
    global port
    port += 1
    server = subprocess.Popen(
        ["taskset", "-c", CORE_OF_WORKER]
        + ["python3", "-m", "gunicorn", "-c", "/dev/null", "-w", "1", "-k", "sync", "-t", "0"]
        + ["-b", "127.0.0.1:%d" % port, "--log-level", "critical", "shop.wsgi"],
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for_server()
        worker = child_of(server.pid)
        for _ in range(WARM):
            ask()
        best = float("inf")
        for _ in range(BURSTS):
            before = spent(worker)
            for _ in range(REQUESTS):
                ask()
            best = min(best, (spent(worker) - before) / REQUESTS / 1000)
        return best
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


os.sched_setaffinity(0, {CORE_OF_CLIENT})
ways = {"plain": without, "kit": with_kit}
times = {way: [] for way in ways}
for turn in range(SERVERS):
    for way in ways if turn % 2 == 0 else reversed(ways):
        times[way].append(measure(ways[way]))
print(json.dumps(times))
