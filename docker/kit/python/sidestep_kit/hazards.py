"""What is risky about a second instance of the app, as far as it can be seen from the inside.

Looks, in the kit's own thread, when the app is loaded and a while later, at what threads and tasks
do and at which databases are open. Nothing is changed.
"""

import sys
import threading

from . import background, mounts, pause, sqlite, tasks, wire

#: When is looked again, in seconds: schedulers may be started late.
LOOK_AGAIN = (3, 15, 60)
#: At most so many of a kind are told.
_MOST = 5
#: Databases in these folders are the process's own affair.
_TEMPORARY = ("/tmp/", "/var/tmp/", "/dev/shm/", "/run/")

_told = set()


def watch():
    """Looks now and a while later; tells each hazard once."""
    watcher = pause.link().watcher
    # Started by a request, maybe: the look itself is the kit's thread's.
    sqlite.listen(lambda: watcher.later(0, look))
    for seconds in (0, *LOOK_AGAIN):
        watcher.later(seconds, look)


def look():
    """Tells the sidecar what has not been told yet."""
    for reason, message in [*_threads(), *_databases()]:
        if (reason, message) in _told or sum(told == reason for told, _ in _told) >= _MOST:
            continue
        _told.add((reason, message))
        # The sidecar joins them by "; ".
        text = wire.short(message.replace(";", ","), 500)
        notice = {"type": "notice", "level": "warning", "reason": reason, "message": text}
        pause.link().tell(notice)


def _threads():
    """Schedulers and consumers among the threads and tasks."""
    own = threading.get_ident()
    names = {ident: t.name for ident, t in list(getattr(threading, "_active", {}).items())}
    stacks = {}
    for ident, frame in sys._current_frames().items():
        stacks[ident] = frames = []
        while frame is not None and ident != own:
            frames.append(frame)
            frame = frame.f_back
    for ident, frames in stacks.items():
        name = names.get(ident, "")
        yield from _judged("thread %s" % (name or ident), name, frames)
    for name, _, frames in tasks.suspended(stacks):
        yield from _judged("task %s" % name, "", frames)


def _judged(what, name, frames):
    found = background.kind(name, frames)
    if found is None:
        return
    library, works_for = found
    reason, text = _TEXTS[works_for]
    yield reason, text % (what, library, "--original pause, or switch it off with --env")


_TEXTS = {
    background.JOBS: (
        "HazardScheduler",
        "%s runs scheduled jobs (%s) here too, so they run twice: %s",
    ),
    background.MESSAGES: (
        "HazardConsumer",
        "%s takes messages (%s) here too, so the original gets only a part of them: %s",
    ),
    background.BROADCAST: (
        "HazardConsumer",
        "%s listens (%s) here too, so each message is handled twice: %s",
    ),
}


def _databases():
    """SQLite files that both instances write, or that the original does not have."""
    for path in sqlite.files():
        kind = mounts.kind(path)
        if kind == mounts.SHARED and mounts.writable(path):
            yield (
                "HazardSqliteShared",
                "SQLite database %s is on a volume that the original writes to as well, so one may "
                "find it locked by the other: --original pause, or another path with --env" % path,
            )
        elif kind == mounts.OWN and not path.startswith(_TEMPORARY):
            yield (
                "HazardSqliteOwn",
                "SQLite database %s is in the container's own file system, so the replica has the "
                "image's and not what the original has written: put it on a volume" % path,
            )
