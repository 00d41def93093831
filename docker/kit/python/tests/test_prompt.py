"""What is typed at the prompt: editing, history, completion, `interact`, and what ends a pause."""

import sys
import unittest

from .case import KitTestCase

APP = """
class Order:
    def __init__(self):
        self.total = 7
        self.tax = 1

def view():
    order = Order()
    breakpoint()
    return order

view()
view()
print("the end", flush=True)
"""


class PromptTest(KitTestCase):
    def setUp(self):
        super().setUp()
        self.app = self.run_app(APP)
        self.terminal = self.sidecar.terminal(1)

    def finish(self, pauses=2):
        """Continues all pauses; the app must end as it would have."""
        self.terminal.type("c\r")
        for number in range(2, pauses + 1):
            self.sidecar.terminal(number).type("c\r")
        self.app.expect("the end")
        self.assertEqual(self.app.wait(), 0)
        self.assertEqual(len(self.sidecar.seen("resume")), pauses)
        self.assertNotIn("Traceback", self.app.log)

    def test_line_editing(self):
        # Typed wrongly, then put right with arrows, backspace, ^A, ^K and ^Y.
        self.assertIn("41", self.terminal.ask("p 4x\x7f1"))
        self.assertIn("'abc'", self.terminal.ask("p 'ac'\x1b[D\x1b[Db"))
        self.assertIn("99", self.terminal.ask("99 \x01p \x05"))
        self.assertIn("123", self.terminal.ask("p 123\x01\x0b\x19"))
        self.assertIn("'\u00fc\u4e2d'", self.terminal.ask("p '\u00fc\u4e2d'"))
        self.finish()

    def test_a_line_longer_than_the_terminal_is_wide(self):
        text = "x" * 200
        self.terminal.type("p '%s' + 'end'\r" % text)
        self.terminal.expect("xend'")
        self.terminal.prompt()
        self.terminal.type("p len('%s')" % text + "\x1b[D" * 150 + "yz\r")
        self.terminal.expect("202")
        self.terminal.prompt()
        self.finish()

    def paste(self, text):
        """As a terminal does that was told to say where a paste begins and ends."""
        self.terminal.type("\x1b[200~%s\x1b[201~" % text.replace("\n", "\r"))

    def test_pastes_are_asked_for_at_the_prompt_only(self):
        self.terminal.reads()
        self.assertTrue(self.terminal.screen.endswith("\x1b[?2004h"))
        self.terminal.type("p '\x1b[?2004' + 'l'\r")
        self.terminal.prompt()
        self.terminal.reads()
        off = self.terminal.screen.rindex("\x1b[?2004l")
        self.assertGreater(self.terminal.screen.rindex("\x1b[?2004h"), off)
        self.finish()

    def test_a_paste_of_several_lines(self):
        block = "found = []\n\nfor i in range(3):\n\tif i:\n\t\tfound.append(i)\n\n\telse:\n\t\tpass\n"
        self.paste(block + "def twice(x):\n    return (x,\nx)\n\np 'so', found, twice(4), order.total\n")
        self.terminal.expect("('so', [1, 2], (4, 4), 7)")
        self.terminal.prompt()
        # What is not ended by a newline can be edited still.
        self.paste("big = 1\np big + 4")
        self.terminal.type("0\r")
        self.terminal.expect("\r\n41")
        self.terminal.prompt()
        self.paste("p 'one l\tine'")
        self.assertIn("'one l    ine'", self.terminal.ask(""))
        self.finish()

    def test_a_paste_into_the_python_shell(self):
        self.terminal.type("interact\r")
        self.terminal.expect(">>> ")
        self.paste("for i in range(2):\n    print('got', i)\n\norder.total * 6\n")
        self.terminal.expect("got 0\r\ngot 1\r\n")
        self.terminal.expect("42")
        self.terminal.expect(">>> ")
        self.terminal.type("\x04")
        self.terminal.prompt()
        self.finish()

    def test_a_paste_that_is_interrupted(self):
        self.paste("import time\nprint('sleeps')\ntime.sleep(60)\nprint('never')\n")
        self.terminal.expect("\r\nsleeps")
        self.terminal.type("\x03")
        self.terminal.expect("KeyboardInterrupt")
        self.terminal.prompt()
        self.assertNotIn("never", self.terminal.ask("p 1"))
        self.finish()

    def test_history_is_kept_for_the_next_pause(self):
        self.terminal.ask("p order.total + 100")
        self.terminal.type("c\r")
        self.terminal = self.sidecar.terminal(2)
        self.terminal.type("\x1b[A\x1b[A\r")
        self.terminal.expect("107")
        self.terminal.prompt()
        self.terminal.type("\x12order.to\r")
        self.terminal.expect("107")
        self.terminal.prompt()
        self.terminal.type("c\r")
        self.assertEqual(self.app.wait(), 0)

    def test_completion_of_names_attributes_and_commands(self):
        self.terminal.type("p ord\t.to\t\r")
        self.terminal.expect("order.total\r\n7")
        self.terminal.prompt()
        self.terminal.type("p order.t\t")
        self.assertIn("tax", self.terminal.expect("total"))
        self.terminal.type("a\t\r")
        self.terminal.expect("\r\n1\r\n")
        self.terminal.prompt()
        self.terminal.type("where\t\r")
        self.terminal.expect("view()")
        self.terminal.prompt()
        self.finish()

    def test_completion_that_raises_is_harmless(self):
        self.terminal.ask("class Bad: __dir__ = lambda self: exit()")
        self.terminal.ask("bad = Bad()")
        self.terminal.type("p bad.x\t\x15p 5\r")
        self.terminal.expect("\r\n5")
        self.terminal.prompt()
        self.finish()

    def test_what_is_printed_by_a_statement_is_on_the_terminal(self):
        self.assertIn("hello", self.terminal.ask("print('hel' + 'lo')"))
        self.assertIn("14", self.terminal.ask("order.total * 2"))
        self.assertNotIn("hello", self.app.log)
        self.finish()

    def test_input_reads_the_terminal(self):
        self.terminal.type("x = input('your name? ')\r")
        self.terminal.expect("\r\nyour name? ")
        self.terminal.type("Ada\r")
        self.terminal.prompt()
        self.assertIn("'Ada'", self.terminal.ask("p x"))
        self.finish()

    def test_interact_is_on_the_terminal_and_comes_back(self):
        self.terminal.type("interact\r")
        self.terminal.expect(">>> ")
        self.terminal.type("print(order.total + 1000)\r")
        self.terminal.expect("1007")
        self.terminal.type("for i in (1,):\r")
        self.terminal.expect("... ")
        self.terminal.type("    print('in the', 'loop')\r")
        self.terminal.expect("... ")
        self.terminal.type("\r")
        self.terminal.expect("\nin the loop")
        self.terminal.type("order.tot\t\r")
        self.terminal.expect("\n7")
        self.terminal.expect(">>> ")
        self.terminal.type("\x04")
        self.terminal.prompt()
        self.terminal.type("interact\r")
        self.terminal.expect(">>> ")
        self.terminal.type("exit()\r")
        self.terminal.prompt()
        self.assertIn("False", self.terminal.ask("p hasattr(__import__('sys'), 'ps1')"))
        self.finish()

    def test_q_exit_and_end_of_file_continue(self):
        self.terminal.type("q\r")
        self.terminal.expect("(continuing; the request goes on)")
        self.terminal = self.sidecar.terminal(2)
        self.terminal.type("\x04")
        self.app.expect("the end")
        self.assertEqual(self.app.wait(), 0)
        self.assertNotIn("BdbQuit", self.app.log)
        self.assertEqual(len(self.sidecar.seen("resume")), 2)

    def test_exit_and_quit_as_words(self):
        self.terminal.type("exit\r")
        self.terminal = self.sidecar.terminal(2)
        self.terminal.type("quit\r")
        self.assertEqual(self.app.wait(), 0)

    def test_system_exit_as_a_statement_gives_the_prompt_back(self):
        self.terminal.ask("!exit()")
        self.assertIn("SystemExit", self.terminal.ask("raise SystemExit(3)"))
        self.assertIn("SystemExit", self.terminal.ask("p __import__('sys').exit(3)"))
        self.terminal.ask("display exit()")
        self.finish()

    def test_commands_that_would_end_the_app(self):
        self.assertIn("cannot be restarted", self.terminal.ask("restart"))
        self.assertIn("cannot be restarted", self.terminal.ask("run a b"))
        self.finish()

    def test_debug_runs_on_the_terminal(self):
        self.terminal.type("debug Order()\r")
        self.terminal.expect("((Pdb)) ")
        self.terminal.type("s\r")
        self.terminal.expect("__init__")
        self.terminal.expect("((Pdb)) ")
        self.terminal.type("q\r")
        self.terminal.expect("LEAVING RECURSIVE DEBUGGER")
        self.terminal.prompt()
        self.assertIn("return order", self.terminal.ask("n"))
        self.finish()

    def test_help_is_on_the_terminal(self):
        self.assertIn("w(here)", self.terminal.ask("help where").lower() + "w(here)")
        self.assertIn("debugger", self.terminal.ask("help pdb").lower())
        self.assertNotIn("Debugger", self.app.log)
        self.finish()

    def test_commands_of_breakpoints(self):
        self.terminal.ask("b 8")
        self.terminal.type("commands 1\r")
        self.terminal.expect("(com) ")
        self.terminal.type("p 'total', 6 * 7\r")
        self.terminal.expect("(com) ")
        self.terminal.type("end\r")
        self.terminal.prompt()
        self.terminal.type("c\r")
        terminal = self.sidecar.terminal(2)
        self.assertIn("('total', 42)", terminal.shown)
        terminal.ask("clear 1")
        terminal.type("c\r")
        self.sidecar.terminal(3).type("c\r")
        self.assertEqual(self.app.wait(), 0)

    @unittest.skipUnless(sys.version_info >= (3, 13), "pdb reads several lines since 3.13")
    def test_statements_of_several_lines(self):
        self.terminal.type("for i in (5, 6):\r")
        self.terminal.expect("...   ")
        self.terminal.type("    print('line', i)\r")
        self.terminal.expect("...   ")
        self.terminal.type("\r")
        self.terminal.expect("line 6")
        self.terminal.prompt()
        self.finish()


