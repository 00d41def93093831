"""One-line messages to the app's log."""

import sys

_said = set()
#: So many different messages are said once; more of them would be a flood.
_MOST = 1000


def once(message):
    """Writes `sidestep: MESSAGE` to stderr, the first time that this message is given."""
    if message in _said or len(_said) >= _MOST:
        return
    _said.add(message)
    line(message)


def line(message):
    """Writes `sidestep: MESSAGE` to stderr."""
    try:
        stream = sys.__stderr__ or sys.stderr
        stream.write("sidestep: %s\n" % message)
        stream.flush()
    except Exception:
        pass  # A closed stderr is the app's choice.
