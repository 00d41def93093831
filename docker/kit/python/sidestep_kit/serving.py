"""Where servers and the rest of the kit meet: each server's hook gives its app to one of these.

A server's hook sets what the server must be (one worker, no timeout, no reload), wraps the app with
`wsgi` or `asgi`, and calls `loaded` when the app is ready to be called.
"""

import os

from . import config, main_terminal, pause, request


def wsgi(app):
    """The WSGI app as it is called in a replica: its requests are known to whoever pauses, and
    what it does not handle opens a debugger."""
    if config.ON_EXCEPTION == "none":
        return request.track(app)
    from . import unhandled_wsgi

    return unhandled_wsgi.watch(app)


def asgi(app):
    """The ASGI app (of version 3) as it is called in a replica, like `wsgi`."""
    if config.ON_EXCEPTION == "none":
        return request.track_asgi(app)
    from . import unhandled_asgi

    return unhandled_asgi.watch(app)


def loaded(server, notices=()):
    """Tells the sidecar that the app is loaded in this process; `server` is a name and a version."""
    main_terminal.protect()
    another = config.another_debugger()
    if another:
        notices = [*notices, _lent(another)]
    else:
        # Now rather than in the first pause, which somebody waits for.
        from . import debugger  # noqa: F401
    link = pause.link()
    link.ready(server, list(notices))
    link.watcher.later(0, _watch_hazards)


def _lent(another):
    """Prepares for a debugger of the user's choice; the notice that says where it is."""
    if main_terminal.lend():
        message = "breakpoint() opens %s in the main terminal: sidestep attach session/%s --main"
        said = message % (another, os.environ.get("SIDESTEP_SESSION", "NAME"))
    else:
        said = "breakpoint() calls %s, but this container has no terminal for it" % another
    return {"type": "notice", "level": "warning", "reason": "OtherDebugger", "message": said}


def _watch_hazards():
    """In the kit's thread: what is loaded for it does not keep the app waiting."""
    from . import hazards

    hazards.watch()
