"""Takes over a port of the network namespace it is started in, and runs the interceptor.

  launch.py PROGRAM [ARGUMENT...]   as root with NET_ADMIN, SETUID, SETGID and SETPCAP
  launch.py cleanup                 removes what a killed launcher left; needs NET_ADMIN only
  launch.py check                   tries what a takeover needs, where nobody else is
  launch.py look                    tells of the namespace: our tables, ports, connections

SIDESTEP_PORT is the app's port. PROGRAM runs as an unprivileged user without any capability,
with the listeners as inherited descriptors (SIDESTEP_LISTEN_FDS) and a line to this process
(SIDESTEP_CONTROL_FD). Exit status: the program's, or 64 (usage), 69 (the kernel cannot do it),
77 (a capability is missing); the reason is one line of JSON on stderr.
"""

import os
import signal
import sys

sys.dont_write_bytecode = True

# The words that are not a program to run.
LOOKS = ("cleanup", "check", "look", "watch")

if sys.argv[1:] and sys.argv[1] not in LOOKS:
    # Before anything else: the first process of a container never hears of a signal that it does
    # not handle. Blocked, one that ends a takeover while it begins waits for the watcher.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD})

from launcher import check, cleanup, look, start, watch  # noqa: E402
from launcher.failure import Failure, USAGE  # noqa: E402


def main(arguments):
    try:
        if not arguments:
            raise Failure(USAGE, "Usage", "launch.py needs the program to run, or `cleanup`")
        if arguments == ["cleanup"]:
            return cleanup.run(os.environ.get("SIDESTEP_PORT"))
        if arguments == ["check"]:
            return check.run()
        if arguments == ["look"]:
            return look.run()
        if arguments[0] == watch.WORD:
            return watch.run(arguments[1:])
        return start.run(arguments)
    except Failure as failure:
        sys.stderr.write(failure.line() + "\n")
        return failure.status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
