"""The request that a stack serves, as its own frames tell: for whoever looks from another thread."""

from .wire import short

#: By these names servers and frameworks keep a request that they serve.
_ENVIRON, _SCOPE, _CONTEXT = ("environ", "env"), "scope", "context"


def frames(stack):
    """`{method, path, client}` of the request that these frames serve, or None.

    `stack` has the innermost frame first; the outermost that knows a request is the server's or
    the kit's, and what it knows is what the client has asked for.
    """
    for frame in reversed(stack):
        names = frame.f_code.co_varnames
        for name in _ENVIRON:
            if name in names:
                found = _of_environ(frame.f_locals.get(name))
                if found:
                    return found
        if _SCOPE in names or _SCOPE in frame.f_code.co_cellvars:
            found = _of_scope(frame.f_locals.get(_SCOPE))
            if found:
                return found
        # A thread that works for a task (`run_in_threadpool`) has a copy of its context.
        if _CONTEXT in names and frame.f_globals.get("__name__", "").startswith("anyio."):
            found = _of_context(frame.f_locals.get(_CONTEXT))
            if found:
                return found
    return None


def _of_environ(environ):
    if type(environ) is not dict or "REQUEST_METHOD" not in environ:
        return None
    path = environ.get("RAW_URI")
    if not path:
        path = str(environ.get("SCRIPT_NAME") or "") + str(environ.get("PATH_INFO") or "/")
        path = _text(path.encode("latin-1", "replace"))
        path += "?%s" % environ["QUERY_STRING"] if environ.get("QUERY_STRING") else ""
    forwarded = str(environ.get("HTTP_X_FORWARDED_FOR") or "").split(",")[0].strip()
    return _request(environ["REQUEST_METHOD"], path, forwarded or environ.get("REMOTE_ADDR"))


def _of_scope(scope):
    if type(scope) is not dict or scope.get("type") not in ("http", "websocket"):
        return None
    path = scope.get("raw_path") or str(scope.get("path") or "/").encode("utf-8", "replace")
    query = scope.get("query_string")
    headers = scope.get("headers")
    forwarded = [
        value for name, value in (headers if isinstance(headers, (list, tuple)) else ())
        if name == b"x-forwarded-for"
    ]
    client = scope.get("client")
    return _request(
        scope.get("method") or ("WEBSOCKET" if scope["type"] == "websocket" else "GET"),
        _text(path) + ("?" + _text(query) if query else ""),
        _text(forwarded[0]).split(",")[0].strip() if forwarded else client and client[0],
    )


def _of_context(context):
    try:
        noted = [value for key, value in context.items() if key.name == "sidestep_request"]
    except (AttributeError, RuntimeError):
        return None
    return noted[0] and noted[0].describe() if noted else None


def _request(method, path, client):
    return {
        "method": short(str(method), 32),
        "path": short(str(path)),
        "client": short(str(client), 128) if client else None,
    }


def _text(value):
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
