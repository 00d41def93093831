"""What the kernel knows of the threads of this process: who runs, and what the others wait for."""

import os
import platform

#: System calls in which threads wait, in words: on x86-64, on ARM 64, and whether the first
#: argument is the descriptor that is waited for.
_CALLS = (
    ((0, 45, 47, 17, 19), (63, 207, 212, 67, 65), "waiting to read", True),
    ((1, 44, 46, 18, 20), (64, 206, 211, 68, 66), "waiting to write", True),
    ((42,), (203,), "connecting", True),
    ((43, 288), (202, 242), "waiting for a connection", False),
    ((7, 271, 23, 270, 232, 281, 441), (73, 72, 22, 441), "waiting for I/O", False),
    ((35, 230), (101, 115), "sleeping", False),
    ((202,), (98,), "waiting for a lock", False),
    ((73, 72), (32, 25), "waiting for a lock on a file", True),
    ((61, 247), (260, 95), "waiting for another process", False),
    ((34, 128, 130), (137, 133), "waiting for a signal", False),
)

_SELECT = ((23, 270), (72,))

_COLUMN = {"x86_64": 0, "amd64": 0, "aarch64": 1, "arm64": 1}.get(platform.machine().lower())


def cpu_time(thread):
    """Nanoseconds that the thread of this number (`native_id`) has run, or None if not known."""
    try:
        return int(_read(thread, "schedstat").split()[0])
    except (OSError, ValueError, IndexError):
        return None


def waiting(thread):
    """What the thread waits for, such as `waiting to read from 10.0.0.2:5432`; None if unknown."""
    try:
        words = _read(thread, "syscall").split()
    except OSError:
        return None
    if not words or _COLUMN is None or not words[0].isdigit():
        return None
    number, first = int(words[0]), int(words[1], 16) if len(words) > 1 else -1
    if number in _SELECT[_COLUMN] and first == 0:
        return "sleeping"  # On nothing: time.sleep() before Python 3.11.
    for call in _CALLS:
        if number in call[_COLUMN]:
            text, of_descriptor = call[2:]
            what = of_descriptor and _describe(first)
            return "%s%s" % (text, _JOINED.get(text, " %s") % what if what else "")
    return "waiting in the kernel"


_JOINED = {"waiting to read": " from %s", "connecting": " to %s", "waiting to write": " to %s"}


def _read(thread, name):
    with open("/proc/self/task/%d/%s" % (thread, name), encoding="ascii") as file:
        return file.read()


def _describe(descriptor):
    """A descriptor as people know it: the other end of a socket, the path of a file."""
    try:
        target = os.readlink("/proc/self/fd/%d" % descriptor)
        if target.startswith("socket:"):
            return _peer(descriptor)
        return target if target.startswith("/") else target.partition(":")[0]
    except (OSError, OverflowError):
        return None


def _peer(descriptor):
    import socket

    # A copy: the socket may be closed, and its number be another's, at any time.
    with socket.socket(fileno=os.dup(descriptor)) as copy:
        peer = copy.getpeername()
        if isinstance(peer, tuple):
            return ("[%s]:%d" if ":" in peer[0] else "%s:%d") % peer[:2]
        if isinstance(peer, bytes):
            peer = peer.decode("utf-8", "replace")
        return peer or copy.getsockname() or "a unix socket"
