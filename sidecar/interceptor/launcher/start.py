"""Prepares the takeover, starts the unprivileged program, and becomes its watcher."""

import os
import shutil
import signal
import socket
import sys

from . import nft, watch
from .failure import FORBIDDEN, Failure, USAGE, unsupported
from .listeners import open_listeners

# The signals that the watcher waits for; launch.py blocks them until it does, so that none is lost.
SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}

DROP = [
    "--reuid", str(nft.USER), "--regid", str(nft.USER), "--clear-groups",
    "--bounding-set", "-all", "--inh-caps", "-all", "--no-new-privs",
]


def run(program):
    """Does not return where it succeeds: this process becomes the watcher."""
    port = port_from(os.environ.get("SIDESTEP_PORT"))
    if not shutil.which("setpriv"):
        raise unsupported("setpriv (util-linux) was not found in this image")
    try:
        listeners, to = open_listeners()
    except OSError as error:
        raise unsupported("no listener could be opened: %s" % error)
    families = [4, 6][: len(listeners)]
    nft.load(port, to, families)
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        become(program, listeners, theirs)
    for each in listeners + [theirs]:
        each.close()
    keep_net_admin_only(child, port, to, families, ours)


def become(program, listeners, control):
    """In the child: without a privilege, the program, with its descriptors from 3 on."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    numbers = []
    # Moved out of the way first: a source may have a number that is a target too.
    parked = [os.dup2(each.fileno(), 100 + i) for i, each in enumerate(listeners + [control])]
    for number, source in enumerate(parked, 3):
        os.dup2(source, number, inheritable=True)
        numbers.append(str(number))
    os.closerange(3 + len(numbers), 200)
    os.environ["SIDESTEP_LISTEN_FDS"] = ",".join(numbers[:-1])
    os.environ["SIDESTEP_CONTROL_FD"] = numbers[-1]
    # Should the watcher be killed, the kernel kills the program: nobody is left to end the lease.
    execute(["setpriv", "--pdeathsig", "KILL"] + DROP + ["--"] + program)


def keep_net_admin_only(child, port, to, families, control):
    """In the parent: the same process goes on as a watcher that may only touch the rules."""
    os.set_inheritable(control.fileno(), True)
    script = os.path.abspath(sys.argv[0])
    execute([
        "setpriv", "--bounding-set", "-all,+net_admin", "--inh-caps", "-all", "--no-new-privs",
        "--", sys.executable, "-S", "-E", script, watch.WORD, str(child), str(port), str(to),
        ",".join(str(family) for family in families), str(control.fileno()),
    ])


def execute(command):
    try:
        os.execvp(command[0], command)
    except OSError as error:
        sys.stderr.write("%s could not be run: %s\n" % (command[0], error))
        os._exit(FORBIDDEN)


def port_from(text):
    """The app's port, from the environment."""
    if text is None or not text.isdigit() or not 0 < int(text) < 65536:
        raise Failure(
            USAGE, "Usage", "SIDESTEP_PORT is %r, must be the app's port, 1 to 65535" % text
        )
    return int(text)
