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
