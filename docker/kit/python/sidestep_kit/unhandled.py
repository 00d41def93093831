"""An exception that nobody handles, while its request is served.

Frameworks answer such an exception themselves; their hooks (`frameworks`) call `note` just before.
The app then goes on as it would have: its 500 page is made, middleware and signals run once. In the
browser the debugger's page then takes the place of that answer; a terminal opens in `note`.
"""

import bdb
import os

from . import config, log, request

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep


#: Whether Flask is there, which keeps its contexts for the debugger.
keeps_contexts = False


class Watch(request.Served):
    """What is known of one request: the exception that nobody handled, if there was one."""

    error = None
    traceback = None
    #: Whether it was answered.
    over = False

    def note(self, error):
        """An exception goes out of the app, or its framework is about to answer it."""
        if self.over or error is self.error or isinstance(error, bdb.BdbQuit):
            return
        first = self.error is None
        self.error, self.traceback = error, _of_the_app(error.__traceback__)
        if first and config.ON_EXCEPTION == "terminal":
            _post_mortem(error, self.traceback)


def note(error):
    """Called by the frameworks' hooks."""
    served = request.serving.get()
    if served is not None:
        served.note(error)


def _of_the_app(traceback):
    """Without the kit's own frames, which caught it."""
    inner = traceback
    while inner is not None and inner.tb_frame.f_code.co_filename.startswith(_HERE):
        inner = inner.tb_next
    return inner or traceback


def _post_mortem(error, traceback):
    try:
        from . import debugger

        debugger.post_mortem(error, traceback)
    except Exception as failure:
        log.once("no post-mortem: %r" % (failure,))
