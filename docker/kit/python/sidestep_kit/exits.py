"""How workers ended, told to the sidecar by the process that started them."""

import os
import signal
import socket

from . import config, log, wire

_SEND_SECONDS = 1.0
#: waitid's codes of a child that a signal killed, with and without a core (named since Python 3.9).
_KILLED, _DUMPED = 2, 3


def peek():
    """A child that has ended and was not fetched yet, as os.waitid has it, or None. It is left to
    whoever started it."""
    try:
        return os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except (OSError, AttributeError):
        return None


def tell(ended, server):
    """Tells of a child that did not end well, on a connection for this message only: the parent of
    workers serves nothing, and keeps none."""
    killed = ended.si_code in (_KILLED, _DUMPED)
    if not killed and ended.si_status == 0:
        return
    message = {
        "type": "exited",
        "pid": ended.si_pid,
        "code": None if killed else ended.si_status,
        "signal": _name(ended.si_status) if killed else None,
    }
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(_SEND_SECONDS)
            connection.connect(config.SOCKET)
            connection.sendall(wire.encode(_hello(server)) + wire.encode(message))
            connection.recv(1)  # The welcome: closed before it, the message might be lost.
    except OSError as error:
        log.once("could not tell how process %d ended: %s" % (ended.si_pid, error))


def _hello(server):
    import sys

    return {
        "type": "hello",
        "token": config.TOKEN,
        "pid": os.getpid(),
        "runtime": "python %d.%d.%d" % sys.version_info[:3],
        "server": server,
    }


def _name(number):
    try:
        return signal.Signals(number).name
    except ValueError:
        return "signal %d" % number
