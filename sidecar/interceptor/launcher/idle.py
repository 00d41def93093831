"""Cuts idle connections that are older than the takeover.

A proxy in front that keeps connections open would go on using them: they lead to the original,
and a session would look dead. An idle one can be cut without harm, since whoever keeps
connections must be prepared for the app to close them.
"""

import re
import subprocess
import time

from . import nft

# Seconds to wait for the lease to be in force.
LIMIT = 15

# Seconds during which connections that fall idle are still cut: one that was busy
# a moment ago would otherwise go on being used for as long as its pool lives.
PASSES = 5
PASS = 0.25

# Milliseconds of silence after which a connection on which the app spoke last is taken to be idle.
# An answer that is under way looks the same while it is silent, so this is not too short; and
# where a request and an answer fell into one tick of the kernel's clock (4 ms), their order cannot
# be told. What may be cut in error is an answer that pauses for longer than this in its middle.
IDLE = 1000


def cut_when_live(port):
    """Waits until new connections are taken over, then cuts the idle old ones; prints how many."""
    deadline = time.monotonic() + LIMIT
    while not nft.is_live(port):
        if time.monotonic() > deadline:
            return
        time.sleep(0.1)
    cut = 0
    deadline = time.monotonic() + PASSES
    while time.monotonic() < deadline and nft.is_live(port):
        cut += sum(1 for pair in idle_connections(established(port)) if kill(pair))
        time.sleep(PASS)
    print("cut %d idle connections to port %d that were older than the takeover" % (cut, port),
          flush=True)


def established(port):
    """What ss tells of the established connections to a port, one line for each."""
    return ss("-tinHeO", "state", "established", "sport = :%d" % port).stdout


def idle_connections(listing):
    """The (local, peer) addresses of those that wait for a request; in doubt, none of them."""
    found = []
    for line in listing.splitlines():
        fields = line.split(None, 4)
        if len(fields) < 4:
            continue
        received, sent, local, peer = fields[:4]
        details = fields[4] if len(fields) > 4 else ""
        if received == "0" and sent == "0" and not is_within(local, peer) \
                and not is_ours(details) and is_idle(details):
            found.append((local, peer))
    return found


def is_idle(details):
    """Whether the app spoke last, and a while ago, and everything it said has arrived."""
    sent, received = number(details, "lastsnd"), number(details, "lastrcv")
    if sent is None or received is None or sent > received:
        return False
    return (
        sent >= IDLE
        and bool(number(details, "bytes_sent"))
        and not number(details, "unacked") and not number(details, "notsent")
    )


def is_ours(details):
    """Whether the interceptor holds it, or it still waits to be accepted by somebody."""
    return number(details, "uid") == nft.USER or number(details, "ino") in (0, None)


def is_within(local, peer):
    """Whether both ends are in this namespace, as are the interceptor's own ways to the app."""
    if local.rpartition(":")[0] == peer.rpartition(":")[0]:
        return True
    return any(re.match(r"\[?(::ffff:)?127\.|\[::1\]", each) for each in (local, peer))


def number(details, name):
    found = re.search(r"(?<![a-z_])%s:(\d+)" % name, details)
    return int(found.group(1)) if found else None


def kill(pair):
    """Whether the connection is gone; kernels without INET_DIAG_DESTROY refuse."""
    local, peer = pair
    killed = ss("-tnHK", "state", "established", "src", local, "dst", peer)
    return killed.returncode == 0 and killed.stdout.strip() != ""


def ss(*arguments):
    return subprocess.run(
        ("ss",) + arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        universal_newlines=True,
    )
