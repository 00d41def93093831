"""Werkzeug's own server, which is Flask's: no reloader, which would end a paused process."""

import functools
import inspect

from . import server, serving

#: What is in the way of a pause, or of the session's own debugger.
_FORCED = {"use_reloader": False, "use_debugger": False, "processes": 1}


def patch_serving(module):
    """Wraps what `flask run` and `app.run()` end in."""
    original = module.run_simple
    signature = inspect.signature(original)

    @functools.wraps(original)
    def run_simple(*args, **kwargs):
        server.claim()
        call = signature.bind(*args, **kwargs)
        was = _describe(call.arguments)
        call.arguments.update(_FORCED, threaded=server.threaded())
        server.said("werkzeug", _describe(call.arguments), was)
        call.arguments["application"] = serving.wsgi(call.arguments["application"])
        serving.loaded(server.title("werkzeug"))
        return original(*call.args, **call.kwargs)

    module.run_simple = run_simple


def _describe(arguments):
    parts = ["a thread for each request" if arguments.get("threaded") else "1 thread"]
    if arguments.get("processes", 1) > 1:
        parts = ["%d processes" % arguments["processes"]]
    parts.append("reload" if arguments.get("use_reloader") else "no reload")
    if arguments.get("use_debugger"):
        parts.append("its own debugger")
    return ", ".join(parts)
