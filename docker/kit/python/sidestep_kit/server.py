"""What the hooks of all servers share."""

from . import config, log

#: How many threads serve requests where the session asks for threads.
MANY = 16

#: Whether a server that has hooks of its own is being set up in this process, or its parent.
_claimed = False


def claim():
    """A known server is being set up: its hook tells the sidecar when the app is loaded."""
    global _claimed
    _claimed = True


def claimed():
    """Whether a known server is being set up."""
    return _claimed


def threaded():
    """Whether the session asks for a thread for each request."""
    return config.CONCURRENCY == "threads"


def threads():
    """How many threads may serve requests."""
    return MANY if threaded() else 1


def title(package):
    """The server's name and version: `uvicorn 0.17.6`."""
    try:
        from importlib import metadata

        return "%s %s" % (package, metadata.version(package))
    except Exception:
        return package  # Copied in, without its metadata.


def said(name, now, was):
    """Says once what the server is now, and what it would have been."""
    log.once("%s: %s (was: %s)" % (name, now, was) if was else "%s: %s" % (name, now))


def warning(reason, message):
    """A notice for the sidecar, which becomes a condition of the session; also said in the log."""
    log.once(message)
    return {"type": "notice", "level": "warning", "reason": reason, "message": message}
