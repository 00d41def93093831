"""The number by which the interceptor knows a request, in a header that the app does not see."""

import time

from .wire import short

_HEADER = b"x-sidestep-request"
_ENVIRON = "HTTP_X_SIDESTEP_REQUEST"


def of_environ(environ):
    """Takes the header out of a WSGI environ: the request's number or None, and the time."""
    return environ.pop(_ENVIRON, None), time.time()


def of_scope(scope):
    """The same of an ASGI scope."""
    found = [value for name, value in scope["headers"] if name.lower() == _HEADER]
    if not found:
        return None, time.time()
    scope["headers"] = [pair for pair in scope["headers"] if pair[0].lower() != _HEADER]
    return found[0].decode("latin-1"), time.time()


def described(number=None, since=None):
    """What the sidecar is told of it."""
    told = {}
    if number:
        told["id"] = short(number, 64)
    if since:
        told["since"] = int(since * 1000)
    return told
