"""History is the session's: the sidecar is told each line, and gives them to the next process."""

from .case import KitTestCase

APP = "def view():\n    breakpoint()\n    return 7\nview()\n"


class HistoryTest(KitTestCase):
    def test_lines_are_told_and_given(self):
        app = self.run_app(APP)
        terminal = self.sidecar.terminal()
        terminal.ask("p 40 + 2")
        terminal.ask("p 40 + 2")
        terminal.ask("p '%s'" % ("x" * 3000))
        terminal.type("c\r")
        self.assertEqual(app.wait(), 0)
        told = [message["line"] for message in self.sidecar.seen("typed")]
        self.assertEqual([told[0], told[-1]], ["p 40 + 2", "c"])
        self.assertEqual(len(told), 3)
        self.assertLessEqual(len(told[1]), 2000)

        self.sidecar.messages.clear()
        self.sidecar.history = ["p 'of another', 6 * 7", "c"]
        again = self.run_app(APP)
        terminal = self.sidecar.terminal(2)
        terminal.type("\x1b[A\x1b[A\r")
        terminal.expect("('of another', 42)")
        terminal.prompt()
        terminal.type("c\r")
        self.assertEqual(again.wait(), 0)

    def test_a_history_that_is_none_is_harmless(self):
        self.sidecar.history = {"not": ["a", 1]}
        app = self.run_app(APP)
        terminal = self.sidecar.terminal()
        terminal.type("\x1b[Ap 1 + 1\r")
        terminal.expect("\r\n2")
        terminal.type("c\r")
        self.assertEqual(app.wait(), 0)
