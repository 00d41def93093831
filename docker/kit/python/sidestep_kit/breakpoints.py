"""Breakpoints from outside: the list that the sidecar keeps, as this process has it in force.

How lines are noticed differs: `monitor` does it on Python 3.12 and later, `tracer` before. Without
any breakpoint neither is there, and nothing is traced.
"""

import os
import sys
import threading
import time

from . import expressions, log, pause, places, wire

#: A logpoint writes so many lines in a second; then it counts what it leaves out.
MAX_LINES = 100
#: No file has more lines, as far as the sidecar is concerned.
MAX_LINE_NUMBER = 9999999
#: Names of code that only Python knows to be a function.
_COMPREHENSIONS = {"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"}

_lock = threading.RLock()
#: All there are, by their ids.
_points = {}
#: Where those are that have a place: file as the code names it -> line -> breakpoints. Replaced
#: as a whole, never changed: threads read it without a lock.
_lines = {}
#: Names of files that were looked at.
_seen = set()
#: What lets this process notice lines; made with the first breakpoint.
_backend = None
#: The watcher's thread: a stop there would be for ever.
_kit_thread = None
#: Whether there is news of the breakpoints that the sidecar does not have.
_news = False
_of_thread = threading.local()


class Point:
    """One breakpoint, or with `log` a logpoint."""

    def __init__(self, message):
        self.id = message["id"]
        self.file, self.line = message["file"], message["line"]
        self.source = (self.file, self.line, message.get("if"), message.get("log"))
        self.hits = 0
        self.raised = self.times = None
        self.condition = self.message = None
        self.refused = None
        #: Functions that do not know a name of the condition; None once one of them knew all.
        self._unknown = set()
        #: Where it is: the file as the code names it and the line, or None.
        self.place = None
        self.report = ("Pending", None, [])
        self._second, self._written, self._left_out = 0, 0, 0
        try:
            if message.get("if") is not None:
                self.condition = expressions.Expression(message["if"])
            if message.get("log") is not None:
                self.message = expressions.Message(message["log"])
        except expressions.Problem as error:
            self.refused = "%s: %s" % (error, error.text)

    def reached(self, frame):
        """Whether to stop. Never raises."""
        if self.condition is not None:
            try:
                holds = bool(self.condition.value(frame))
                self.raised = None
                self._unknown = None
            except (Exception, SystemExit) as error:
                if not self._known_elsewhere(frame, error):
                    self._failed(expressions.described(error))
                return False
            if not holds:
                return False
        self.hits += 1
        tell()
        if self.message is None:
            return True
        self._log(frame)
        return False

    def _known_elsewhere(self, frame, error):
        """A line may be in several functions, such as a comprehension and the one around it: what
        is no name in one of them is no mistake if it is one in another."""
        functions = {location["function"] for location in self.report[2]}
        if not isinstance(error, NameError) or len(functions) < 2:
            return False
        if self._unknown is None:
            return True
        self._unknown.add(frame.f_code.co_name)
        return not functions <= self._unknown

    def _failed(self, what):
        self.raised, self.times = what, (self.times or 0) + 1
        tell()
        log.once(
            "%s:%d: the condition `%s` raised %s: it does not stop"
            % (self.file, self.line, self.condition.text, what)
        )

    def _log(self, frame):
        self.flush()
        if self._written >= MAX_LINES:
            self._left_out += 1
            return
        self._written += 1
        log.line("%s:%d: %s" % (self.file, self.line, self.message.text(frame)))

    def flush(self):
        """Begins a new second if it is time, and says what was left out in the last one."""
        second = int(time.monotonic())
        if second == self._second:
            return
        left_out, self._left_out = self._left_out, 0
        self._second, self._written = second, 0
        if left_out:
            log.line("%s:%d: (%d more left out)" % (self.file, self.line, left_out))

    @property
    def pending_lines(self):
        """Whether a line about what was left out is still to come."""
        return self._left_out > 0

    def status(self):
        """As the sidecar is told."""
        state, message, locations = self.report
        if self.refused:
            state, message = "Error", self.refused
        elif self.raised and state == "Verified":
            state = "Error"
            message = "the condition raised %s (%d times so far)" % (self.raised, self.times)
        elif state == "Verified" and _backend is not None and _backend.problem:
            state, message = "Error", _backend.problem
        late = _backend.late() if state == "Verified" and _backend is not None else []
        if late:
            note = "not yet in threads that run already: %s" % ", ".join(late)
            message = "%s; %s" % (message, note) if message else note
        return {
            "type": "breakpoint",
            "id": self.id,
            "state": state,
            "message": message and wire.short(message),
            "locations": locations[:20],
            "hits": self.hits,
        }


