"""Makes `pdb.set_trace()` open the kit's debugger."""

import sys


def install(pdb):
    """Replaces `set_trace`, and `set_trace_async` where there is one, in the module `pdb`."""
    original = pdb.set_trace

    def set_trace(*_args, header=None, commands=None):
        frame = sys._getframe(1)
        from . import debugger

        debugger.stop(frame, header, commands)

    set_trace.__doc__ = original.__doc__
    pdb.set_trace = set_trace
    if hasattr(pdb, "set_trace_async"):
        pdb.set_trace_async = _set_trace_async


async def _set_trace_async(*, header=None, commands=None):
    """Python 3.14: like `set_trace`, and statements typed may await."""
    frame = sys._getframe().f_back
    from . import debugger

    await debugger.stop_async(frame, header, commands)
