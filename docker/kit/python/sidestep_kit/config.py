"""The only file that reads the kit's environment; once, since the app may clean it."""

import os

#: The sidecar's unix socket for this session, or an empty string: then the kit does nothing.
SOCKET = os.environ.get("SIDESTEP_KIT_SOCKET", "")
#: What every connection begins with.
TOKEN = os.environ.get("SIDESTEP_TOKEN", "")
#: What an unhandled exception opens: browser (Werkzeug's debugger), terminal (pdb) or none.
ON_EXCEPTION = os.environ.get("SIDESTEP_ON_EXCEPTION", "none")
#: What unlocks the debugger in the browser: `123-456-789`.
PIN = os.environ.get("SIDESTEP_PIN", "")
#: What the requests of the debugger's page carry, by which they find their replica.
DEBUGGER_SECRET = os.environ.get("SIDESTEP_DEBUGGER_SECRET", "")
#: How many requests are served at a time: sync (one) or threads.
CONCURRENCY = os.environ.get("SIDESTEP_CONCURRENCY", "sync")
#: The port of the app, or an empty string where it is not known.
PORT = os.environ.get("SIDESTEP_PORT", "")
#: Where the container's command starts, or an empty string.
WORKDIR = os.environ.get("SIDESTEP_WORKDIR", "")

#: Values of PYTHONBREAKPOINT that do not ask for another debugger.
_OURS = ("", "0", "pdb.set_trace")


def another_debugger():
    """What PYTHONBREAKPOINT names instead of pdb, or an empty string."""
    named = os.environ.get("PYTHONBREAKPOINT", "")
    return "" if named in _OURS else named
