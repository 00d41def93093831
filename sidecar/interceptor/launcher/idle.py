"""Counts connections that are older than the takeover, and cuts those that are idle.

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

# At first they are looked at often: one that was busy a moment ago would otherwise be used for the
# first request of the session. Later, as long as there are some, it is enough to keep count.
OFTEN = 5
OFTEN_PASS = 0.25
PASS = 1

# Seconds after which the takeover is called complete, though some are in steady use.
SETTLED = 1.5

# Milliseconds of silence after which a connection on which the app spoke last is taken to be idle.
# An answer that is under way looks the same while it is silent, so this is not too short; and
# where a request and an answer fell into one tick of the kernel's clock (4 ms), their order cannot
# be told. What may be cut in error is an answer that pauses for longer than this in its middle.
IDLE = 1000

# So many of those who hold them are named.
PEERS = 5


def watch(port, cutting, tell):
    """Waits until new connections are taken over, then tells of old ones until there are none.

    `cutting`: those that are idle are cut. Prints how many of them were at first.
    """
    deadline = time.monotonic() + LIMIT
    while not nft.is_live(port):
        if time.monotonic() > deadline:
            return
        time.sleep(0.1)
    begin = time.monotonic()
    cut, printed = 0, False
    closing = "yes" if cutting else "not-wanted"
    while nft.is_live(port):
        old = old_connections(established(port))
        idle = [pair for pair, details in old if is_idle(details)]
        if closing == "yes" and idle:
            refusals = [kill(pair) for pair in idle]
            old = old_connections(established(port))
            left = {pair for pair, _ in old}.intersection(idle)
            cut += len(idle) - len(left)
            if left:
                closing = "not-permitted" if True in refusals else "not-supported"
        passed = time.monotonic() - begin
        waiting = closing == "yes" and any(spoke_last(details) for _, details in old)
        tell({
            "count": len(old),
            "peers": peers_of(old),
            "closing": closing,
            "settled": not waiting or passed >= SETTLED,
        })
        if passed >= OFTEN:
            if not printed and cutting:
                print("cut %d idle connections to port %d that were older than the takeover"
                      % (cut, port), flush=True)
                printed = True
            if not old:
                return
        time.sleep(OFTEN_PASS if passed < OFTEN else PASS)


def established(port):
    """What ss tells of the established connections to a port, one line for each."""
    return ss("-tinHeO", "state", "established", "sport = :%d" % port).stdout


def old_connections(listing):
    """The (local, peer) addresses of those that lead past the interceptor, with their details."""
    found = []
    for line in listing.splitlines():
        fields = line.split(None, 4)
        if len(fields) < 4:
            continue
        received, sent, local, peer = fields[:4]
        details = fields[4] if len(fields) > 4 else ""
        if is_within(local, peer) or is_ours(details):
            continue
        # With bytes on their way it is busy, whatever else is known of it.
        found.append(((local, peer), details if received == sent == "0" else ""))
    return found


def is_idle(details):
    """Whether the app spoke last, and a while ago, and everything it said has arrived."""
    return spoke_last(details) and number(details, "lastsnd") >= IDLE


def spoke_last(details):
    """Whether it seems to wait for a request; in doubt, not."""
    sent, received = number(details, "lastsnd"), number(details, "lastrcv")
    if sent is None or received is None or sent > received:
        return False
    return (
        bool(number(details, "bytes_sent"))
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


def peers_of(old):
    """The addresses of those who hold them, without ports."""
    hosts = {peer.rpartition(":")[0].strip("[]").replace("::ffff:", "") for (_, peer), _ in old}
    return sorted(hosts)[:PEERS]


def number(details, name):
    found = re.search(r"(?<![a-z_])%s:(\d+)" % name, details)
    return int(found.group(1)) if found else None


def kill(pair):
    """Whether cutting was forbidden; kernels without INET_DIAG_DESTROY just do not do it."""
    local, peer = pair
    killed = ss("-tnHK", "state", "established", "src", local, "dst", peer)
    return "not permitted" in killed.stderr


def ss(*arguments):
    return subprocess.run(
        ("ss",) + arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
    )
