"""The request that each thread or task serves, for whoever asks when it pauses.

It is noted on the way of every request of the replica, so that way is short: what was noted is
described when somebody asks.
"""

import contextvars
from time import time

from .request_id import ENVIRON, described, of_scope as number_of_scope
from .wire import short

#: The Served of this thread or task. In ASGI many requests share a thread; threads that work for
#: one get a copy of its context.
serving = contextvars.ContextVar("sidestep_request", default=None)
#: Called in each thread that begins to serve a request, or None.
start_hook = None


class Served:
    """One request, as `noted` by `of_environ` or `of_scope`."""

    noted = None

    def describe(self):
        """`{method, path, client, id, since}`."""
        method, raw, path, query, forwarded, address, number, since = self.noted
        if not raw:
            raw = (path or "/").encode("latin-1", "replace").decode("utf-8", "replace")
            raw += "?" + query if query else ""
        client = (forwarded or "").split(",")[0].strip() or address or None
        return {
            "method": short(method or "GET", 32),
            "path": short(raw),
            "client": client and short(client, 128),
            **described(number, since),
        }

    def note(self, error):
        """The app does not handle an exception: nobody asked for it."""


def at_start(function):
    """Calls `function()` in each thread that begins to serve a request; None: no more."""
    global start_hook
    start_hook = function


def enter():
    """The calling thread begins to work for a request."""
    if start_hook is not None:
        start_hook()


def current():
    """`{method, path, client, id, since}` of the request that this thread serves or served last,
    or None.

    It is kept after the app returns: its answer may be a generator that is still to be run.
    """
    served = serving.get()
    return served and served.describe()


def track(app):
    """The WSGI app, with each request noted before it is called."""

    def tracked(environ, start_response):
        if start_hook is not None:
            start_hook()
        served = Served()
        served.noted = of_environ(environ)
        serving.set(served)
        return app(environ, start_response)

    return tracked


def track_asgi(app):
    """The ASGI app, with each request noted before it is called."""

    async def tracked(scope, receive, send):
        if scope["type"] in ("http", "websocket"):
            enter()
            served = Served()
            served.noted = of_scope(scope)
            serving.set(served)
        await app(scope, receive, send)

    return tracked


def of_environ(environ):
    """Notes a request of WSGI, and takes the interceptor's header out of it."""
    get = environ.get
    raw = get("RAW_URI")
    return (
        get("REQUEST_METHOD"),
        raw,
        None if raw else get("PATH_INFO"),
        None if raw else get("QUERY_STRING"),
        get("HTTP_X_FORWARDED_FOR"),
        get("REMOTE_ADDR"),
        environ.pop(ENVIRON, None),
        time(),
    )


def of_scope(scope):
    """The same of ASGI."""
    forwarded = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    path = scope.get("raw_path") or scope["path"].encode("utf-8", "surrogatepass")
    client = scope.get("client")
    return (
        scope.get("method"),
        None,
        path.decode("latin-1"),
        scope.get("query_string", b"").decode("latin-1"),
        forwarded[0].decode("latin-1") if forwarded else None,
        client[0] if client else None,
        number_of_scope(scope),
        time(),
    )
