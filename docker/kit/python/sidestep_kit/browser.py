"""The debugger in the browser: the page of an exception, and the commands of that page."""

import hmac
import sys
import threading
import traceback
from urllib.parse import parse_qs

from . import config, log

#: The frames of so many exceptions are kept, for the commands of their pages.
KEPT = 20

_GONE = (
    "This page of the debugger is of the past: the app was started again, or %d more exceptions"
    " came. Load it again to see the exception anew; nothing was run.\n" % KEPT
)
_LOCKED = "Locked: enter the PIN. It is shown by: sidestep get sessions -o wide\n"

_lock = threading.Lock()
_debugger = None


def is_protected():
    """Whether there is a PIN: without one there is no debugger in the browser."""
    if config.PIN and config.DEBUGGER_SECRET:
        return True
    log.once("the sidecar gave no PIN: exceptions are not shown in the browser")
    return False


def is_command(query):
    """Whether the query is of a request by the debugger's page, which is not the app's."""
    return "__debugger__" in query and parse_qs(query).get("__debugger__") == ["yes"]


def page(environ, watch, contexts, logged):
    """Status, headers and body of the page of an exception; None if it cannot be shown.

    `logged`: the app has told of the exception; otherwise its log is told here.
    """
    try:
        body = _loaded().page(environ, watch.error, watch.traceback, contexts)
    except Exception as failure:
        log.once("an exception cannot be shown in the browser: %r" % (failure,))
        return None
    if not logged:
        _report(watch.error)
    if environ.get("REQUEST_METHOD") == "HEAD":
        body = b""
    return (
        "500 INTERNAL SERVER ERROR",
        [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            # In no frame of another site: a click on it runs code.
            ("Content-Security-Policy", "frame-ancestors 'self'"),
            ("X-Content-Type-Options", "nosniff"),
        ],
        body,
    )


def command(environ, start_response):
    """Answers a request of the debugger's page, as a WSGI app; never runs the app itself."""
    try:
        refused = _refusal(environ)
        if refused is None:
            return _loaded()(environ, start_response)
    except Exception as failure:
        refused = ("500 INTERNAL SERVER ERROR", "The debugger failed: %r\n" % (failure,))
    status, text = refused
    body = text.encode()
    start_response(
        status,
        [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))],
    )
    return [body]


def _refusal(environ):
    """Status and text for what Werkzeug would not take for a command, but run the view for."""
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    name, file, secret, frame = (query.get(key, [""])[0] for key in ("cmd", "f", "s", "frm"))
    if name == "resource" and file:
        return None
    if hmac.compare_digest(secret.encode("utf-8", "replace"), config.DEBUGGER_SECRET.encode()):
        if name == "printpin" or (name == "pinauth" and "pin" in query):
            return None
        if frame.isdigit() and _loaded().has_frame(int(frame)):
            return None if _loaded().is_unlocked(environ) else ("403 FORBIDDEN", _LOCKED)
    return ("410 GONE", _GONE)


def _loaded():
    """Werkzeug's debugger, and all that it imports, when it is first needed."""
    global _debugger
    with _lock:
        if _debugger is None:
            from . import werkzeug_debugger

            _debugger = werkzeug_debugger.load(
                config.PIN, config.DEBUGGER_SECRET, config.TOKEN, KEPT
            )
        return _debugger


def _report(error):
    """In the app's log, in the form that every server gives it."""
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except Exception:
        pass  # A closed stderr is the app's choice.
