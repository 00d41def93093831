"""The one thread of the kit in a process: waits on its sockets and calls what belongs to each."""

import _thread
import os
import select
import signal
import time

from . import log

#: How often `tick` is called while it says that there is something to look after.
TICK_MS = 500


class Watcher:
    """Callbacks run in its thread, must not block, and must bear being called for nothing.

    The thread is started by `start` or the first `add`, and ends with the process.
    """

    def __init__(self, tick):
        """`tick()` looks after what is due, and answers whether to be called again soon."""
        self._tick = tick
        self._lock = _thread.allocate_lock()
        self._callbacks = {}
        self._pipe = None
        #: Callbacks of `later`, with the times at which they are due.
        self._later = []

    def later(self, seconds, callback):
        """Calls `callback()` once, after that time."""
        with self._lock:
            self._later.append((time.monotonic() + seconds, callback))
        self.start()
        self.wake()

    def add(self, fd, callback):
        """Calls `callback()` whenever `fd` can be read."""
        with self._lock:
            self._callbacks[fd] = callback
        self.start()
        self.wake()

    def start(self):
        """Starts the thread if there is none yet."""
        with self._lock:
            if self._pipe is not None:
                return
            self._pipe = os.pipe()
            for end in self._pipe:
                os.set_blocking(end, False)
        # Not threading.Thread: tracers of the app (threading.settrace) are not for this one.
        _thread.start_new_thread(self._run, ())

    def remove(self, fd):
        """Forgets `fd`; call it before closing that."""
        with self._lock:
            self._callbacks.pop(fd, None)
        self.wake()

    def wake(self):
        """Has the thread look again, and tick."""
        if self._pipe is not None:
            try:
                os.write(self._pipe[1], b"w")
            except OSError:
                pass  # Full: it is going to wake up anyway.

    def abandon(self):
        """In a forked child: the thread is not here; gives its descriptors back."""
        if self._pipe is not None:
            for end in self._pipe:
                os.close(end)

    def _run(self):
        # Signals are for the app's threads: one delivered here would not wake them.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        wake = self._pipe[0]
        while True:
            with self._lock:
                callbacks = dict(self._callbacks)
            poll = select.poll()
            poll.register(wake, select.POLLIN)
            for fd in callbacks:
                poll.register(fd, select.POLLIN)
            again = self._safely(self._tick)
            for fd, _ in poll.poll(self._patience(TICK_MS if again else None)):
                if fd == wake:
                    self._drain(wake)
                elif self._callbacks.get(fd) is callbacks[fd]:
                    self._safely(callbacks[fd])

    def _patience(self, most):
        """Calls what is due; in how many milliseconds the next one is, or `most`."""
        now = time.monotonic()
        with self._lock:
            due = [callback for at, callback in self._later if at <= now]
            self._later = [(at, callback) for at, callback in self._later if at > now]
            waits = [int((at - now) * 1000) + 1 for at, _ in self._later]
        for callback in due:
            self._safely(callback)
        return min(waits + ([] if most is None else [most])) if waits else most

    @staticmethod
    def _drain(wake):
        try:
            os.read(wake, 4096)
        except OSError:
            pass

    @staticmethod
    def _safely(callback):
        """An error in one callback must not end the thread that all pauses depend on."""
        try:
            return callback()
        except Exception as error:
            log.once("internal error: %r" % (error,))
            return True
