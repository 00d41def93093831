"""Source in colours: pieces of files, whatever they are, keep their text."""

import inspect
import re
import unittest

from sidestep_kit import colour

from .case import KitTestCase

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")

ODD = [
    "",
    "    return x  # a 'comment'",
    'say("it\'s", \'a "b"\', "open',
    '    """begun',
    "    inside of it, with a ' quote",
    '    over""" + rb"\\x00" + f\'{order!r:>{width}}\'',
    "\tdef f(self, *, a=0x1F, b=1_000.5e-3j): pass",
    "@decorator(print)",
    "        dedented = None if not_a_keyword else False",
    "order.print.class_ = len(range(3))",
    "\u00fcber = '\u4e2d' \u00a7 $ ?",
]


class ColourTest(unittest.TestCase):
    def test_the_text_stays_as_it_is(self):
        everything = inspect.getsource(inspect).split("\n")
        for source in (ODD, ODD[3:6], everything, everything[100:111]):
            shown = colour.lines(source)
            self.assertEqual(
                [_COLOUR.sub("", line) for line in shown], [line.rstrip() for line in source]
            )

    def test_what_is_what(self):
        (shown,) = colour.lines(["    def total(self): return 'a' + str(7)  # why"])
        for piece in (
            "\x1b[34mdef \x1b[0m",
            "\x1b[1mtotal\x1b[0m",
            "\x1b[34mreturn\x1b[0m",
            "\x1b[32m'a'\x1b[0m",
            "\x1b[35mstr\x1b[0m",
            "\x1b[36m7\x1b[0m",
            "\x1b[90m# why\x1b[0m",
        ):
            self.assertIn(piece, shown)

    def test_attributes_and_parts_of_names_are_plain(self):
        self.assertEqual(colour.lines(["a.print, informed, x1"]), ["a.print, informed, x1"])

    def test_a_text_over_several_lines_is_coloured_line_by_line(self):
        self.assertEqual(
            colour.lines(['"""one', 'two"""']), ['\x1b[32m"""one\x1b[0m', '\x1b[32mtwo"""\x1b[0m']
        )


class PdbTest(KitTestCase):
    def test_listings_and_stacks_are_in_colours(self):
        app = self.run_app("def view():\n    breakpoint()\n    return 7\nview()\n")
        terminal = self.sidecar.terminal()
        for line in ("list", "longlist", "where", "source view"):
            terminal.ask(line)
        shown = terminal.screen
        self.assertGreaterEqual(shown.count("\x1b[34mreturn\x1b[0m \x1b[36m7\x1b[0m"), 3)
        self.assertRegex(shown, r"app\.py\([23]\)view\(\)\r\n-> ")
        terminal.type("c\r")
        self.assertEqual(app.wait(), 0)
