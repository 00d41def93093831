"""Ends the processes of this pid namespace whose environment has an entry: HUP, then KILL."""

import os
import signal
import sys
import time

GRACE_SECONDS = 2


def marked(entry):
    """The pids that have it; processes come and go meanwhile."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open("/proc/%s/environ" % name, "rb") as file:
                if entry in file.read().split(b"\0"):
                    found.append(int(name))
        except OSError:
            continue
    return found


def send(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except OSError:
            continue


def main():
    entry = os.fsencode(sys.argv[1])
    send(marked(entry), signal.SIGHUP)
    deadline = time.monotonic() + GRACE_SECONDS
    while marked(entry) and time.monotonic() < deadline:
        time.sleep(0.05)
    send(marked(entry), signal.SIGKILL)


if __name__ == "__main__":
    main()
