"""Makes `pdb.set_trace()` and `pdb.post_mortem()` open the kit's debugger."""

import sys


def install(pdb):
    """Replaces `set_trace`, `post_mortem`, and `set_trace_async` where there is one, in the module
    `pdb`."""
    original = pdb.set_trace

    def set_trace(*_args, header=None, commands=None):
        frame = sys._getframe(1)
        from . import debugger

        debugger.stop(frame, header, commands)

    set_trace.__doc__ = original.__doc__
    pdb.set_trace = set_trace
    # `pdb.pm()` calls it too.
    post_mortem.__doc__ = pdb.post_mortem.__doc__
    pdb.post_mortem = post_mortem
    if hasattr(pdb, "set_trace_async"):
        pdb.set_trace_async = _set_trace_async


def post_mortem(t=None):
    """In place of pdb's: `t` is a traceback or, as since Python 3.13, an exception."""
    given = sys.exc_info()[1] if t is None else t
    if isinstance(given, BaseException):
        error, traceback = given, given.__traceback__
    else:
        error, traceback = _exception_of(given), given
    if traceback is None:
        raise ValueError("A valid traceback must be passed if no exception is being handled")
    from . import debugger

    debugger.post_mortem(error, traceback)


def _exception_of(traceback):
    """The exception that a traceback belongs to, as far as Python still knows it."""
    for error in (sys.exc_info()[1], getattr(sys, "last_value", None)):
        if error is not None and _has(error, traceback):
            return error
    return Exception("the exception of this traceback is not known any more")


def _has(error, traceback):
    each = error.__traceback__
    while each is not None and each is not traceback:
        each = each.tb_next
    return each is traceback


async def _set_trace_async(*, header=None, commands=None):
    """Python 3.14: like `set_trace`, and statements typed may await."""
    frame = sys._getframe().f_back
    from . import debugger

    await debugger.stop_async(frame, header, commands)
