"""Pauses of this process: a thread that is stopped, as the sidecar knows it, and its terminal."""

import os
import socket
import sys
import threading
import time

from . import config, log, request, terminal, wire
from .link import Link

#: How long a sidecar that is gone is looked for in the middle of a pause, in seconds: one that is
#: started again takes its time, and the guard does not take the replica away before 10.
GONE_SECONDS = 8.0
#: How long a sidecar that takes the connection may be silent, in seconds.
SILENT_SECONDS = 2.0
#: How long a sidecar that answers may take to give a terminal, in seconds.
TERMINAL_SECONDS = 10.0
#: How long the reason for a terminal's end may come after it, in seconds.
CONTINUE_SECONDS = 0.1

_pauses = {}
#: What other parts of the kit do with messages of the sidecar, by type.
_handlers = {}
#: What other parts of the kit do now and then, in the watcher's thread.
_ticks = []
_link = None
_link_lock = threading.Lock()


def link():
    """The connection of this process, made when first asked for."""
    global _link
    with _link_lock:
        if _link is None:
            _link = Link(_on_message, _tick)
        return _link


def on(kind, handler):
    """Calls `handler(message)` for each message of a type, in the watcher's thread."""
    _handlers[kind] = handler


def each_tick(function):
    """Calls `function()` after each `wake` of the watcher, and again soon while it returns true."""
    _ticks.append(function)


def known():
    """The ids of the pauses of this process."""
    return _pauses.keys()


def of_thread(ident):
    """The id of the pause that a thread is in, or None."""
    held = [pause.id for pause in list(_pauses.values()) if pause.thread == ident]
    return held[0] if held else None


class Pause:
    """One stop of the calling thread. `open` gives it a terminal, `close` ends it."""

    def __init__(self, interrupts, frame, reason="breakpoint"):
        self.id = os.urandom(8).hex()
        #: What the sidecar calls it: told again to one that was started anew.
        self._called = None
        self._reason = reason
        self.released = False
        self.terminal = None
        self.interrupts = interrupts
        self.thread = threading.get_ident()
        self._thread_name = _name(self.thread)
        self._request = request.current()
        self._announced = None
        self._lock = threading.Lock()
        self._offer = None
        #: What was typed in the session so far, as the sidecar told.
        self.history = None
        self._news = threading.Event()
        self.at(frame)
        _pauses[self.id] = self

    def at(self, frame):
        """Where the thread is now: what the next announcement says."""
        name = frame.f_code.co_filename
        self._file = name if name.startswith("<") else os.path.abspath(name)
        self._line = frame.f_lineno
        self._function = frame.f_code.co_name

    def open(self, patience):
        """Blocks until there is a terminal; None if nobody is there for `patience` seconds, or if
        the thread may go on."""
        connection = link()
        if self.terminal is not None:
            # A `continue` comes just before the end of the terminal, by another connection.
            self._drop_terminal()
            self._news.wait(CONTINUE_SECONDS)
        self._announced = None
        garbled = connection.garbled
        began = contact = time.monotonic()
        while not self.released:
            now = time.monotonic()
            connected = connection.connect()
            if connection.welcomed:
                contact = now
            silence = max(patience, SILENT_SECONDS) if connected else patience
            late = now - contact >= silence or now - began > TERMINAL_SECONDS + patience
            if late or connection.garbled > garbled:
                log.once(
                    "no %s from the sidecar at %s: going on without a debugger"
                    % ("terminal" if connection.welcomed else "answer", config.SOCKET)
                )
                return None
            if connected:
                self.announce()
            if self._news.wait(0.1):
                offer = self._take_offer()
                if offer is not None:
                    opened = terminal.dial(offer, config.TOKEN)
                    if opened:
                        self._attach(opened)
                        return opened
                    self._announced = None  # That broker is gone: ask for another.
        return None

    def announce(self):
        """Tells the sidecar, once on each connection."""
        connection = link()
        with self._lock:
            if self._announced == connection.generation or not connection.connected:
                return
            self._announced = connection.generation
        connection.send(
            {
                "type": "pause",
                "id": self.id,
                "name": self._called,
                "pid": os.getpid(),
                "thread": wire.short(self._thread_name),
                "reason": wire.short(self._reason),
                "file": wire.short(self._file),
                "line": self._line,
                "function": wire.short(self._function),
                "request": self._request,
            }
        )

    def close(self):
        """The thread goes on."""
        _pauses.pop(self.id, None)
        link().send({"type": "resume", "id": self.id})
        self._drop_terminal()

    def abandon(self):
        """In a forked child: the pause is the parent's; here everything goes on."""
        self.released = True
        opened, self.terminal = self.terminal, None
        if opened is not None:
            opened.abandon()

    def offer(self, path, history=None, called=None):
        """The sidecar has a terminal for us; it replaces one that we have."""
        with self._lock:
            self._offer = path
            self._called = called
            self.history = history
            opened = self.terminal
            self._news.set()
        if opened is not None:
            opened.lose()

    def release(self):
        """The sidecar lets the thread go on, whatever it is doing."""
        self.released = True
        self._news.set()
        opened = self.terminal
        if opened is not None:
            opened.wake(terminal.Released)
        self.look()

    def look(self):
        """Now and then: a thread that was let go must not be held by what was typed."""
        self.interrupts.look()
        if self.released:
            self.interrupts.break_off()

    def _take_offer(self):
        with self._lock:
            self._news.clear()
            offer, self._offer = self._offer, None
        return offer

    def _attach(self, opened):
        self.terminal = opened
        connection, lines = opened.connection, wire.Lines()

        def receive():
            try:
                data = connection.recv(4096, socket.MSG_DONTWAIT)
                messages = lines.feed(data)
            except BlockingIOError:
                return
            except (OSError, wire.BadPeer):
                data, messages = b"", []
            if not data:
                link().watcher.remove(connection.fileno())
                opened.lose()
            for message in messages:
                if message["type"] == "interrupt":
                    opened.forget_pasted()
                    self.interrupts.interrupt()

        connection.setblocking(False)
        link().watcher.add(connection.fileno(), receive)

    def _drop_terminal(self):
        opened, self.terminal = self.terminal, None
        if opened is not None:
            link().watcher.remove(opened.connection.fileno())
            opened.close()


