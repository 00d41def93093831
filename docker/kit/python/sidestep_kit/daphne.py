"""daphne: no timeouts that a pause would overrun; it has one process anyway."""

import functools

from . import asgi_threads, log, server, serving

#: A year: these take part in comparisons, so they must be numbers.
_NEVER = 365 * 86400

_SETTINGS = (
    # A request that takes longer is answered with 503.
    ("http_timeout", None),
    ("websocket_timeout", _NEVER),
    ("websocket_connect_timeout", _NEVER),
    ("websocket_handshake_timeout", _NEVER),
    ("ping_interval", _NEVER),
    ("ping_timeout", _NEVER),
    # What has lost its client is cancelled after this.
    ("application_close_timeout", _NEVER),
)


def patch_server(module):
    """Wraps the constructor, which has all of the configuration; runserver's, too."""
    original = module.Server.__init__

    @functools.wraps(original)
    def init(self, *args, **kwargs):
        server.claim()
        original(self, *args, **kwargs)
        was = getattr(self, "http_timeout", None)
        for name, value in _SETTINGS:
            if hasattr(self, name):
                setattr(self, name, value)
        server.said("daphne", "no timeout", was and "%s s" % was)
        try:
            self.application = serving.asgi(asgi_threads.spread(self.application))
        except Exception as error:
            log.once("cannot follow the requests of daphne: %r" % (error,))
        serving.loaded(server.title("daphne"))

    module.Server.__init__ = init
