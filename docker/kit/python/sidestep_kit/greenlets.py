"""gevent and eventlet: the kit keeps to real threads, locks and waits.

They replace these in the standard library. A debugger must not switch to another request in the
middle of a pause, and its own thread must go on when all greenlets are stopped; so before anything
is replaced, the kit is loaded and given copies of what it uses.
"""

import os
import sys

#: The modules of which parts are replaced.
_REPLACED = ("_thread", "select", "signal", "socket", "time")

_done = False


def keep_real(_module):
    """Called when gevent's or eventlet's patches are imported: they are not made yet."""
    global _done
    if _done:
        return
    _done = True
    real = {name: _copy(__import__(name)) for name in _REPLACED}
    # Its classes use what is in the module itself, so this one is loaded a second time.
    real["threading"] = _load_anew("threading")
    replaced = {id(__import__(name)): module for name, module in real.items()}
    for module in _kit():
        for name, value in list(vars(module).items()):
            if id(value) in replaced:
                setattr(module, name, replaced[id(value)])


def _copy(module):
    copy = type(sys)(module.__name__)
    vars(copy).update(vars(module))
    return copy


def _load_anew(name):
    __import__(name)
    former = sys.modules.pop(name)
    try:
        __import__(name)
        return sys.modules[name]
    finally:
        sys.modules[name] = former


def _kit():
    """All modules of the kit that are not for one server alone."""
    from . import servers

    ours = servers.files() | {"__init__", "uwsgi_worker", "greenlets"}
    for entry in sorted(os.listdir(os.path.dirname(os.path.abspath(__file__)))):
        name, kind = os.path.splitext(entry)
        # What is for ASGI imports asyncio and with it ssl, which gevent has to be before.
        if kind == ".py" and name not in ours and not name.endswith("asgi"):
            try:
                __import__("%s.%s" % (__package__, name))
            except ImportError:
                continue  # It needs what this app does not have.
            yield sys.modules["%s.%s" % (__package__, name)]
