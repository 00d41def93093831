"""Notices lines by `sys.monitoring`, in Python 3.12 and later: all threads, running ones too.

A function is looked at when it starts for the first time; only those with a breakpoint are watched
line by line, all others go on at their full speed.
"""

import os
import sys
import threading

from . import breakpoints, code_lines, log

#: Tool ids that are nobody's by convention.
_IDS = (4, 3)

_tool = None
#: Why nothing is noticed, if so.
problem = None
#: Code objects that are watched, by id.
_armed = {}
_lock = threading.Lock()


def start():
    """Takes a tool id; from now on the starts of functions are noticed."""
    global _tool, problem
    problem = None
    monitoring = sys.monitoring
    for number in _IDS:
        try:
            monitoring.use_tool_id(number, "sidestep")
        except ValueError:
            continue
        _tool = number
        events = monitoring.events
        monitoring.register_callback(number, events.PY_START, _on_start)
        monitoring.register_callback(number, events.PY_RESUME, _on_start)
        monitoring.register_callback(number, events.LINE, _on_line)
        monitoring.set_events(number, events.PY_START | events.PY_RESUME)
        return
    problem = "other tools hold all of Python's ids for monitoring: it cannot stop"
    log.once("breakpoints are off: " + problem)


def stop():
    """Nothing is noticed any more, and nothing costs."""
    global _tool
    number, _tool = _tool, None
    if number is None:
        return
    sys.monitoring.set_events(number, 0)
    _disarm(number)
    sys.monitoring.free_tool_id(number)


def changed():
    """The breakpoints are other ones: looks at all functions again, running ones at once."""
    if _tool is None:
        return
    _disarm(_tool)
    sys.monitoring.restart_events()
    for frame in sys._current_frames().values():
        while frame is not None:
            _arm(frame.f_code)
            frame = frame.f_back


def enter():
    """All threads are noticed anyway."""


def late():
    """The names of threads that do not notice lines yet: none."""
    return []


def _disarm(number):
    with _lock:
        codes = list(_armed.values())
        _armed.clear()
    for code in codes:
        sys.monitoring.set_local_events(number, code, 0)


def _arm(code):
    """Watches the lines of the code if there are breakpoints; whether there are."""
    if id(code) in _armed:
        return True
    filename = code.co_filename
    points = breakpoints.at(filename)
    if points is None and not breakpoints.known(filename):
        points = breakpoints.sight(code)
    if not points or _tool is None or points.keys().isdisjoint(code_lines.lines_of(code)):
        return False
    with _lock:
        _armed[id(code)] = code
    sys.monitoring.set_local_events(_tool, code, sys.monitoring.events.LINE)
    return True


def _on_start(code, _offset):
    try:
        # Not DISABLE where there are some: it would take the line event of a one-line function.
        return None if _arm(code) else sys.monitoring.DISABLE
    except Exception as error:
        log.once("breakpoints are not noticed in %s: %r" % (code.co_filename, error))
        return sys.monitoring.DISABLE


def _on_line(code, line):
    points = breakpoints.at(code.co_filename)
    if not points or line not in points:
        return sys.monitoring.DISABLE
    frame = sys._getframe(1)
    if not breakpoints.was_stepped(frame) and breakpoints.reached(frame, points[line]):
        from . import debugger

        debugger.stop_at(frame)
    return None


def _after_fork_in_child():
    """The lock may be held by a thread that is not here."""
    global _lock
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_after_fork_in_child)
