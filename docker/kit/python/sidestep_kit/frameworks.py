"""Where each framework answers for an exception that nobody handled: the kit is told just before.

What the app handles never gets there: 404, 403, its own error handlers. Nothing else is changed.
"""

import functools

from . import unhandled


def patch(module):
    """Hooks into a module of a framework that has just been imported."""
    _PATCHES[module.__name__](module)


def _django(module):
    """Django's WSGI and ASGI handlers call it by its global name, once for each exception."""
    original = module.handle_uncaught_exception

    @functools.wraps(original)
    def handle_uncaught_exception(request, resolver, exc_info):
        unhandled.note(exc_info[1])
        return original(request, resolver, exc_info)

    module.handle_uncaught_exception = handle_uncaught_exception


def _flask(module):
    """Also before a handler of the status 500: that is a page, it handles nothing."""
    original = module.Flask.handle_exception

    @functools.wraps(original)
    def handle_exception(self, e):
        unhandled.note(e)
        return original(self, e)

    module.Flask.handle_exception = handle_exception
    unhandled.keeps_contexts = True


def _starlette(module):
    """ServerErrorMiddleware raises again, but when its answer is already sent."""
    original = module.ServerErrorMiddleware.__init__

    @functools.wraps(original)
    def __init__(self, app, *args, **options):
        async def noting(scope, receive, send):
            try:
                await app(scope, receive, send)
            except Exception as error:
                unhandled.note(error)
                raise

        original(self, noting, *args, **options)

    module.ServerErrorMiddleware.__init__ = __init__


_PATCHES = {
    "django.core.handlers.exception": _django,
    "flask.app": _flask,
    "starlette.middleware.errors": _starlette,
}
