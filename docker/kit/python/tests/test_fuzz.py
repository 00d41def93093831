"""Whatever comes by the sidecar's socket, at random: the app goes on, and can be debugged afterwards.

SIDESTEP_FUZZ is how much more is tried; a failure names its seed, which SIDESTEP_FUZZ_SEED gives back.
"""

import copy
import itertools
import os
import random
import unittest

from sidestep_kit import wire

from .case import KitTestCase
from .sidecar import until
from .test_outside import LOOP, OutsideCase

FACTOR = float(os.environ.get("SIDESTEP_FUZZ") or 1)
SEED = os.environ.get("SIDESTEP_FUZZ_SEED") or str(random.randrange(2**31))

#: What the sidecar says; nothing of it is about what the apps of these tests run, or pause at.
SOUND = [
    {"type": "welcome", "session": "shop"},
    {"type": "continue", "pause": "0123abcd"},
    {"type": "terminal", "pause": "0123abcd", "name": "shop-1", "socket": "/no", "history": ["p 1"]},
    {"type": "breakpoints", "breakpoints": []},
    {
        "type": "breakpoints",
        "breakpoints": [
            {"id": "b1", "file": "no/such.py", "line": 42, "if": "qty < 0"},
            {"id": "b2", "file": "such.py", "line": 7, "log": "total={qty}"},
        ],
    },
    {"type": "check", "query": "1", "if": "qty < 0", "log": "total={qty!r:>10}"},
    {"type": "stacks", "query": "2"},
]

#: JSON that is seldom meant.
ODD = [
    None,
    True,
    False,
    0,
    -1,
    1.5,
    1e300,
    float("inf"),
    float("nan"),
    10**400,
    "",
    "\0",
    "\ud800",
    "x" * 30000,
    "(" * 4000,
    "{" * 100,
    "/",
    ".",
    "../..",
    [],
    {},
    [[]],
    [None, {"id": []}],
    {"type": "continue"},
]


COUNTING = LOOP.replace("work(n)\n", 'work(n); print("n", n, flush=True)\n')


def runs(usual):
    """A generator of random numbers for each time that something is tried."""
    for number in range(max(1, int(usual * FACTOR))):
        yield number, random.Random("%s-%d" % (SEED, number))


def broken(rnd, value):
    """The value, with a few changes somewhere in it."""
    root = {"root": copy.deepcopy(value)}
    for _ in range(rnd.randint(1, 3)):
        places = []

        def visit(holder, key):
            places.append((holder, key))
            inner = holder[key]
            keys = range(len(inner)) if isinstance(inner, list) else inner
            for each in keys if isinstance(inner, (dict, list)) else ():
                visit(inner, each)

        visit(root, "root")
        holder, key = rnd.choice(places)
        change = rnd.choice(["replace", "replace", "remove", "wrap"])
        if change == "replace":
            holder[key] = copy.deepcopy(rnd.choice(ODD))
        elif change == "wrap":
            holder[key] = [holder[key]]
        elif holder is not root:
            del holder[key]
    return root["root"]


class LinesTest(unittest.TestCase):
    """Cutting bytes into messages."""

    def test_bytes_are_the_same_messages_in_whatever_pieces_they_come(self):
        for number, rnd in runs(300):
            with self.subTest(seed=SEED, number=number):
                data = self._bytes(rnd)
                at, pieces = 0, []
                while at < len(data):
                    to = at + rnd.choice([1, 7, 1000, 65536])
                    pieces.append(data[at:to])
                    at = to
                whole, bad = self._read([data])
                cut, bad_too = self._read(pieces)
                self.assertEqual(bad_too, bad)
                if not bad:
                    self.assertEqual(repr(cut), repr(whole))

    def _read(self, pieces):
        lines, messages = wire.Lines(), []
        try:
            for piece in pieces:
                messages += lines.feed(piece)
        except wire.BadPeer:
            return messages, True
        for message in messages:
            self.assertIsInstance(message["type"], str)
        return messages, False

    @staticmethod
    def _bytes(rnd):
        parts = []
        for _ in range(rnd.randint(0, 6)):
            message = rnd.choice(SOUND)
            if rnd.random() < 0.2:
                message = broken(rnd, message)
            parts.append(wire.encode(message))
        data = bytearray(b"".join(parts))
        if rnd.random() < 0.3:
            noise = [b"\xff\xfe", b"\n", b"\0", b"\xc3", b"[" * 70000, bytes([rnd.randrange(256)])]
            at = rnd.randint(0, len(data))
            data[at:at] = rnd.choice(noise)
        return bytes(data)


