"""Standard streams of one thread: what a typed statement prints goes to that thread's terminal.

pdb swaps `sys.stdout` for the whole process; with two paused threads the second one to end would
put back the stream of the first. So one object that knows the threads is put there instead, for as
long as any statement runs.
"""

import os
import sys
import threading

_lock = threading.Lock()
_running = 0
_saved = None


class ThreadStream:
    """Stands for `real`, except in the threads that have a stream of their own."""

    def __init__(self, real):
        self._real = real
        self._own = {}

    def set(self, stream):
        """The stream of the calling thread from now on, None for the real one; the former one."""
        thread = threading.get_ident()
        former = self._own.pop(thread, None)
        if stream is not None:
            self._own[thread] = stream
        return former

    def __getattr__(self, name):
        return getattr(self._own.get(threading.get_ident(), self._real), name)

    def __iter__(self):
        return iter(self._own.get(threading.get_ident(), self._real))


class to:
    """Context: `sys.stdin`, `sys.stdout` and the display of values belong to `stream` in this
    thread; gives the objects that then stand in `sys`."""

    def __init__(self, stream):
        self._stream = stream

    def __enter__(self):
        global _running, _saved
        with _lock:
            if _running == 0:
                _saved = (sys.stdin, sys.stdout, sys.displayhook)
                sys.stdin, sys.stdout = ThreadStream(sys.stdin), ThreadStream(sys.stdout)
                sys.displayhook = display
            _running += 1
            self._streams = (sys.stdin, sys.stdout)
            self._former = [
                stream.set(self._stream)
                for stream in self._streams
                if isinstance(stream, ThreadStream)
            ]
        return self._streams

    def __exit__(self, *_):
        global _running
        with _lock:
            streams = [s for s in self._streams if isinstance(s, ThreadStream)]
            for stream, former in zip(streams, self._former):
                stream.set(former)
            _running -= 1
            if _running == 0:
                _restore()


def display(value):
    """Shows the value of a typed expression; unlike Python's own, leaves `builtins._` alone."""
    if value is not None:
        print(repr(value))


def _restore():
    """Puts back what the app had, unless the app has put something else there since."""
    stdin, stdout, hook = _saved
    if isinstance(sys.stdin, ThreadStream):
        sys.stdin = stdin
    if isinstance(sys.stdout, ThreadStream):
        sys.stdout = stdout
    if sys.displayhook is display:
        sys.displayhook = hook


def _after_fork_in_child():
    """The lock may be held by a thread that is not here."""
    global _lock, _running
    _lock = threading.Lock()
    if _running:
        _running = 0
        _restore()


os.register_at_fork(after_in_child=_after_fork_in_child)
