"""Threads of a pool that run what an ASGI app does synchronously: they notice breakpoints, too.

Before Python 3.12 a thread has to be traced by itself. Those of a pool run already when a
breakpoint is made, and do not go through the app's entry.
"""

import sys

from . import request

#: Later ones notice lines in all threads.
_NEEDED = sys.version_info < (3, 12)


def patch_anyio(to_thread):
    """Wraps what runs a function in a thread: Starlette's and FastAPI's way."""
    if not _NEEDED:
        return
    original = to_thread.run_sync

    async def run_sync(func, *args, **options):
        def entering(*given):
            request.enter()
            return func(*given)

        return await original(entering, *args, **options)

    to_thread.run_sync = run_sync


def patch_asgiref(sync):
    """The same of Django's."""
    if not _NEEDED:
        return
    original = sync.SyncToAsync.thread_handler

    def thread_handler(self, *args, **options):
        request.enter()
        return original(self, *args, **options)

    sync.SyncToAsync.thread_handler = thread_handler