class MessagesTest(OutsideCase):
    """What an app's process makes of what it is told."""

    def test_messages_that_are_broken_change_nothing_for_the_app(self):
        app = self.serve(COUNTING)
        app.expect("running")
        self.sidecar.expect("ready")
        for number, rnd in runs(150):
            with self.subTest(seed=SEED, number=number):
                message = broken(rnd, rnd.choice(SOUND))
                if not self._is_message(message):
                    continue  # It ends the connection.
                # In one piece: what is good counts, whatever comes before it.
                query = "after-%d" % number
                good = {"type": "check", "query": query, "if": "1"}
                self.sidecar.send_bytes(wire.encode(message) + wire.encode(good))
                self.sidecar.expect("checked", query=query)
        self._still_works(app)

    def test_breakpoints_that_are_none_do_not_take_others_with_them(self):
        app = self.serve(COUNTING)
        app.expect("running")
        sound = {"id": "b1", "file": "app.py", "line": 99, "if": "n < 0", "log": "{n}"}
        for number, rnd in runs(5):
            with self.subTest(seed=SEED, number=number):
                odd = [broken(rnd, sound) for _ in range(3)]
                nowhere = rnd.choice(["", "/", ".", "a\0.py", "\ud800.py"])
                odd.append({**sound, "id": "b2", "file": nowhere})
                good = {"id": "good-%d" % number, "file": "app.py", "line": 5, "if": "n < 0"}
                message = {"type": "breakpoints", "breakpoints": [*odd, good]}
                if self._is_message(message):
                    self.sidecar.send(message)
                    self.state(good["id"])
        self._still_works(app)

    def test_bytes_that_are_no_messages_end_the_connection_and_nothing_else(self):
        app = self.serve(COUNTING)
        app.expect("running")
        for number, rnd in runs(3):
            with self.subTest(seed=SEED, number=number):
                self.sidecar.expect("ready", number + 1)
                noise = [b"\xff\n", b"not json\n", b"x" * 70000, b"{}\n", b"[[[\n", b'"a"\n']
                self.sidecar.send_bytes(rnd.choice(noise))
                self.sidecar.expect("ready", number + 2)
        self._still_works(app)

    @staticmethod
    def _is_message(value):
        typed = isinstance(value, dict) and isinstance(value.get("type"), str)
        return typed and len(wire.encode(value)) <= wire.MAX_LINE

    def _still_works(self, app):
        count = app.log.count("\nn ")
        until(lambda: app.log.count("\nn ") > count, "the app goes on; its log: %s" % app.log)
        self.points(("b9", "app.py:5"))
        terminal = self.sidecar.terminal()
        self.assertIn("True", terminal.ask("p total == n * 2"))
        self.points()
        terminal.type("c\r")
        self.sidecar.expect("resume")
        self.end(app)
        # Said once, not again and again.
        self.assertLess(app.log.count("sidestep:"), 30)


class TerminalTest(KitTestCase):
    """What a paused thread makes of the terminals that it is offered."""

    def test_terminals_that_are_none_are_passed_over(self):
        self.sidecar.give_terminals = False
        app = self.run_app(
            """
            def view():
                total = 7
                breakpoint()
                return total
            print("answer", view(), flush=True)
            """
        )
        pause = self.sidecar.expect("pause")
        offer = {"type": "terminal", "pause": pause["id"], "name": "shop-1", "history": []}
        paths = ["", "\0", "a\0b", "\ud800", "x" * 200, "/no/such.sock", "no\n"]
        # It does not wait for a good one for ever.
        for number, rnd in itertools.islice(runs(12), 40):
            with self.subTest(seed=SEED, number=number):
                path = rnd.choice(paths)
                history = broken(rnd, ["p total", "c"])
                self.sidecar.send(
                    {**offer, "socket": path, "history": history, "name": rnd.choice(ODD)}
                )
                # It asks for another one.
                self.sidecar.expect("pause", number + 2)
        self.sidecar.give_terminals = True
        self.sidecar.send({**offer, "socket": "/no/such.sock"})
        terminal = self.sidecar.terminal()
        self.assertIn("7", terminal.ask("p total"))
        terminal.type("c\r")
        app.expect("answer 7")
        self.assertEqual(app.wait(), 0)
        self.assertNotIn("Traceback", app.log)


if __name__ == "__main__":
    unittest.main()
