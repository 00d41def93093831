"""Where is it stuck? The stacks of all threads and tasks of this process; nothing is paused.

Runs in the kit's own thread, so it answers whatever the app waits for. It takes no lock that a
thread of the app could hold, and runs none of the app's code.
"""

import os
import stat
import sys
import threading
import time

from . import kernel, pause, request_of, tasks, wire

#: How many frames of a stack are told; those that are left out are the outermost.
MAX_FRAMES = 200
#: For how long is looked who runs, in seconds.
LOOK_SECONDS = 0.05
#: A thread that ran for this part of that time is running.
BUSY = 0.1
#: A larger file is no source.
MAX_SOURCE = 4 * 1024 * 1024
#: Modules whose frames stand between a thread that is paused and the app.
_DEBUGGERS = ("bdb", "pdb", "cmd", "sidestep_kit")


def answer(message):
    """To `{"type": "stacks", "query": …}`: one `stack` for each thread and task, then `stacks`."""
    link, query = pause.link(), message.get("query")
    for stack in dump():
        link.send(_bounded({"type": "stack", "query": query, **stack}))
    link.send({"type": "stacks", "query": query, "pid": os.getpid()})


def dump():
    """The stacks of this process, as messages: threads, the main one first, then tasks."""
    known = _threads()
    states = _states(known)
    stacks = _current_stacks()
    main = threading.main_thread().ident
    found = []
    for ident in sorted(stacks, key=lambda ident: (ident != main, ident)):
        found.append(_of_thread(ident, known.get(ident), states.get(ident), stacks[ident]))
    for name, ident, frames in tasks.suspended(stacks):
        thread = known.get(ident)
        found.append(
            {
                "thread": wire.short(_name(ident, thread) if ident else "", 128),
                "task": wire.short(name, 128),
                "state": "awaiting",
                "request": request_of.frames(frames),
                **_described(frames),
            }
        )
    return found


def _of_thread(ident, thread, state, frames):
    paused = pause.of_thread(ident)
    return {
        "thread": wire.short(_name(ident, thread), 128),
        "state": "paused" if paused else state,
        "pause": paused,
        "request": request_of.frames(frames),
        **_described(_without_debugger(frames) if paused else frames),
    }


def _threads():
    """Python's own threads by ident; read without the lock that one of them may hold."""
    for _ in range(100):
        try:
            return dict(getattr(threading, "_active", {}))
        except RuntimeError:
            continue
    return {}


def _name(ident, thread):
    return thread.name if thread is not None else "thread %d" % ident


def _current_stacks():
    """The frames of each thread but the kit's, the innermost first, by ident."""
    own = threading.get_ident()
    # All of them at once, before anything is made of them: the threads go on.
    stacks = {}
    for ident, frame in sys._current_frames().items():
        frames = stacks[ident] = []
        while frame is not None:
            frames.append(frame)
            frame = frame.f_back
    stacks.pop(own, None)
    return stacks


def _states(threads):
    """What each thread is doing, by ident: it runs if it used the processor just now."""
    natives = {ident: getattr(thread, "native_id", None) for ident, thread in threads.items()}
    # Python does not count anew in a forked process; there as here the main thread is the process.
    natives[threading.main_thread().ident] = os.getpid()
    natives = {ident: native for ident, native in natives.items() if native is not None}
    before = {ident: kernel.cpu_time(native) for ident, native in natives.items()}
    began = time.monotonic()
    time.sleep(LOOK_SECONDS)
    enough = (time.monotonic() - began) * 1e9 * BUSY
    states = {}
    for ident, native in natives.items():
        now = kernel.cpu_time(native)
        ran = now is not None and before[ident] is not None and now - before[ident] >= enough
        states[ident] = "running" if ran else kernel.waiting(native)
    return states


def _without_debugger(frames):
    """The frames from where the thread is paused outwards."""
    for at, frame in enumerate(frames):
        if _module(frame).partition(".")[0] not in _DEBUGGERS:
            return frames[at:]
    return frames


def _module(frame):
    name = frame.f_globals.get("__name__")
    return name if isinstance(name, str) else ""


def _described(frames):
    """The frames as messages; the kit's own among them are none of the app's."""
    own = [frame for frame in frames if not _module(frame).startswith("sidestep_kit.")]
    return {
        "frames": [_frame(frame) for frame in own[:MAX_FRAMES]],
        "omitted": max(0, len(own) - MAX_FRAMES),
    }


def _frame(frame):
    code, line = frame.f_code, frame.f_lineno or frame.f_code.co_firstlineno
    name = code.co_filename
    return {
        "file": wire.short(name if name.startswith("<") else os.path.abspath(name), 512),
        "line": line,
        "function": wire.short(getattr(code, "co_qualname", code.co_name), 128),
        "source": wire.short(_source(name, line), 200) or None,
    }


def _source(name, line):
    """The line of the source file, if it is there; loaders of the app are not asked."""
    try:
        about = os.stat(name)
        if not stat.S_ISREG(about.st_mode) or about.st_size > MAX_SOURCE:
            return ""
        import linecache

        return linecache.getline(name, line).strip()
    except (OSError, ValueError):
        return ""


def _bounded(message):
    """The message, with so few of its outermost frames that it fits into a line."""
    while len(wire.encode(message)) > wire.MAX_LINE and message["frames"]:
        keep = len(message["frames"]) * 3 // 4
        left_out = message["omitted"] + len(message["frames"]) - keep
        message = {**message, "frames": message["frames"][:keep], "omitted": left_out}
    return message
