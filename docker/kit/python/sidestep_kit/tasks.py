"""The tasks of asyncio's event loops, seen from another thread: an ASGI app's requests are tasks."""

import sys

#: How often a set that changes meanwhile is read again.
_TRIES = 100
#: How deep a chain of awaits is followed.
_MAX_DEPTH = 1000


def suspended(threads):
    """`(name, thread, frames)` of each task that waits now: the innermost frame first; `thread`
    is the ident of the one that its loop runs in, or None. What runs is on its thread's stack.

    `threads` has the frames of each thread, by ident.
    """
    asyncio = sys.modules.get("asyncio")
    if asyncio is None or not hasattr(asyncio, "all_tasks"):
        return []
    running = _loops(threads)
    tasks = {id(task): task for task in _registered()}
    for loop in [*running, *{id(loop): loop for loop in map(_loop, tasks.values())}.values()]:
        for task in _again(lambda loop=loop: asyncio.all_tasks(loop)) if loop is not None else ():
            tasks[id(task)] = task
    found = []
    for task in tasks.values():
        loop = _loop(task)
        if task.done() or task is _again(lambda loop=loop: asyncio.current_task(loop)):
            continue
        found.append((_name(task), running.get(loop), awaited(task.get_coro())))
    return sorted(found, key=lambda each: each[0])


def awaited(coroutine):
    """The frames of a coroutine and of what it awaits, the innermost first."""
    frames = []
    while coroutine is not None and len(frames) < _MAX_DEPTH:
        for kind, inner in (("cr", "cr_await"), ("gi", "gi_yieldfrom"), ("ag", "ag_await")):
            frame = getattr(coroutine, kind + "_frame", None)
            if frame is not None:
                frames.append(frame)
                coroutine = getattr(coroutine, inner, None)
                break
        else:
            break
    return frames[::-1]


def _loops(threads):
    """The event loops that run now, each with its thread, as far as asyncio's frames tell."""
    loops = {}
    for ident, frames in threads.items():
        for frame in frames:
            loop = _loop_of(frame)
            if loop is not None:
                loops.setdefault(loop, ident)
    return loops


def _loop_of(frame):
    """The loop that this frame runs; one in C, such as uvloop's, is known to who started it."""
    module, function = frame.f_globals.get("__name__"), frame.f_code.co_name
    if module == "asyncio.runners" and function == "run":
        names = frame.f_locals
        return names.get("loop") or getattr(names.get("self"), "_loop", None)
    if function == "run_forever" and str(module).startswith("asyncio."):
        return frame.f_locals.get("self")
    return None


def _registered():
    """All tasks that asyncio knows of without being told of a loop."""
    module = sys.modules.get("asyncio.tasks")
    # 3.8 to 3.11; 3.12 and later, where 3.14 keeps its own tasks elsewhere: they come by the loop.
    for name in ("_all_tasks", "_scheduled_tasks", "_eager_tasks"):
        yield from _again(lambda name=name: list(getattr(module, name, ())))


def _again(read):
    """What `read()` returns, though other threads may change what it reads."""
    for _ in range(_TRIES):
        try:
            return read() or ()
        except RuntimeError:
            continue
    return ()


def _loop(task):
    get_loop = getattr(task, "get_loop", None)
    return get_loop and get_loop()


def _name(task):
    get_name = getattr(task, "get_name", None)
    return str(get_name()) if get_name else "task"
