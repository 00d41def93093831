"""Takes over a port of the network namespace it is started in, and runs the interceptor.

  launch.py PROGRAM [ARGUMENT...]   as root with NET_ADMIN, SETUID, SETGID and SETPCAP
  launch.py cleanup                 removes what a killed launcher left; needs NET_ADMIN only

SIDESTEP_PORT is the app's port. PROGRAM runs as an unprivileged user without any capability,
with the listeners as inherited descriptors (SIDESTEP_LISTEN_FDS) and a line to this process
(SIDESTEP_CONTROL_FD). Exit status: the program's, or 64 (usage), 69 (the kernel cannot do it),
77 (a capability is missing); the reason is one line of JSON on stderr.
"""

import os
import sys

sys.dont_write_bytecode = True

from launcher import cleanup, start, watch  # noqa: E402
from launcher.failure import Failure, USAGE  # noqa: E402


def main(arguments):
    try:
        if not arguments:
            raise Failure(USAGE, "Usage", "launch.py needs the program to run, or `cleanup`")
        if arguments == ["cleanup"]:
            return cleanup.run(os.environ.get("SIDESTEP_PORT"))
        if arguments[0] == watch.WORD:
            return watch.run(arguments[1:])
        return start.run(arguments)
    except Failure as failure:
        sys.stderr.write(failure.line() + "\n")
        return failure.status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
