"""gevent's and eventlet's own servers, where gunicorn does not run them."""

import functools

from . import server, serving

_HOLDS = "%s serves all requests in one thread: a pause holds all of them"


def patch_pywsgi(module):
    """Wraps the constructor of gevent's server."""
    original = module.WSGIServer.__init__

    @functools.wraps(original)
    def init(self, listener, application=None, *args, **kwargs):
        if application is not None and not server.claimed():
            application = _follow(application, "gevent")
        original(self, listener, application, *args, **kwargs)

    module.WSGIServer.__init__ = init


def patch_eventlet(module):
    """Wraps the function that serves."""
    original = module.server

    @functools.wraps(original)
    def kit_server(sock, site, *args, **kwargs):
        if not server.claimed():
            site = _follow(site, "eventlet")
        return original(sock, site, *args, **kwargs)

    module.server = kit_server


def _follow(app, package):
    server.claim()
    notice = server.warning("AsyncWorker", _HOLDS % package)
    serving.loaded(server.title(package), [notice])
    return serving.wsgi(app)
