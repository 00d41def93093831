"""Where servers and the rest of the kit meet: each server's hook gives its app to one of these.

A server's hook sets what the server must be (one worker, no timeout, no reload), wraps the app with
`wsgi` or `asgi`, and calls `loaded` when the app is ready to be called.
"""

from . import pause, request


def wsgi(app):
    """The WSGI app as it is called in a replica: its requests are known to whoever pauses."""
    return request.track(app)


def loaded(server, notices=()):
    """Tells the sidecar that the app is loaded in this process; `server` is a name and a version."""
    link = pause.link()
    link.ready(server, list(notices))
    link.watcher.later(0, _watch_hazards)


def _watch_hazards():
    """In the kit's thread: what is loaded for it does not keep the app waiting."""
    from . import hazards

    hazards.watch()
