"""Framing of all control connections: JSON lines, UTF-8, at most 64 KiB each."""

import json

MAX_LINE = 64 * 1024


class BadPeer(Exception):
    """What came in is not the protocol; the connection has to be dropped."""


def encode(message):
    """A message as a line; texts in it have been bounded by those who made it."""
    return json.dumps(message).encode() + b"\n"


def short(text, limit=2048):
    """A text cut so that a line with several of them stays below the limit."""
    return text if len(text) <= limit else text[: limit - 1] + "\u2026"


class Lines:
    """Cuts a byte stream into messages; holds at most one line."""

    def __init__(self):
        self._rest = b""

    def feed(self, data):
        """The messages that `data` completes; raises BadPeer."""
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > MAX_LINE:
            raise BadPeer("a line of more than %d bytes" % MAX_LINE)
        return [_decode(line) for line in lines]


def _decode(line):
    if len(line) > MAX_LINE:
        raise BadPeer("a line of more than %d bytes" % MAX_LINE)
    try:
        message = json.loads(line.decode())
    except (ValueError, RecursionError):
        raise BadPeer("a line that is not JSON: %r" % line[:40]) from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise BadPeer("a message without a type: %r" % line[:40])
    return message
