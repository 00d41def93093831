"""The number by which the interceptor knows a request, in a header that the app does not see."""

from .wire import short

_HEADER = b"x-sidestep-request"
#: Its key in a WSGI environ: it is taken out with what is noted of the request.
ENVIRON = "HTTP_X_SIDESTEP_REQUEST"


def of_scope(scope):
    """Takes the header out of an ASGI scope: the request's number or None."""
    found = [value for name, value in scope["headers"] if name.lower() == _HEADER]
    if not found:
        return None
    scope["headers"] = [pair for pair in scope["headers"] if pair[0].lower() != _HEADER]
    return found[0].decode("latin-1")


def described(number=None, since=None):
    """What the sidecar is told of it."""
    told = {}
    if number:
        told["id"] = short(number, 64)
    if since:
        told["since"] = int(since * 1000)
    return told
