"""Starts the kit where Python ignores its environment: called by a `.pth` file in the replica."""

import os
import sys


def load(environment):
    """`environment` is the session's part of it, which the app may have been started without."""
    here = os.path.dirname(os.path.abspath(__file__))
    try:
        for name, value in environment.items():
            os.environ.setdefault(name, value)
        from sidestep_kit import start

        start.install(here)
    finally:
        # The app sees the path that it would have had.
        sys.path.remove(here)
