"""Starts the kit in every Python of the replica, then runs the `sitecustomize` it stands before."""

import os
import sys


def _start_kit():
    """Never raises: SystemExit or an error in here would abort the app's Python."""
    try:
        from sidestep_kit import start

        start.install(os.path.dirname(os.path.abspath(__file__)))
    except BaseException as error:
        try:
            sys.stderr.write("sidestep: the kit did not start: %r\n" % (error,))
        except BaseException:
            pass


def _run_next():
    """Imports the `sitecustomize` that would have run without the kit; its errors are its own.

    The kit's folder leaves `sys.path`: the app sees the path it would have had. Processes started
    from here get the kit again by their environment.
    """
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != here or not entry]
    this = sys.modules.pop(__name__)
    try:
        __import__(__name__)
    except ImportError as error:
        if error.name != __name__:
            raise
    finally:
        # The import system expects to find the name when this file has been run.
        sys.modules.setdefault(__name__, this)


_start_kit()
if __name__ == "sitecustomize":
    _run_next()