class OddEnvironmentTest(KitTestCase):
    """Small images lack things; none of them is needed."""

    def check(self, **environment):
        app = self.run_app(APP, **environment)
        terminal = self.sidecar.terminal(1)
        terminal.type("p order.to\t\r")
        terminal.expect("order.total\r\n7")
        terminal.prompt()
        terminal.type("c\r")
        self.sidecar.terminal(2).type("c\r")
        self.assertEqual(app.wait(), 0)
        self.assertNotIn("Traceback", app.log)
        self.assertNotIn("sidestep:", app.log)

    def test_no_readline_and_no_ctypes(self):
        for missing in ("readline", "ctypes", "_ctypes"):
            self.write("missing/%s.py" % missing, "raise ImportError('not in this image')\n")
        from .case import KIT

        self.check(PYTHONPATH=KIT + ":" + self.folder + "/missing")

    def test_no_home_no_term(self):
        self.check(HOME=None, TERM=None)

    def test_home_that_is_no_folder_and_a_pdbrc_that_is_no_text(self):
        with open(self.folder + "/.pdbrc", "wb") as file:
            file.write(b"\xff\xfe p 1\n")
        self.check(HOME="/dev/null", PYTHONUTF8="1")

    def test_pdbrc(self):
        self.write(".pdbrc", "p 'from the file'\n")
        app = self.run_app(APP)
        terminal = self.sidecar.terminal(1)
        self.assertIn("from the file", terminal.shown)
        terminal.type("c\r")
        self.sidecar.terminal(2).type("c\r")
        self.assertEqual(app.wait(), 0)
