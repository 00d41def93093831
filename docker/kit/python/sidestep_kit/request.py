"""The request that each thread serves, for whoever asks when it pauses."""

import threading

from . import request_id
from .wire import short

_serving = threading.local()


def current():
    """`{method, path, client, id, since}` of the request that this thread serves or served last,
    or None.

    It is kept after the app returns: its answer may be a generator that is still to be run.
    """
    return getattr(_serving, "request", None) and _describe(_serving.request)


def track(app):
    """The WSGI app, with each request noted before it is called."""

    def tracked(environ, start_response):
        _serving.request = (
            environ.get("REQUEST_METHOD"),
            environ.get("RAW_URI"),
            environ.get("PATH_INFO"),
            environ.get("QUERY_STRING"),
            environ.get("HTTP_X_FORWARDED_FOR"),
            environ.get("REMOTE_ADDR"),
            request_id.of_environ(environ),
        )
        return app(environ, start_response)

    return tracked


def _describe(noted):
    method, raw, path, query, forwarded, address, *mark = noted
    if not raw:
        raw = (path or "/").encode("latin-1", "replace").decode("utf-8", "replace")
        raw += "?" + query if query else ""
    client = (forwarded or "").split(",")[0].strip() or address or None
    return {
        "method": short(method or "GET", 32),
        "path": short(raw),
        "client": client and short(client, 128),
        **request_id.described(*(mark[0] if mark else ())),
    }
