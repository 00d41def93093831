"""Passes this process's terminal to a paused thread: `python3 -I broker.py SOCKET [SECONDS]`.

Descriptor 0 is the slave of a PTY and this process leads the PTY's session. It listens on SOCKET,
gives descriptor 0 to the first who knows SIDESTEP_TOKEN, and tells that one of each ^C. It ends
when that connection ends, when the PTY's master is closed, and when nobody comes.
"""

import array
import hmac
import json
import os
import select
import signal
import socket
import sys
import time

#: How long to wait for the connection, in seconds; 0 is for ever, as one that is kept ready does.
WAIT_SECONDS = 60
#: Connections that have not shown the token yet: at most so many, each with so many bytes.
MAX_STRANGERS = 16
MAX_HELLO = 4096

INTERRUPT = b'{"type":"interrupt"}\n'


def main(path, token, seconds=WAIT_SECONDS):
    if not os.isatty(0):
        sys.exit("broker: descriptor 0 is not a terminal; start it on the slave of a PTY")
    if not token:
        sys.exit("broker: SIDESTEP_TOKEN is empty; set it to the session's token")
    signals = catch_signals()
    listener = listen(path)
    try:
        kit = accept(listener, token, signals, seconds)
        # One connection only: whoever comes later finds nobody.
        listener.close()
        if kit is not None:
            serve(kit, signals)
    finally:
        remove(path)


def catch_signals():
    """A descriptor that gives a byte for each SIGINT (^C), SIGHUP and SIGTERM.

    ^\\ and ^Z must neither stop nor end the broker.
    """
    for ignored in (signal.SIGQUIT, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU):
        signal.signal(ignored, signal.SIG_IGN)
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    for caught in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(caught, lambda *_: None)
    return reader


def listen(path):
    """Listens at `path`, which appears only when connections are taken."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    nascent = path + "~"
    remove(nascent)
    try:
        listener.bind(nascent)
        # The app may run as any user; the token is what admits.
        os.chmod(nascent, 0o777)
        listener.listen(128)
        os.rename(nascent, path)
    except OSError as error:
        remove(nascent)
        sys.exit("broker: cannot listen on %s: %s" % (path, error))
    return listener


def accept(listener, token, signals, seconds):
    """The connection that begins with the token; None when there is nothing to wait for."""
    strangers = {}
    deadline = time.monotonic() + seconds
    while True:
        left = deadline - time.monotonic() if seconds else None
        if left is not None and left <= 0:
            return None
        ready, _, _ = select.select([listener, signals, *strangers], [], [], left)
        if signals in ready and ended(signals):
            return None
        for stranger in [one for one in ready if one in strangers]:
            verdict = examine(stranger, strangers, token)
            if verdict is None:
                continue
            del strangers[stranger]
            if verdict:
                for other in strangers:
                    other.close()
                return stranger
            stranger.close()
        if listener in ready:
            if len(strangers) >= MAX_STRANGERS:
                oldest = next(iter(strangers))
                del strangers[oldest]
                oldest.close()
            stranger, _ = listener.accept()
            stranger.setblocking(False)
            strangers[stranger] = b""


def examine(stranger, strangers, token):
    """Reads a hello: True if it has the token, False if not, None if it is not complete."""
    try:
        data = stranger.recv(MAX_HELLO)
    except BlockingIOError:
        return None
    except OSError:
        return False
    strangers[stranger] += data
    line, newline, _ = strangers[stranger].partition(b"\n")
    if not newline:
        return None if data and len(line) <= MAX_HELLO else False
    try:
        hello = json.loads(line.decode())
        given = hello["token"] if hello["type"] == "hello" else ""
        return hmac.compare_digest(given.encode(), token.encode())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False


def serve(kit, signals):
    """Gives the terminal away, then tells of each ^C until either side ends."""
    try:
        kit.sendmsg([b"\0"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0]))])
        while True:
            ready, _, _ = select.select([kit, signals], [], [])
            if kit in ready and not kit.recv(4096):
                return
            if signals in ready:
                if ended(signals):
                    return
                try:
                    kit.send(INTERRUPT)
                except BlockingIOError:
                    pass  # It does not read: it has enough interrupts waiting.
    except OSError:
        pass  # The kit is gone, which is how this ends.


def ended(signals):
    """Takes what the signals left; whether one of them was an end."""
    try:
        numbers = os.read(signals, 4096)
    except BlockingIOError:
        return False
    return any(number in (signal.SIGHUP, signal.SIGTERM) for number in numbers)


def remove(path):
    try:
        os.unlink(path)
    except OSError:
        pass


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3) or not all(text.isdigit() for text in sys.argv[2:]):
        sys.exit(
            "usage: python3 -I broker.py SOCKET [SECONDS], with SIDESTEP_TOKEN in the environment"
        )
    main(sys.argv[1], os.environ.get("SIDESTEP_TOKEN", ""), *map(int, sys.argv[2:]))
