"""^C: interrupts what a paused thread is doing, without touching SIGINT.

Servers have SIGINT handlers that end the process, so the main thread is interrupted by SIGURG,
which hardly anybody uses and which is ignored by default: one that comes late does no harm.
"""

import _thread
import signal
import threading
import time

#: The thread runs the app: between two prompts, or not paused.
RUNNING = "running"
#: The thread waits for a line to be typed.
PROMPT = "prompt"
#: The thread runs something that was typed.
COMMAND = "command"
#: The thread is in the kit's hands: nothing to interrupt.
WAITING = "waiting"

SIGNAL = signal.SIGURG
#: After this time the user is told that a call cannot be interrupted, in seconds.
_NOTE_SECONDS = 1.0


class Interrupts:
    """The interrupts of one thread. `state` is changed by that thread only, with `enter`."""

    def __init__(self, at_prompt, while_running, note):
        """`at_prompt()` ends the read of a line; `while_running(frame)` asks to stop soon, frame is
        None outside of the thread; `note(text)` tells the user something."""
        self.state = RUNNING
        self._thread = threading.get_ident()
        self._at_prompt = at_prompt
        self._while_running = while_running
        self._note = note
        self._lock = _thread.allocate_lock()
        self._sent = None
        self._noted = False
        #: ^C was typed after a line was taken and before it is run: it is for what was typed.
        self._early = False
        self._previous = None
        self._handling = False
        self._raise_async = None

    def start(self):
        """In the thread, at the start of a pause: takes the signal, where there is one."""
        if self._handling:
            return
        # Not current_thread(): it would enter a thread that is ending into the books again.
        if self._thread == threading.main_thread().ident:
            previous = signal.getsignal(SIGNAL)
            try:
                # A handler that was not installed from Python could not be put back.
                if previous is not None:
                    signal.signal(SIGNAL, self._on_signal)
                    self._previous, self._handling = previous, True
                    return
            except ValueError:
                pass  # Not the main interpreter.
        self._raise_async = _async_raiser()

    def stop(self):
        """In the thread, when it goes on: puts the handler back."""
        if self._handling:
            self._handling = False
            signal.signal(SIGNAL, self._previous)

    def abandon(self):
        """In a forked child, where the lock may be held by a thread that is not there."""
        self._lock = _thread.allocate_lock()
        self._sent = None
        self.stop()

    def enter(self, state):
        """Changes the state; the former one. An interrupt that has not arrived is taken back."""
        with self._lock:
            former = self.state
            self.state = state
            if state in (PROMPT, RUNNING):
                self._early = False
            if self._sent is not None and state != COMMAND:
                self._sent = None
                if not self._handling and self._raise_async:
                    self._raise_async(self._thread, None)
        return former

    def run(self, function):
        """Runs a typed command: `function()`; raises KeyboardInterrupt only for an interrupt."""
        former = self.state
        try:
            self.enter(COMMAND)
            if self.take_early():
                raise KeyboardInterrupt
            return function()
        finally:
            # An interrupt may arrive in these lines too: the state must be right after them.
            while True:
                try:
                    self.enter(former)
                    break
                except KeyboardInterrupt:
                    continue

    def interrupt(self):
        """From any thread: ^C was typed."""
        with self._lock:
            state = self.state
            if state == COMMAND:
                self._deliver()
            else:
                self._early = state != RUNNING
        if state == PROMPT:
            self._at_prompt()
        elif state == RUNNING:
            if self._handling:
                self._deliver()
            else:
                self._while_running(None)

    def break_off(self):
        """From any thread: ends a typed command, since the thread is to go on."""
        with self._lock:
            if self.state == COMMAND:
                self._deliver()

    def look(self):
        """Now and then, from another thread: tells if an interrupt does not get through."""
        with self._lock:
            late = self._sent is not None and time.monotonic() - self._sent > _NOTE_SECONDS
            if not late or self._noted:
                return
            self._noted = True
        self._note("\n(this call cannot be interrupted: ^C takes effect when it returns)\n")

    def take_early(self):
        """In the thread, before what was typed is run: whether it is interrupted already."""
        with self._lock:
            early, self._early = self._early, False
        return early

    def _deliver(self):
        if self._handling:
            signal.pthread_kill(self._thread, SIGNAL)
        elif self._raise_async:
            self._sent, self._noted = time.monotonic(), False
            self._raise_async(self._thread, KeyboardInterrupt)

    def _on_signal(self, _number, frame):
        """In the main thread, between two of its instructions."""
        if self.state == COMMAND:
            raise KeyboardInterrupt
        if self.state == RUNNING:
            self._while_running(frame)


def _async_raiser():
    """A function that raises an exception in another thread, or None without ctypes."""
    try:
        import ctypes
    except ImportError:
        return None
    set_exception = ctypes.pythonapi.PyThreadState_SetAsyncExc

    def raise_in(thread, exception):
        value = ctypes.py_object() if exception is None else ctypes.py_object(exception)
        set_exception(ctypes.c_ulong(thread), value)

    return raise_in
