"""Times what a request costs the app's process of the processor, without the kit and with it.

Run in a replica: it has the kit's settings in its environment. Processes of one and the same
program differ by some hundredths, by where their memory happens to lie: so each server is started
anew, many times, by turns. Prints JSON: `{"plain": [microseconds, …], "kit": [microseconds, …]}`,
a figure for each server. The worker has a core, and who asks has another.
"""

import json
import os
import signal
import subprocess
import sys

import server

SERVERS = int(sys.argv[1])
WARM, BURSTS, REQUESTS = 200, 5, 160
START_SECONDS = 30
CORE_OF_WORKER, CORE_OF_CLIENT = "0", 1

port = 9500


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
    running = subprocess.Popen(
        ["taskset", "-c", CORE_OF_WORKER] + server.command(port),
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        server.wait_for(port, START_SECONDS)
        worker = child_of(running.pid)
        for _ in range(WARM):
            server.ask(port)
        best = float("inf")
        for _ in range(BURSTS):
            before = spent(worker)
            for _ in range(REQUESTS):
                server.ask(port)
            best = min(best, (spent(worker) - before) / REQUESTS / 1000)
        return best
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait()


os.sched_setaffinity(0, {CORE_OF_CLIENT})
ways = {"plain": server.without, "kit": server.with_kit}
times = {way: [] for way in ways}
for turn in range(SERVERS):
    for way in ways if turn % 2 == 0 else reversed(ways):
        times[way].append(measure(ways[way]))
print(json.dumps(times))
