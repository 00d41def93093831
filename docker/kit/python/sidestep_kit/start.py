"""What the kit does when Python starts: hooks only; no thread, no socket, no heavy import."""

import os
import sys

from . import config, hooks, servers

#: Where frameworks answer for an exception that nobody handled.
_FRAMEWORKS = ("django.core.handlers.exception", "flask.app", "starlette.middleware.errors")

#: It may be called twice: by a `.pth` file, and by `sitecustomize`.
_installed = False


def install(folder):
    """Installs the hooks, once; `folder` is the kit's entry of PYTHONPATH."""
    global _installed
    if not config.SOCKET or _installed:
        return
    _installed = True
    if not config.another_debugger():
        sys.breakpointhook = breakpointhook
    hooks.when_imported("pdb", _patch_pdb)
    hooks.when_imported("sqlite3.dbapi2", _patch_sqlite)
    if config.ON_EXCEPTION != "none":
        for module in _FRAMEWORKS:
            hooks.when_imported(module, _patch_framework)
    _stay_first(folder)
    servers.install()


def breakpointhook(*_args, header=None, commands=None, **_options):
    """`breakpoint()`: pauses this thread, at the line of the caller."""
    # The frame first: what is imported below must not stand between.
    frame = sys._getframe(1)
    from . import debugger

    debugger.stop(frame, header, commands)


def _patch_pdb(pdb):
    from . import patch_pdb

    patch_pdb.install(pdb)


def _patch_sqlite(module):
    from . import sqlite

    sqlite.patch(module)


def _patch_framework(module):
    from . import frameworks

    frameworks.patch(module)


def _stay_first(folder):
    """Keeps the kit first on PYTHONPATH in programs that this one becomes.

    Launchers such as `opentelemetry-instrument` put a folder with a `sitecustomize` of their own
    before ours, which would hide it; ours runs the next one, so it has to be the first.
    """

    def first(path):
        entries = path.split(os.pathsep)
        if folder not in entries or entries[0] == folder:
            return path
        return os.pathsep.join([folder] + [entry for entry in entries if entry != folder])

    execv, execve = os.execv, os.execve

    def kit_execv(path, args):
        if "PYTHONPATH" in os.environ:
            os.environ["PYTHONPATH"] = first(os.environ["PYTHONPATH"])
        execv(path, args)

    def kit_execve(path, args, env):
        if isinstance(env.get("PYTHONPATH"), str):
            env = dict(env, PYTHONPATH=first(env["PYTHONPATH"]))
        execve(path, args, env)

    os.execv, os.execve = kit_execv, kit_execve
