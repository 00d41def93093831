"""Terminals, links and sidecars that go away: the request goes on, sooner or later."""

import os
import time
import unittest

from .case import KitTestCase
from .sidecar import until

APP = """
def view():
    total = 7
    breakpoint()
    return total

for _ in range(3):
    print("answer", view(), flush=True)
"""


class LossTest(KitTestCase):
    def test_a_terminal_that_ends_is_replaced(self):
        app = self.run_app(APP)
        first = self.sidecar.terminal(1)
        first.ask("total = 8")
        first.kill()
        second = self.sidecar.terminal(2)
        self.assertIn("view()", second.shown)
        self.assertIn("8", second.ask("p total"))
        one, two = self.sidecar.seen("pause")
        self.assertEqual(one["id"], two["id"])
        self.assertEqual(self.sidecar.seen("resume"), [])
        second.type("c\r")
        app.expect("answer 8")
        self.finish(app, 3)

    def test_a_broker_that_dies_alone(self):
        app = self.run_app(APP)
        first = self.sidecar.terminal(1)
        first.type("p 'half a li")
        first.broker.kill()
        second = self.sidecar.terminal(2)
        second.type("c\r")
        app.expect("answer 7")
        self.finish(app, 3)

    def test_a_terminal_that_ends_while_a_command_runs(self):
        app = self.run_app(APP)
        first = self.sidecar.terminal(1)
        first.type("for i in range(100000): print(i)\r")
        first.expect("100")
        first.kill()
        second = self.sidecar.terminal(2)
        self.assertIn("99999", second.ask("p i"))
        second.type("c\r")
        self.finish(app, 3)

    def test_no_sidecar_at_the_start(self):
        self.sidecar.stop()
        began = time.monotonic()
        app = self.run_app(APP)
        self.assertEqual(app.wait(), 0)
        self.assertLess(time.monotonic() - began, 3)
        self.assertEqual(app.log.count("answer 7"), 3)
        self.assertEqual(app.log.count("sidestep:"), 1)

    def test_a_sidecar_that_is_silent(self):
        self.sidecar.greeting = b'{"type":"unknown"}\n'
        self.sidecar.give_terminals = False
        app = self.run_app(APP.replace("range(3)", "range(1)"))
        began = time.monotonic()
        self.assertEqual(app.wait(), 0)
        self.assertLess(time.monotonic() - began, 5)
        self.assertEqual(app.log.count("sidestep:"), 1)

    def test_a_sidecar_that_dies_in_the_pause(self):
        app = self.run_app(APP)
        self.sidecar.terminal(1)
        began = time.monotonic()
        self.sidecar.stop()
        self.assertEqual(app.wait(), 0)
        self.assertGreater(time.monotonic() - began, 2)
        self.assertLess(time.monotonic() - began, 11)
        self.assertEqual(app.log.count("answer 7"), 3)
        self.assertEqual(app.log.count("going on without a debugger"), 1)

    def test_a_sidecar_that_is_started_again_in_the_pause(self):
        app = self.run_app(APP)
        self.sidecar.terminal(1)
        self.sidecar.stop()
        self.sidecar.start()
        terminal = self.sidecar.terminal(2)
        one, two = self.sidecar.seen("pause")
        self.assertEqual(one["id"], two["id"])
        terminal.type("c\r")
        self.finish(app, 3)

    def test_garbage(self):
        for garbage in (b"not json\n", b"[1]\n", b"\xff\xfe\n", b"x" * 70000, b"{}\n"):
            with self.subTest(garbage[:10]):
                self.sidecar.greeting = garbage
                app = self.run_app(APP)
                self.assertEqual(app.wait(), 0)
                self.assertEqual(app.log.count("answer 7"), 3)
                self.assertIn("sidestep: dropped the connection", app.log)
                self.assertLessEqual(app.log.count("sidestep:"), 2)

    def test_continue_at_the_prompt(self):
        app = self.run_app(APP)
        self.sidecar.terminal(1).type("p 'half a li")
        self.sidecar.send({"type": "continue", "pause": "no such pause"})
        self.sidecar.send({"type": "continue", "pause": 7})
        self.sidecar.resume(self.sidecar.expect("pause"))
        app.expect("answer 7")
        self.finish(app, 2)

    def test_continue_while_a_command_runs(self):
        for command in ("while True: pass", "__import__('time').sleep(60)", "x = input()"):
            with self.subTest(command):
                app = self.run_app(APP)
                count = len(self.sidecar.terminals)
                terminal = self.sidecar.terminal(count + 1)
                terminal.type(command + "\r")
                terminal.expect("\r\n")
                pause = self.sidecar.seen("pause")[-1]
                self.sidecar.resume(pause)
                app.expect("answer 7")
                self.sidecar.expect("resume", id=pause["id"])
                self.finish(app, count + 2)

    def test_continue_between_prompts(self):
        app = self.run_app(
            """
            import time
            def slow():
                time.sleep(1)
            def view():
                breakpoint()
                slow()
                return 7
            print("answer", view(), flush=True)
            """
        )
        terminal = self.sidecar.terminal(1)
        while "slow()" not in terminal.shown:
            terminal.shown = terminal.ask("n")
        terminal.type("n\r")
        terminal.expect("\r\n")
        self.sidecar.resume(self.sidecar.expect("pause"))
        self.assertEqual(app.wait(), 0)
        self.sidecar.expect("resume")
        self.assertEqual(len(self.sidecar.terminals), 1)

    def test_descriptors_do_not_pile_up(self):
        app = self.run_app(
            """
            import os
            def view():
                breakpoint()
            view()
            before = len(os.listdir("/proc/self/fd"))
            for _ in range(5):
                view()
            print("more:", len(os.listdir("/proc/self/fd")) - before, flush=True)
            """
        )
        for number in range(1, 7):
            self.sidecar.terminal(number).type("c\r")
        app.expect("more: 0")

    @unittest.skipIf(os.getuid() != 0, "needs root to become another user")
    def test_another_user(self):
        os.chmod(self.folder, 0o711)
        os.chmod(self.sidecar.path, 0o777)
        app = self.run_app(
            """
            import os
            import sidestep_kit.debugger  # This Python may be in a folder of root's.
            os.setgroups([]), os.setgid(1234), os.setuid(1234)
            breakpoint()
            print("user", os.getuid(), flush=True)
            """
        )
        terminal = self.sidecar.terminal()
        self.assertIn("1234", terminal.ask("p os.getuid()"))
        terminal.type("c\r")
        app.expect("user 1234")

    def finish(self, app, first):
        """Continues the pauses from terminal `first` on, until the app ends."""
        number = first
        while app.process.poll() is None:
            until(
                lambda: len(self.sidecar.terminals) >= number or app.process.poll() is not None,
                "a pause or the end",
            )
            if app.process.poll() is None:
                self.sidecar.terminal(number).type("c\r")
                number += 1
        self.assertEqual(app.wait(), 0)
        self.assertNotIn("Traceback", app.log)
