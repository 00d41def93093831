"""The listeners that packets are steered to: on loopback, for any destination address."""

import errno
import socket

from .failure import forbidden

# Node cannot set these, and only NET_ADMIN may.
IP_TRANSPARENT = 19
IPV6_TRANSPARENT = 75

BACKLOG = 4096
ATTEMPTS = 20


def open_listeners():
    """An IPv4 listener, an IPv6 one where the namespace has IPv6, and their common port."""
    for _ in range(ATTEMPTS):
        four = listener(socket.AF_INET, "127.0.0.1", 0)
        port = four.getsockname()[1]
        try:
            return [four, listener(socket.AF_INET6, "::1", port)], port
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                return [four], port  # no IPv6 here
            four.close()
    raise OSError(errno.EADDRINUSE, "found no port that is free on 127.0.0.1 and on ::1")


def listener(family, address, port):
    """One listening socket that accepts what was sent to any address."""
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        if family == socket.AF_INET:
            listening.setsockopt(socket.IPPROTO_IP, IP_TRANSPARENT, 1)
        else:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listening.setsockopt(socket.IPPROTO_IPV6, IPV6_TRANSPARENT, 1)
        # Its connections have the app's port as their own, and inherit this: an app that binds
        # that port later than they came is not to find it in use.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((address, port))
        listening.listen(BACKLOG)
    except PermissionError as error:
        listening.close()
        raise forbidden("a transparent listener was refused: %s" % error)
    except OSError:
        listening.close()
        raise
    return listening
