"""uvicorn: one process, no reload, no pings that a pause would miss; also as gunicorn's worker."""

import functools

from . import asgi_threads, log, server, serving

#: What is set after all configuration was read; only what this version has.
_SETTINGS = (
    ("workers", 1),
    ("reload", False),
    # Before 0.18: it reloads, too.
    ("debug", False),
    # It would end the process.
    ("limit_max_requests", None),
    ("ws_ping_interval", None),
    ("ws_ping_timeout", None),
)


def patch_config(module):
    """Wraps what reads the configuration, and what loads the app."""
    config = module.Config
    init, load = config.__init__, config.load

    @functools.wraps(init)
    def kit_init(self, *args, **kwargs):
        server.claim()
        init(self, *args, **kwargs)
        try:
            _force(self)
        except Exception as error:
            log.once("cannot configure uvicorn: %r" % (error,))

    @functools.wraps(load)
    def kit_load(self):
        load(self)
        try:
            _loaded(self)
        except Exception as error:
            log.once("cannot follow the requests of uvicorn: %r" % (error,))

    config.__init__, config.load = kit_init, kit_load


def _force(config):
    was = _describe(config)
    for name, value in _SETTINGS:
        if hasattr(config, name):
            setattr(config, name, value)
    if not _in_gunicorn(config):
        server.said("uvicorn", "1 process, no reload", was)


def _describe(config):
    parts = ["%d process%s" % (config.workers, "" if config.workers == 1 else "es")]
    if config.reload or getattr(config, "debug", False):
        parts.append("reload")
    if config.limit_max_requests:
        parts.append("%d requests" % config.limit_max_requests)
    return ", ".join(parts)


def _loaded(config):
    config.loaded_app = serving.asgi(asgi_threads.spread(config.loaded_app))
    # gunicorn's own hook has told the sidecar.
    if not _in_gunicorn(config):
        serving.loaded(server.title("uvicorn"))


def _in_gunicorn(config):
    """Whether gunicorn's uvicorn worker made this: it alone asks to be notified."""
    return getattr(config, "callback_notify", None) is not None
