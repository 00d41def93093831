"""Several pauses at once, and processes forked from a paused one."""

from .case import KitTestCase

TWO = """
import threading

def view(name):
    breakpoint()
    print("answer", name, flush=True)

threads = [threading.Thread(target=view, args=(n,), name=n) for n in ("one", "two")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("the end", flush=True)
"""


class ThreadsTest(KitTestCase):
    def test_two_threads_are_independent(self):
        app = self.run_app(TWO)
        terminals = {}
        for number in (1, 2):
            terminal = self.sidecar.terminal(number)
            answer = terminal.ask("p name")
            terminals["one" if "'one'" in answer else "two"] = terminal
        self.assertEqual(sorted(terminals), ["one", "two"])
        self.assertEqual(sorted(p["thread"] for p in self.sidecar.seen("pause")), ["one", "two"])
        one, two = terminals["one"], terminals["two"]
        # Lines begun in both at once are not mixed, nor is what they print.
        one.type("print('from', na")
        two.type("print('from', na")
        one.type("me)\r")
        one.expect("from one")
        two.type("me)\r")
        two.expect("from two")
        one.prompt(), two.prompt()
        one.type("while True: pass\r")
        one.expect("\r\n")
        self.assertIn("12", two.ask("print(3 * 4)"))
        two.type("c\r")
        app.expect("answer two")
        one.type("\x03")
        one.prompt()
        self.assertIn("12", one.ask("print(3 * 4)"))
        one.type("c\r")
        app.expect("the end")
        self.assertEqual(app.wait(), 0)
        self.assertNotIn("Traceback", app.log)

    def test_a_thread_that_ends_while_it_is_stepped_gives_its_terminal_back(self):
        app = self.run_app(
            """
            import os, threading, time
            def view():
                breakpoint()
            threading.Thread(target=view).start()
            while not os.path.exists("go"):
                time.sleep(0.01)
            """
        )
        terminal = self.sidecar.terminal()
        # Out of all functions; what is typed after the end is not read any more.
        terminal.type("r\r" * 12)
        self.sidecar.expect("resume")
        self.assertEqual(terminal.broker.wait(), 0)
        self.write("go", "")
        self.assertEqual(app.wait(), 0)


class ForkTest(KitTestCase):
    def test_a_child_has_a_link_of_its_own(self):
        app = self.run_app(
            """
            import os
            def view(who):
                breakpoint()
                print("answer", who, flush=True)
            view("before")
            child = os.fork()
            if child == 0:
                view("child")
                os._exit(0)
            os.waitpid(child, 0)
            view("parent")
            """
        )
        for number, who in enumerate(("before", "child", "parent"), 1):
            terminal = self.sidecar.terminal(number)
            self.assertIn(repr(who), terminal.ask("p who"))
            terminal.type("c\r")
            app.expect("answer " + who)
        self.assertEqual(app.wait(), 0)
        pids = [pause["pid"] for pause in self.sidecar.seen("pause")]
        self.assertEqual(pids[0], pids[2])
        self.assertNotEqual(pids[0], pids[1])
        self.assertEqual(sorted(h["pid"] for h in self.sidecar.seen("hello")), sorted(pids[:2]))

    def test_the_pause_of_another_thread_outlives_a_fork(self):
        app = self.run_app(
            """
            import os, threading, time
            def view(who):
                breakpoint()
                print("answer", who, flush=True)
            thread = threading.Thread(target=view, args=("thread",))
            thread.start()
            while not os.path.exists("go"):
                time.sleep(0.01)
            child = os.fork()
            if child == 0:
                view("child")
                os._exit(0)
            os.waitpid(child, 0)
            thread.join()
            """
        )
        thread = self.sidecar.terminal(1)
        self.write("go", "")
        child = self.sidecar.terminal(2)
        self.assertIn("'thread'", thread.ask("p who"))
        self.assertIn("'child'", child.ask("p who"))
        # The child does not hold the thread's terminal open.
        thread.type("c\r")
        app.expect("answer thread")
        self.assertEqual(thread.broker.wait(), 0)
        child.type("c\r")
        self.assertEqual(app.wait(), 0)
        self.assertIn("answer child", app.log)

    def test_a_fork_that_is_stepped_over(self):
        app = self.run_app(
            """
            import os
            def view():
                breakpoint()
                child = os.fork()
                if child == 0:
                    print("child ran", flush=True)
                    os._exit(0)
                status = os.waitpid(child, 0)[1]
                print("status", status, flush=True)
            view()
            """
        )
        terminal = self.sidecar.terminal()
        while "status = " not in terminal.ask("n"):
            pass
        app.expect("child ran")
        terminal.type("c\r")
        app.expect("status 0")
        self.assertEqual(app.wait(), 0)

    def test_a_fork_that_is_typed(self):
        app = self.run_app(
            """
            import os
            pid = os.getpid()
            breakpoint()
            print("parent" if os.getpid() == pid else "child", "goes on", flush=True)
            """
        )
        terminal = self.sidecar.terminal()
        terminal.ask("child = os.fork()")
        app.expect("child goes on")
        self.assertIn("True", terminal.ask("p child > 0"))
        terminal.type("c\r")
        app.expect("parent goes on")
        self.assertEqual(app.wait(), 0)
