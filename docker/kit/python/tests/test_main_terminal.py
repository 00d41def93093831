"""Debuggers that PYTHONBREAKPOINT names get the main terminal, where there is one."""

from .case import KitTestCase

#: The slave of a PTY of its own stands for the container's console.
APP = """
import os, sys, termios
from sidestep_kit import main_terminal, serving

if len(sys.argv) > 1:
    master, slave = os.openpty()
    os.fchmod(slave, 0o600)
    main_terminal._CONSOLE = os.ttyname(slave)
serving.loaded("a server 1.0")
print("terminals", os.isatty(0), os.isatty(1), flush=True, file=sys.stderr)
if len(sys.argv) > 1:
    keys = termios.tcgetattr(slave)[6]
    print("^C is", keys[termios.VINTR], file=sys.stderr)
    os.write(master, b"typed\\n")
    print("read", sys.stdin.readline(), file=sys.stderr, flush=True)
"""


class MainTerminalTest(KitTestCase):
    def test_another_debugger_reads_and_writes_it_and_a_notice_says_where(self):
        path = self.write("app.py", APP)
        app = self.start(
            path, "tty", PYTHONBREAKPOINT="ipdb.set_trace", SIDESTEP_SESSION="shop-1"
        )
        self.assertEqual(app.wait(), 0, app.log)
        self.assertIn("terminals True True", app.log)
        self.assertIn("^C is b'\\x00'", app.log)
        self.assertIn("read typed", app.log)
        notice = self.sidecar.expect("notice")
        self.assertEqual((notice["level"], notice["reason"]), ("warning", "OtherDebugger"))
        self.assertIn("opens ipdb.set_trace in the main terminal", notice["message"])
        self.assertIn("sidestep attach session/shop-1 --main", notice["message"])

    def test_without_a_terminal_that_is_said(self):
        path = self.write("app.py", APP.replace("serving.loaded", """\
main_terminal._CONSOLE = "/dev/null"
serving.loaded"""))
        app = self.start(path, PYTHONBREAKPOINT="ipdb.set_trace")
        self.assertEqual(app.wait(), 0, app.log)
        self.assertIn("has no terminal", self.sidecar.expect("notice")["message"])

    def test_pdb_has_terminals_of_its_own_but_the_main_one_is_protected(self):
        app = self.start(self.write("app.py", APP.split("    os.write")[0]), "tty")
        self.assertEqual(app.wait(), 0, app.log)
        self.assertIn("terminals False False", app.log)
        self.assertIn("^C is b'\\x00'", app.log)
        self.assertEqual(self.sidecar.seen("notice"), [])
