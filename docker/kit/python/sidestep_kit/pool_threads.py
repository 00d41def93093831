"""Threads of a pool that run what an ASGI app does synchronously: they notice breakpoints, too.

Before Python 3.12 a thread has to be traced by itself. Those of a pool run already when a
breakpoint is made, and do not go through the app's entry.
"""

import sys

from . import hooks


def install():
    """Waits for the pools' modules; later Pythons need nothing of it."""
    if sys.version_info < (3, 12):
        hooks.when_imported("anyio.to_thread", _patch_anyio)
        hooks.when_imported("asgiref.sync", _patch_asgiref)


def _patch_anyio(to_thread):
    from . import request

    original = to_thread.run_sync

    async def run_sync(func, *args, **options):
        def entering(*given):
            request.enter()
            return func(*given)

        return await original(entering, *args, **options)

    to_thread.run_sync = run_sync


def _patch_asgiref(sync):
    from . import request

    original = sync.SyncToAsync.thread_handler

    def thread_handler(self, *args, **options):
        request.enter()
        return original(self, *args, **options)

    sync.SyncToAsync.thread_handler = thread_handler
