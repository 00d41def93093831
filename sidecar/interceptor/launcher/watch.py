"""Stays as the program's parent with NET_ADMIN alone, to undo the takeover when it ends.

The program may ask, with one byte each: `c`, count the connections that are older than the
takeover, and cut idle ones; `o`, only count them; `t`, load the table again. It is told of them in
lines of JSON. When it ends, however it ends, the table is removed. Is the
whole container killed, the lease runs out by itself and `launch.py cleanup` removes the rest.
"""

import json
import os
import select
import signal
import socket
import sys
import time

from . import idle, nft

# The word that makes launch.py a watcher.
WORD = "watch"

# Seconds that the program may take to give its clients back before it is left to its fate.
PATIENCE = 5


def run(arguments):
    """Waits for the end; the exit status is the program's."""
    child, port, to = (int(text) for text in arguments[:3])
    families = [int(text) for text in arguments[3].split(",")]
    control = socket.socket(fileno=int(arguments[4]))
    control.setblocking(False)
    wakeups = wake_on_signals()
    asked = set()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: asked.add(number))
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_SETMASK, set())

    deadline = None
    heard = True
    watching = set()
    while True:
        status = reap(child, watching)
        if status is not None:
            nft.remove(port)
            return status
        if asked and deadline is None:
            # The way back at once: new connections are the original's from here on.
            nft.remove(port)
            control.shutdown(socket.SHUT_WR)
            deadline = time.monotonic() + PATIENCE
        if deadline is not None and time.monotonic() > deadline:
            return 0
        sources = [wakeups, control] if heard else [wakeups]
        ready, _, _ = select.select(sources, [], [], None if deadline is None else 0.2)
        if wakeups in ready:
            receive(wakeups)
        if control in ready:
            wish = receive(control)
            heard = wish != b""  # else the program is ending, and its exit follows
            if b"t" in wish and deadline is None:
                nft.load(port, to, families)
            if (b"c" in wish or b"o" in wish) and deadline is None:
                for former in watching:
                    os.kill(former, signal.SIGKILL)
                watching.add(fork_counter(port, b"c" in wish, control))


def wake_on_signals():
    reader, writer = socket.socketpair()
    reader.setblocking(False)
    writer.setblocking(False)
    # Detached: it must live as long as this process.
    signal.set_wakeup_fd(writer.detach(), warn_on_full_buffer=False)
    return reader


def receive(connection):
    try:
        return connection.recv(4096)
    except BlockingIOError:
        return b"-"
    except OSError:
        return b""


def reap(child, others):
    """The child's exit status, as a shell tells it; None while it runs. Others are let go."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return 0
        if pid == 0:
            return None
        others.discard(pid)
        if pid == child:
            if os.WIFSIGNALED(status):
                return 128 + os.WTERMSIG(status)
            return os.WEXITSTATUS(status)


def fork_counter(port, cutting, control):
    """Counting takes a while and may fail; neither may keep the watcher from its work."""
    def tell(report):
        try:
            control.send((json.dumps(report) + "\n").encode())
        except OSError:
            pass  # the program is ending, or does not listen

    pid = os.fork()
    if pid != 0:
        return pid
    try:
        idle.watch(port, cutting, tell)
    except Exception as error:
        sys.stderr.write("old connections were not counted: %s\n" % error)
    finally:
        sys.stdout.flush()
        os._exit(0)
