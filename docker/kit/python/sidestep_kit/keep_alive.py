"""Clients that are gone without a word, as with their whole network, are seen to be dead.

A synchronous worker would wait for the rest of such a client's request for ever, and every other
request of the session with it: there is no timeout while it is debugged.
"""

#: The kernel asks whether a silent client is there after so many seconds, so often, so many times.
_PROBES = (("TCP_KEEPIDLE", 5), ("TCP_KEEPINTVL", 2), ("TCP_KEEPCNT", 3))


def set_on(listener, socket):
    """All connections have it that are accepted from now on; `socket` is the module."""
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _PROBES:
        if hasattr(socket, option):
            listener.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
