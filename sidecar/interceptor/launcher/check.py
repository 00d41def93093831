"""Tries what a takeover needs of the kernel, in a network namespace that nobody else uses.

Prints one line of JSON: whether the rules load (`takeover`, or why not), and whether a connection
that is older than a takeover can be closed (`closing`: yes, not-supported, not-permitted).
"""

import json
import socket
import sys

from . import idle, nft
from .failure import Failure, unsupported
from .listeners import open_listeners

# Any port would do: nobody is to be taken over here.
PORT = 8000


def run():
    """Always succeeds: what is wrong is in the answer."""
    print(json.dumps({"takeover": takeover(), "closing": closing()}))
    return 0


def takeover():
    """None where the rules load beside a transparent listener; else the reason."""
    try:
        listeners, to = open_listeners()
        nft.load(PORT, to, [4, 6][: len(listeners)])
        nft.remove(PORT)
        return None
    except Failure as failure:
        return json.loads(failure.line())
    except OSError as error:
        return json.loads(unsupported("no listener could be opened: %s" % error).line())


def closing():
    """Whether the kernel closes a connection when it is asked to (CONFIG_INET_DIAG_DESTROY)."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(1)
    ours = socket.create_connection(listening.getsockname())
    theirs, _ = listening.accept()
    try:
        pair = ["%s:%d" % each.getsockname() for each in (ours, theirs)]
        if idle.kill(pair):
            return "not-permitted"
        ours.settimeout(1)
        return "not-supported" if still_open(ours) else "yes"
    finally:
        for each in (ours, theirs, listening):
            each.close()


def still_open(connection):
    """A connection that was closed by the kernel says so at once."""
    try:
        connection.recv(1)
    except socket.timeout:
        return True
    except OSError:
        return False
    return False


if __name__ == "__main__":
    sys.exit(run())
