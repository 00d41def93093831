"""hypercorn: one worker, no reload, no pings that a pause would miss."""

import functools

from . import asgi_threads, server, serving

#: What is set after all configuration was read; only what this version has.
_SETTINGS = (
    ("workers", 1),
    ("use_reloader", False),
    ("max_requests", None),
    ("websocket_ping_interval", None),
    # A breakpoint while the app starts up.
    ("startup_timeout", 86400),
)


def patch_run(module):
    """Wraps what the command line ends in."""
    original = module.run

    @functools.wraps(original)
    def run(config):
        server.claim()
        _force(config)
        return original(config)

    module.run = run


def patch_config(module):
    """An app that is served by `hypercorn.asyncio.serve` begins with a configuration."""
    original = module.Config.__init__

    def init(self, *args, **kwargs):
        server.claim()
        original(self, *args, **kwargs)

    module.Config.__init__ = init


def patch_utils(module):
    """Wraps what loads the app: before 0.14 it gives the app, later something around it."""
    if hasattr(module, "wrap_app"):
        _wrap_result(module, "wrap_app", _inside)
    else:
        _wrap_result(module, "load_application", _asgi)


def _wrap_result(module, name, wrap):
    original = getattr(module, name)

    @functools.wraps(original)
    def loaded(*args, **kwargs):
        server.claim()  # Workers are processes that begin here.
        app = wrap(original(*args, **kwargs))
        serving.loaded(server.title("hypercorn"))
        return app

    setattr(module, name, loaded)


def _asgi(app):
    return serving.asgi(asgi_threads.spread(app))


def _inside(wrapper):
    kind = serving.wsgi if type(wrapper).__name__ == "WSGIWrapper" else _asgi
    wrapper.app = kind(wrapper.app)
    return wrapper


def _force(config):
    was = "%d worker%s" % (config.workers, "" if config.workers == 1 else "s")
    if config.use_reloader:
        was += ", reload"
    for name, value in _SETTINGS:
        if hasattr(config, name):
            setattr(config, name, value)
    server.said("hypercorn", "1 worker, no reload", was)
