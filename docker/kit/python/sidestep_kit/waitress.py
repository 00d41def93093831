"""waitress: one thread serves, or as many as the session asks for."""

import functools

from . import server, serving


def patch_server(module):
    """Wraps what makes the server of an app; before `waitress` itself has taken it from here."""
    original = module.create_server

    @functools.wraps(original)
    def create_server(application, *args, **kwargs):
        server.claim()
        was = kwargs.get("threads", 4)
        kwargs["threads"] = server.threads()
        server.said("waitress", _threads(server.threads()), _threads(was))
        if application is not None:
            application = serving.wsgi(application)
        made = original(application, *args, **kwargs)
        serving.loaded(server.title("waitress"))
        return made

    module.create_server = create_server


def _threads(count):
    return "%s thread%s" % (count, "" if count == 1 else "s")
