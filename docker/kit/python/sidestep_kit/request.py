"""The request that each thread or task serves, for whoever asks when it pauses."""

import contextvars
import threading

from . import request_id
from .wire import short

_serving = threading.local()
#: In ASGI many requests share a thread; threads that work for one get a copy of its context.
_of_task = contextvars.ContextVar("sidestep_request", default=None)
_at_start = None


def at_start(function):
    """Calls `function()` in each thread that begins to serve a request; None: no more."""
    global _at_start
    _at_start = function


def enter():
    """The calling thread begins to work for a request."""
    if _at_start is not None:
        _at_start()


def current():
    """`{method, path, client, id, since}` of the request that this thread serves or served last,
    or None.

    It is kept after the app returns: its answer may be a generator that is still to be run.
    """
    noted = _of_task.get() or getattr(_serving, "request", None)
    return noted and _describe(noted)


def track(app):
    """The WSGI app, with each request noted before it is called."""

    def tracked(environ, start_response):
        if _at_start is not None:
            _at_start()
        get = environ.get
        _serving.request = noted = (
            get("REQUEST_METHOD"),
            get("RAW_URI"),
            get("PATH_INFO"),
            get("QUERY_STRING"),
            get("HTTP_X_FORWARDED_FOR"),
            get("REMOTE_ADDR"),
            request_id.of_environ(environ),
        )
        # For what is run elsewhere on its behalf: greenlets, Django's asynchronous views.
        _of_task.set(noted)
        return app(environ, start_response)

    return tracked


def track_asgi(app):
    """The ASGI app, with each request noted before it is called."""

    async def tracked(scope, receive, send):
        if scope["type"] in ("http", "websocket"):
            if _at_start is not None:
                _at_start()
            _of_task.set(_note_scope(scope))
        await app(scope, receive, send)

    return tracked


def _note_scope(scope):
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
        request_id.of_scope(scope),
    )


def _describe(noted):
    method, raw, path, query, forwarded, address, mark = noted
    if not raw:
        raw = (path or "/").encode("latin-1", "replace").decode("utf-8", "replace")
        raw += "?" + query if query else ""
    client = (forwarded or "").split(",")[0].strip() or address or None
    return {
        "method": short(method or "GET", 32),
        "path": short(raw),
        "client": client and short(client, 128),
        **request_id.described(*mark),
    }
