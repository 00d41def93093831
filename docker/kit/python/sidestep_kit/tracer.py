"""Notices lines by `sys.settrace`, before Python 3.12, with a filter that is as short as can be.

A thread can only be traced by itself: this one when it starts, when it serves a request, or, where
it runs already, at the next chance to run something in it.
"""

import gc
import sys
import threading

from . import breakpoints, code_lines, request

#: Names of files without breakpoints.
_dull = set()
#: Code objects with breakpoints, and those without, by id; kept, so that ids stay theirs.
_codes = {}
_on = False
#: Why nothing is noticed, if so.
problem = None
#: What the app has for threads that start, or None.
_former = None
#: Threads that run and are not traced yet.
_missing = set()


def start():
    """From now on, threads that start or serve a request are traced."""
    global _on
    _on = True
    global _former
    _former = threading._trace_hook
    threading.settrace(_beside(_former) if _former else _trace)
    request.at_start(enter)
    _missing.update(sys._current_frames())
    _missing.discard(threading.get_ident())
    _run_in_main_thread()
    gc.callbacks.append(_on_gc)


def stop():
    """Each thread stops tracing with the next function it calls."""
    global _on
    _on = False
    _dull.clear()
    threading.settrace(_former)
    request.at_start(None)
    if _on_gc in gc.callbacks:
        gc.callbacks.remove(_on_gc)


def changed():
    """The breakpoints are other ones: functions are looked at again, running ones at once."""
    _dull.clear()
    _codes.clear()
    for frame in sys._current_frames().values():
        _mark(frame)


def enter():
    """Traces the calling thread from now on, beside a tracer that it has."""
    tracing = sys.gettrace()
    if threading.get_ident() in _missing:
        _missing.discard(threading.get_ident())
        breakpoints.tell()
    if not _on or tracing is _trace or hasattr(tracing, "sidestep"):
        return
    if type(getattr(tracing, "__self__", None)).__module__ == "sidestep_kit.debugger":
        return  # pdb steps: it asks for our breakpoints itself.
    _mark(sys._getframe(1))
    sys.settrace(_trace if tracing is None else _beside(tracing))


def late():
    """The names of threads that run already and do not notice lines yet. The main thread does as
    soon as it runs."""
    main = threading.main_thread()
    threads = [thread for thread in threading.enumerate() if thread is not main]
    return sorted(thread.name for thread in threads if thread.ident in _missing)


def _trace(frame, _event, _arg):
    """Called for every function that starts: most are of no interest."""
    if frame.f_code.co_filename in _dull:
        return None
    return _look(frame)


def _look(frame):
    if not _on:
        sys.settrace(None)
        return None
    return _local if _watched(frame.f_code) else None


def _local(frame, event, _arg):
    """Called for every line of a function with breakpoints. What is set on the frame stays."""
    if event == "line":
        points = breakpoints.at(frame.f_code.co_filename)
        if points and frame.f_lineno in points:
            if breakpoints.reached(frame, points[frame.f_lineno]):
                from . import debugger

                debugger.stop_at(frame)
    return None


def _watched(code):
    filename = code.co_filename
    points = breakpoints.at(filename)
    if points is None and not breakpoints.known(filename):
        points = breakpoints.sight(code)
    if not points:
        _dull.add(filename)
        return False
    known = _codes.get(id(code))
    if known is None:
        known = (code, not points.keys().isdisjoint(code_lines.lines_of(code)))
        _codes[id(code)] = known
    return known[1]


def _mark(frame):
    """Has the lines of running functions noticed, where their thread is traced."""
    while frame is not None:
        if _watched(frame.f_code) and frame.f_trace is None:
            frame.f_trace = _local
        frame = frame.f_back


def _beside(other):
    """A tracer that also lets another one have its events, such as coverage's."""

    def both(frame, event, arg):
        local = other(frame, event, arg)
        if sys.gettrace() is not both:
            sys.settrace(both)  # coverage's puts itself there with each function.
        ours = None if frame.f_code.co_filename in _dull else _look(frame)
        if ours is None or local is None:
            return ours or local
        return _both_local(local)

    both.sidestep = True
    return both


def _both_local(local):
    def both(frame, event, arg):
        nonlocal local
        local = local(frame, event, arg) or local
        _local(frame, event, arg)

    return both


def _run_in_main_thread():
    """Has the main thread enter by itself, whatever it runs."""
    try:
        import ctypes
    except ImportError:
        return  # It enters with its next request.
    global _pending
    _pending = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(_enter_safely)
    ctypes.pythonapi.Py_AddPendingCall(_pending, None)


_pending = None


def _enter_safely(_argument):
    enter()
    return 0


def _on_gc(_phase, _info):
    """The collector runs in whichever thread has made enough objects: a chance to enter it."""
    try:
        if threading.get_ident() in _missing:
            enter()
        elif not _missing & sys._current_frames().keys() and _on_gc in gc.callbacks:
            gc.callbacks.remove(_on_gc)
    except Exception:
        pass  # It comes again.
