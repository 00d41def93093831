"""^C interrupts what was typed, in any thread, and never more than that."""

import time
import unittest

from sidestep_kit import interrupts

from .case import KitTestCase

MAIN = """
import time, signal

def quit_worker(*_):
    print("the server's SIGINT handler ran", flush=True)
    raise SystemExit(9)

signal.signal(signal.SIGINT, quit_worker)

def slow(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.01)
    return "slow"

def view():
    breakpoint()
    result = slow(1.5)
    return result

print("answer", view(), flush=True)
print("handler", signal.getsignal(signal.SIGURG) == signal.SIG_DFL, flush=True)
"""

THREAD = MAIN.replace(
    'print("answer", view(), flush=True)',
    """
import threading
thread = threading.Thread(target=lambda: print("answer", view(), flush=True))
thread.start()
thread.join()
""",
)


class InterruptMixin:
    script = ""

    def setUp(self):
        super().setUp()
        self.app = self.run_app(self.script)
        self.terminal = self.sidecar.terminal(1)

    def running(self, command):
        """Types a command and waits until it runs."""
        self.terminal.type("print('run' + 'ning') or %s\r" % command)
        self.terminal.expect("running")

    def finish(self):
        self.terminal.type("c\r")
        self.app.expect("answer slow")
        self.app.expect("handler")
        self.assertEqual(self.app.wait(), 0)
        self.assertNotIn("SIGINT", self.app.log)
        self.assertNotIn("Traceback", self.app.log)
        self.assertIn("handler True", self.app.log)

    def test_a_busy_statement(self):
        self.terminal.type("while True: pass\r")
        self.terminal.expect("\r\n")
        self.terminal.type("\x03")
        self.assertIn("KeyboardInterrupt", self.terminal.prompt())
        self.assertIn("5", self.terminal.ask("p 2 + 3"))
        self.finish()

    def test_a_busy_expression(self):
        self.terminal.type("p [x for x in iter(int, 1)]\r")
        self.terminal.expect("\r\n")
        self.terminal.type("\x03")
        self.assertIn("KeyboardInterrupt", self.terminal.prompt())
        self.finish()

    def test_clears_the_line_at_the_prompt(self):
        self.terminal.type("p 'not to be run")
        self.terminal.expect("run")
        self.terminal.type("\x03")
        self.terminal.prompt()
        self.assertIn("5", self.terminal.ask("p 2 + 3"))
        self.finish()

    def test_in_interact(self):
        self.terminal.type("interact\r")
        self.terminal.expect(">>> ")
        self.terminal.type("while True: pass\r")
        self.terminal.expect("... ")
        self.terminal.type("\r")
        self.terminal.expect("\r\n")
        self.terminal.type("\x03")
        self.terminal.expect("KeyboardInterrupt")
        self.terminal.expect(">>> ")
        self.terminal.type("half a line")
        self.terminal.expect("line")
        self.terminal.type("\x03")
        self.terminal.expect(">>> ")
        self.terminal.type("\x04")
        self.terminal.prompt()
        self.finish()

    def test_between_prompts_stops_where_the_app_is(self):
        # `n` until it is the slow call that runs.
        while "result = slow" not in self.terminal.shown:
            self.terminal.shown = self.terminal.ask("n")
        self.terminal.type("n\r")
        self.terminal.expect("\r\n")
        time.sleep(0.3)  # Not a wait for something: the interrupt is to come in the middle.
        self.terminal.type("\x03")
        self.terminal.expect("Program interrupted")
        self.assertIn("slow()", self.terminal.prompt())
        self.finish()

    def test_quit_and_suspend_keys_are_nothing(self):
        self.terminal.type("\x1c\x1a")
        self.assertIn("5", self.terminal.ask("p 2 + 3"))
        self.finish()

    def test_typed_many_times(self):
        for _ in range(20):
            # Before that, ^C takes the line away that the terminal has not given yet.
            self.terminal.reads()
            self.terminal.type("while True: pass\r")
            self.terminal.expect("\r\n")
            self.terminal.type("\x03\x03\x03")
            self.terminal.expect("KeyboardInterrupt")
            self.terminal.prompt()
            self.terminal.type("\x15p 'go' + 'on'\r")
            self.terminal.expect("goon")
            self.terminal.prompt()
        self.finish()


class MainThreadTest(InterruptMixin, KitTestCase):
    script = MAIN

    def test_a_sleep(self):
        self.running("time.sleep(60)")
        self.terminal.type("\x03")
        self.assertIn("KeyboardInterrupt", self.terminal.prompt())
        self.finish()


class OtherThreadTest(InterruptMixin, KitTestCase):
    script = THREAD

    def test_a_sleep_is_interrupted_when_it_returns(self):
        """A thread that is not the main one cannot be woken in C; the user is told."""
        self.running("time.sleep(2.5)")
        self.terminal.type("\x03")
        self.terminal.expect("cannot be interrupted")
        self.assertIn("KeyboardInterrupt", self.terminal.prompt())
        self.finish()


class EarlyTest(unittest.TestCase):
    """^C that comes right behind a line, before the line is run."""

    def setUp(self):
        nothing = lambda *_: None
        self.guard = interrupts.Interrupts(nothing, nothing, nothing)

    def test_it_interrupts_what_the_line_runs(self):
        for state in (interrupts.PROMPT, interrupts.WAITING):
            self.guard.enter(interrupts.PROMPT)
            self.guard.enter(state)
            self.guard.interrupt()
            self.guard.enter(interrupts.WAITING)
            with self.assertRaises(KeyboardInterrupt):
                self.guard.run(lambda: self.fail("it ran"))
            self.assertEqual(self.guard.run(lambda: 5), 5)

    def test_it_is_forgotten_at_the_next_prompt(self):
        self.guard.enter(interrupts.PROMPT)
        self.guard.interrupt()
        self.guard.enter(interrupts.WAITING)
        self.guard.enter(interrupts.PROMPT)
        self.guard.enter(interrupts.WAITING)
        self.assertEqual(self.guard.run(lambda: 5), 5)
