"""The servers that the kit knows: which module, once imported, is given to which hook."""

import sys

from . import hooks

#: Module of the server; file of the kit, and the function in it that is called with the module.
_HOOKS = (
    ("anyio.to_thread", "pool_threads", "patch_anyio"),
    ("asgiref.sync", "pool_threads", "patch_asgiref"),
    ("gunicorn.arbiter", "gunicorn", "patch_arbiter"),
    ("gunicorn.workers.base", "gunicorn", "patch_worker"),
    ("uvicorn.config", "uvicorn", "patch_config"),
    ("waitress.server", "waitress", "patch_server"),
    ("werkzeug.serving", "werkzeug", "patch_serving"),
    ("django.core.servers.basehttp", "runserver", "patch_basehttp"),
    ("django.utils.autoreload", "runserver", "patch_autoreload"),
    ("hypercorn.run", "hypercorn", "patch_run"),
    ("hypercorn.config", "hypercorn", "patch_config"),
    ("hypercorn.utils", "hypercorn", "patch_utils"),
    ("daphne.server", "daphne", "patch_server"),
    ("socket", "listening", "patch_socket"),
    ("gevent.pywsgi", "greenservers", "patch_pywsgi"),
    ("eventlet.wsgi", "greenservers", "patch_eventlet"),
    ("gevent.monkey", "greenlets", "keep_real"),
    ("eventlet.patcher", "greenlets", "keep_real"),
)


def install():
    """Registers the hooks; what they do is imported with the server that they are for."""
    for module, file, function in _HOOKS:
        hooks.when_imported(module, _lazily(file, function))
    # uWSGI is no module: it is the program in which this Python is embedded.
    if "uwsgi" in (sys.executable or "").rpartition("/")[2]:
        from . import uwsgi

        uwsgi.start_again()


def files():
    """The kit's files that are for servers: each is loaded with the server that it is for."""
    return {file for _, file, _ in _HOOKS} | {"uwsgi"}


def _lazily(file, function):
    def run(module):
        # An import here would be paid by each start of Python.
        import importlib

        getattr(importlib.import_module("." + file, __package__), function)(module)

    return run
