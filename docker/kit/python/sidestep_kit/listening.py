"""What is done when a server listens on the app's port: one that the kit does not know is told of.

The module `socket` is imported by much that serves nothing, so nothing is imported here before
somebody listens.
"""

import sys

from . import config

#: Between a server and its socket; what stands before these in the stack is the server.
_BETWEEN = {"socket", "socketserver", "selectors", "asyncio", "contextlib", "threading"}


def patch_socket(module):
    """Wraps `listen`: the one thing that every server in Python does."""
    original = module.socket.listen

    def listen(self, *args):
        original(self, *args)
        try:
            if _is_apps(self, module):
                _seen(sys._getframe(1))
                from . import keep_alive

                keep_alive.set_on(self, module)
        except Exception as error:
            from . import log

            log.once("cannot tell of the server: %r" % (error,))

    listen.__doc__ = original.__doc__
    module.socket.listen = listen


def _is_apps(listener, socket):
    if listener.family not in (socket.AF_INET, socket.AF_INET6):
        return False
    return not config.PORT or str(listener.getsockname()[1]) == config.PORT


def _seen(frame):
    from . import server, serving

    if server.claimed():
        return
    server.claim()
    name = _name(frame)
    message = (
        "the server (%s) is none that sidestep knows: breakpoint() pauses, but its workers,"
        " timeouts and reloader are as the app has them" % (name or "the app's own")
    )
    title = server.title(name) if name else None
    serving.loaded(title, [server.warning("UnknownServer", message)])


def _name(frame):
    """The package that listens, such as `tornado`; None for the app's own program."""
    while frame is not None:
        name = frame.f_globals.get("__name__", "").partition(".")[0]
        if name not in _BETWEEN and name != __package__:
            return None if name == "__main__" else name
        frame = frame.f_back
    return None
