"""What is different when a thread pauses because of an exception: there is nothing left to run."""

import collections
import sys

from .wire import short

#: Commands of pdb that would run the frame further.
STEPS = frozenset("s step n next unt until r return j jump".split())
NO_STEPS = "the frames have ended by the exception; look around, and `c` lets the app answer it"

_MAX_HEADLINE = 200
_MAX_CHAIN = 20

#: What a pause tells of a frame.
Place = collections.namedtuple("Place", "f_code f_lineno")


def place(tb_or_error):
    """Where an exception was raised: the innermost frame has gone on since."""
    traceback = getattr(tb_or_error, "__traceback__", tb_or_error)
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    return Place(traceback.tb_frame.f_code, traceback.tb_lineno)


def outermost(frame):
    """The first frame of a thread."""
    while frame.f_back is not None:
        frame = frame.f_back
    return frame


def headline(error):
    """`ZeroDivisionError: division by zero`, on one line."""
    return short(" ".join(_describe(error).split()), _MAX_HEADLINE)


def _describe(error):
    kind = type(error)
    name = kind.__qualname__
    if kind.__module__ not in ("builtins", "__main__"):
        name = kind.__module__ + "." + name
    try:
        text = str(error)
    except Exception:
        text = "<its str() failed>"
    return "%s: %s" % (name, text) if text else name


def introduction(error):
    """The exception, and those that it came from, as the terminal shows them."""
    lines = [headline(error)]
    seen = {id(error)}
    while len(lines) < _MAX_CHAIN:
        word, former = "caused by", error.__cause__
        if former is None and not error.__suppress_context__:
            word, former = "while handling", error.__context__
        if former is None or id(former) in seen:
            break
        seen.add(id(former))
        lines.append("  %s %s" % (word, headline(former)))
        error = former
    if len(lines) > 1 and sys.version_info >= (3, 13):
        lines.append("  (`exceptions` goes from one to the other)")
    return "\n".join(lines)


class traceback_of:
    """Context: the exception has this traceback, in which the kit's own frames are left out."""

    def __init__(self, error, traceback):
        self._error = error
        self._traceback = traceback

    def __enter__(self):
        self._former, self._error.__traceback__ = self._error.__traceback__, self._traceback

    def __exit__(self, *_):
        self._error.__traceback__ = self._former