def set_all(message):
    """In the watcher's thread: these are all breakpoints from now on."""
    global _kit_thread
    _kit_thread = threading.get_ident()
    fresh = {}
    listed = message["breakpoints"]
    for each in listed if isinstance(listed, list) else ():
        if not _sound(each):
            continue  # Of a sidecar that is not ours.
        point = Point(each)
        former = _points.get(point.id)
        same = former is not None and former.source == point.source
        fresh[point.id] = former if same else point
    with _lock:
        _points.clear()
        _points.update(fresh)
        _seen.clear()
        places.wanted(fresh.values())
        _settle(fresh.values())
    _switch(bool(fresh))
    tell()


def _sound(message):
    """Whether it is a breakpoint: what is made of it is looked at by the app's own threads."""
    if not isinstance(message, dict):
        return False
    line = message.get("line")
    texts = [message.get("id"), message.get("file")]
    texts += [message[key] for key in ("if", "log") if message.get(key) is not None]
    good = all(isinstance(text, str) for text in texts)
    return good and type(line) is int and 0 < line <= MAX_LINE_NUMBER


def at(filename):
    """The breakpoints of a file, by line, or None; `filename` as code objects have it."""
    return _lines.get(filename)


def known(filename):
    """Whether the file was looked at: then `at` has all that it has."""
    return filename in _seen


def sight(code):
    """Code of a file that was not seen before: its breakpoints by line, or None."""
    filename = code.co_filename
    with _lock:
        if filename not in _seen:
            _seen.add(filename)
            if places.sight(code):
                _settle(_points.values())
                if _backend is not None:
                    _backend.changed()
        return _lines.get(filename)


def reached(frame, points):
    """The thread is about to run a line with breakpoints: whether to stop there."""
    if threading.get_ident() == _kit_thread or getattr(_of_thread, "inside", False):
        return False
    _of_thread.inside = True
    try:
        if _repeats(frame):
            points = [point for point in points if point.condition is not None]
        # All of them: each counts, and each logs.
        stops = any([point.reached(frame) for point in points])
        return stops and not places.in_kit(frame)
    except Exception as error:
        log.once("breakpoint passed over: %r" % (error,))
        return False
    finally:
        _of_thread.inside = False


def _repeats(frame):
    """Whether it is a comprehension on the very line that the function around it has just come to:
    a function of its own before Python 3.12, but not for who set the breakpoint."""
    around = frame.f_back
    return (
        frame.f_code.co_name in _COMPREHENSIONS
        and around is not None
        and around.f_code.co_filename == frame.f_code.co_filename
        and around.f_lineno == frame.f_lineno
    )


def stepped(frame):
    """pdb's own tracing has come to a line: whether one of ours is there and stops."""
    points = _lines and _lines.get(frame.f_code.co_filename)
    if not points or frame.f_lineno not in points:
        return False
    _of_thread.stepped = (frame, frame.f_lasti)
    return reached(frame, points[frame.f_lineno])


def was_stepped(frame):
    """Whether pdb has just dealt with this line of the frame itself; asked once."""
    former = getattr(_of_thread, "stepped", None)
    _of_thread.stepped = None
    return former is not None and former[0] is frame and former[1] == frame.f_lasti


def watches(code):
    """Whether there are breakpoints in a code object's file."""
    if not _points:
        return False
    return bool(at(code.co_filename) if known(code.co_filename) else sight(code))


def resume():
    """In a thread that pdb has ceased to trace: ours come back."""
    if _backend is not None:
        _backend.enter()


def tell():
    """Has the sidecar told of all states, soon."""
    global _news
    if not _news:
        _news = True
        pause.link().watcher.wake()


_told_at = 0.0
#: How often news are told, in seconds.
TELL_SECONDS = 0.3


def tick():
    """In the watcher's thread: tells what is new; whether to be called again soon."""
    global _news, _told_at
    points = list(_points.values())
    for point in points:
        if point.pending_lines:
            point.flush()
    now = time.monotonic()
    if _news and now - _told_at >= TELL_SECONDS:
        _news, _told_at = False, now
        for point in points:
            pause.link().send(point.status())
    return _news or any(point.pending_lines for point in points)


def _settle(points):
    """Finds the places of all these, and makes the table that the threads read."""
    global _lines
    for point in points:
        point.report, point.place = places.find(point.file, point.line)
    table = {}
    for point in points:
        if point.place and not point.refused:
            filenames, line = point.place
            for filename in filenames:
                table.setdefault(filename, {}).setdefault(line, []).append(point)
    _lines = table
    tell()


def _switch(wanted):
    """Starts what notices lines, or ends it."""
    global _backend
    if _backend is None and wanted:
        if sys.version_info >= (3, 12):
            from . import monitor as backend
        else:
            from . import tracer as backend
        _backend = backend
        backend.start()
    elif _backend is not None and not wanted:
        _backend.stop()
        _backend = None
    if _backend is not None:
        _backend.changed()


pause.each_tick(tick)


def _after_fork_in_child():
    """The lock may be held by a thread that is not here; hits and news are told by the parent."""
    global _lock, _kit_thread, _news
    _lock = threading.RLock()
    _kit_thread = None
    _news = False
    for point in _points.values():
        point.hits = 0


os.register_at_fork(after_in_child=_after_fork_in_child)
