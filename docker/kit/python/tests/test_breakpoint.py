"""`breakpoint()` and `pdb.set_trace()` stop at the caller's line, on a terminal of their own."""

import sys
import unittest

from .case import KitTestCase

#: From here on Python stops on the line of the breakpoint itself, before on the next one.
STOPS_ON_LINE = sys.version_info >= (3, 13)

TWO_REQUESTS = """
    def view(number):
        total = number * 2
        breakpoint()
        return total

    for number in (1, 2):
        print("answer", view(number), flush=True)
    """


class BreakpointTest(KitTestCase):
    def test_stops_at_the_line_of_the_caller_and_again_at_the_next_request(self):
        app = self.run_app(TWO_REQUESTS)
        for number in (1, 2):
            terminal = self.sidecar.terminal(number)
            self.assertIn("view()", terminal.shown)
            self.assertIn(
                "-> breakpoint()" if STOPS_ON_LINE else "-> return total", terminal.shown
            )
            self.assertIn(str(number * 2), terminal.ask("p total"))
            pause = self.sidecar.seen("pause")[number - 1]
            self.assertEqual(pause["function"], "view")
            self.assertEqual(pause["line"], 4 if STOPS_ON_LINE else 5)
            self.assertEqual(pause["file"], self.folder + "/app.py")
            self.assertEqual(pause["thread"], "MainThread")
            self.assertIsNone(pause["request"])
            terminal.type("c\r")
            self.sidecar.expect("resume", id=pause["id"])
            self.assertEqual(terminal.broker.wait(), 0)
            app.expect("answer %d" % (number * 2))
        self.assertEqual(app.wait(), 0)

    def test_says_hello_once_for_the_process(self):
        app = self.run_app(TWO_REQUESTS)
        for number in (1, 2):
            self.sidecar.terminal(number).type("c\r")
        self.assertEqual(app.wait(), 0)
        (hello,) = self.sidecar.seen("hello")
        self.assertEqual(hello["pid"], app.process.pid)
        self.assertEqual(hello["runtime"], "python %d.%d.%d" % sys.version_info[:3])
        self.assertIsNone(hello["server"])

    def test_nothing_is_traced_after_continue(self):
        app = self.run_app(
            """
            import sys

            def view():
                breakpoint()
                return "traced by", sys.gettrace()

            print(view(), flush=True)
            """
        )
        self.sidecar.terminal().type("c\r")
        app.expect("('traced by', None)")

    def test_set_trace_with_a_header(self):
        app = self.run_app(
            """
            import pdb
            pdb.set_trace(header="look here")
            print("done")
            """
        )
        terminal = self.sidecar.terminal()
        self.assertIn("look here", terminal.shown)
        self.assertIn("set_trace" if STOPS_ON_LINE else "done", terminal.shown)
        terminal.type("c\r")
        app.expect("done")
        self.assertEqual(app.wait(), 0)

    def test_does_not_stop_in_what_the_interpreter_calls_by_itself(self):
        app = self.run_app(
            """
            import pdb, weakref

            class Header(str):
                pass

            def forgotten(reference):
                print("forgotten", flush=True)

            def header():
                text = Header("look here")
                references.append(weakref.ref(text, forgotten))
                return text

            references = []

            def view():
                total = 42
                pdb.set_trace(header=header())
                return total

            print("answer", view(), flush=True)
            """
        )
        terminal = self.sidecar.terminal()
        self.assertIn("view()", terminal.shown)
        self.assertIn("42", terminal.ask("p total"))
        terminal.type("c\r")
        app.expect("answer 42")

    def test_pythonbreakpoint_0_does_not_switch_it_off(self):
        app = self.run_app(TWO_REQUESTS, PYTHONBREAKPOINT="0")
        for number in (1, 2):
            self.sidecar.terminal(number).type("c\r")
        self.assertEqual(app.wait(), 0)

    def test_another_debugger_is_left_alone(self):
        self.write(
            "ipdb.py",
            """
            import sys
            def set_trace():
                print("ipdb at", sys._getframe(1).f_code.co_name, flush=True)
            """,
        )
        app = self.run_app(TWO_REQUESTS, PYTHONBREAKPOINT="ipdb.set_trace")
        self.assertEqual(app.wait(), 0)
        self.assertIn("ipdb at view", app.log)
        self.assertEqual(self.sidecar.messages, [])

    def test_breakpoints_of_pdb_hold_for_later_requests(self):
        app = self.run_app(TWO_REQUESTS)
        terminal = self.sidecar.terminal(1)
        self.assertIn("Breakpoint 1 at", terminal.ask("b 3"))
        terminal.type("c\r")
        terminal = self.sidecar.terminal(2)
        self.assertIn("-> total = number * 2", terminal.shown)
        terminal.ask("clear 1")
        terminal.type("c\r")
        self.sidecar.terminal(3).type("c\r")
        self.assertEqual(app.wait(), 0)

    def test_stepping_out_of_the_function_keeps_the_terminal(self):
        app = self.run_app(TWO_REQUESTS)
        terminal = self.sidecar.terminal(1)
        shown = ""
        while "<module>()" not in shown:
            shown = terminal.ask("n")
        self.assertNotIn("view()", terminal.ask("w"))
        self.assertEqual(len(self.sidecar.seen("pause")), 1)
        terminal.type("c\r")
        self.sidecar.terminal(2).type("c\r")
        self.assertEqual(app.wait(), 0)

    def test_a_breakpoint_in_what_is_typed_is_passed_over(self):
        app = self.run_app(TWO_REQUESTS)
        terminal = self.sidecar.terminal(1)
        self.assertIn("passed over", terminal.ask("p view(5)"))
        terminal.type("c\r")
        self.sidecar.terminal(2).type("c\r")
        self.assertEqual(app.wait(), 0)


@unittest.skipUnless(sys.version_info >= (3, 14), "Python 3.14 brought these arguments")
class NewArgumentsTest(KitTestCase):
    def test_commands(self):
        app = self.run_app(
            """
            import pdb
            total = 41
            pdb.set_trace(commands=["p total + 1"])
            print("done")
            """
        )
        terminal = self.sidecar.terminal()
        self.assertIn("42", terminal.shown)
        terminal.type("c\r")
        self.assertEqual(app.wait(), 0)

    def test_await_at_the_prompt(self):
        app = self.run_app(
            """
            import asyncio, pdb

            async def price():
                await asyncio.sleep(0.01)
                return 42

            async def view():
                await pdb.set_trace_async()
                return "done"

            print(asyncio.run(view()))
            """
        )
        terminal = self.sidecar.terminal()
        terminal.ask("x = await price()")
        self.assertIn("42", terminal.ask("p x"))
        terminal.type("c\r")
        app.expect("done")
        self.assertEqual(app.wait(), 0)