def _name(ident):
    """The thread's name; current_thread() would enter one that Python did not start."""
    names = [thread.name for thread in threading.enumerate() if thread.ident == ident]
    return names[0] if names else "thread %d" % ident


def _on_message(message):
    """In the watcher's thread. Unknown pauses and types are ignored: they may be of the past."""
    handler = _handlers.get(message["type"])
    if handler is not None:
        return handler(message)
    pause = _pauses.get(message.get("pause"))
    if pause is None:
        return
    if message["type"] == "continue":
        pause.release()
    elif message["type"] == "terminal" and isinstance(message.get("socket"), str):
        called = message.get("name")
        pause.offer(
            message["socket"],
            _texts(message.get("history")),
            called if isinstance(called, str) else None,
        )


def _texts(value):
    """A list of texts, or None for anything else."""
    good = isinstance(value, list) and all(isinstance(each, str) for each in value)
    return value if good else None


def _tick():
    """In the watcher's thread, now and then while there are pauses; whether there are."""
    alive = sys._current_frames()
    for pause in list(_pauses.values()):
        if pause.thread not in alive:
            pause.close()  # The thread ended while it was stepped through.
            continue
        pause.look()
        if pause.terminal is not None:
            pause.announce()
    again = [tick() for tick in _ticks]
    return bool(_pauses) or any(again)


def _breakpoints(message):
    """Loads what it takes only when there are breakpoints, or were."""
    if message.get("breakpoints") or __package__ + ".breakpoints" in sys.modules:
        from . import breakpoints

        breakpoints.set_all(message)


def _check(message):
    """The sidecar asks whether this Python understands a condition and a log message."""
    from . import expressions

    problem = expressions.problem(message.get("if"), message.get("log"))
    link().send({"type": "checked", "query": message.get("query"), "problem": problem})


on("breakpoints", _breakpoints)
on("check", _check)


def _stacks(message):
    """Loaded when somebody asks for the first time."""
    from . import stacks

    stacks.answer(message)


on("stacks", _stacks)


def _after_fork_in_child():
    """The child has a link of its own when it needs one; the parent's pauses are not its own."""
    global _link, _link_lock
    _link_lock = threading.Lock()
    former, _link = _link, None
    if former is not None:
        former.abandon()
    for pause in list(_pauses.values()):
        pause.abandon()
    _pauses.clear()


os.register_at_fork(after_in_child=_after_fork_in_child)
