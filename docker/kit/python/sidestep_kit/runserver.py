"""Django's runserver: one thread serves, in the process that was started; no autoreload."""

import functools
import inspect

from . import log, server, serving


def patch_basehttp(module):
    """Wraps what serves the app, whoever's runserver that is."""
    original = module.run
    signature = inspect.signature(original)

    @functools.wraps(original)
    def run(*args, **kwargs):
        server.claim()
        call = signature.bind(*args, **kwargs)
        was = call.arguments.get("threading", False)
        call.arguments["threading"] = server.threaded()
        server.said("runserver", _describe(server.threaded()), _describe(was))
        call.arguments["wsgi_handler"] = serving.wsgi(call.arguments["wsgi_handler"])
        serving.loaded("runserver, %s" % server.title("Django"))
        return original(*call.args, **call.kwargs)

    module.run = run


def patch_autoreload(module):
    """The reloader runs the app in another thread of another process, which it ends at a change."""
    original = module.run_with_reloader

    @functools.wraps(original)
    def run_with_reloader(main_func, *args, **kwargs):
        log.once("runserver: no autoreload while it is debugged")
        if "use_reloader" in kwargs:
            kwargs["use_reloader"] = False
        return main_func(*args, **kwargs)

    module.run_with_reloader = run_with_reloader


def _describe(threading):
    return "a thread for each request" if threading else "1 thread"
