"""What stops a launch, in words for programs and for people."""

import json

USAGE = 64
UNSUPPORTED = 69
FORBIDDEN = 77


class Failure(Exception):
    """A reason not to take over, with the exit status that tells it."""

    def __init__(self, status, reason, message):
        super().__init__(message)
        self.status = status
        self.reason = reason

    def line(self):
        """The failure as one line of JSON."""
        return json.dumps({"reason": self.reason, "message": str(self)})


def unsupported(what):
    """The kernel, or the image, lacks something."""
    return Failure(
        UNSUPPORTED,
        "TakeoverUnsupported",
        "%s; needed are nftables and the kernel module nft_tproxy (Linux 4.19 or later): "
        "load it on the host with `modprobe nft_tproxy`, or use a kernel that has it" % what,
    )


def forbidden(what):
    """A capability is missing."""
    return Failure(
        FORBIDDEN,
        "TakeoverForbidden",
        "%s; the launcher must run as root with the capabilities NET_ADMIN, SETUID, SETGID "
        "and SETPCAP" % what,
    )
