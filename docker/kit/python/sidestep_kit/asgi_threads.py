"""A thread for each request of an ASGI app, where the session asks for threads.

asgiref runs all synchronous views of Django before 4.0 in one thread, in which a pause would hold
the others; in a context of its own each request gets its own.
"""

import sys

from . import server


def spread(app):
    """The ASGI app, with such a context around each request; as it is, where none is asked for."""
    if not server.threaded():
        return app

    async def spreading(scope, receive, send):
        asgiref = sys.modules.get("asgiref.sync")
        context = getattr(asgiref, "ThreadSensitiveContext", None)
        if context is None or scope["type"] == "lifespan":
            return await app(scope, receive, send)
        async with context():
            return await app(scope, receive, send)

    return spreading
