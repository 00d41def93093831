"""Breakpoints from outside: set while the app runs, with no edit of its files."""

import sys
import textwrap
import unittest

from .case import KIT, KitTestCase
from .sidecar import until

LOOP = """
    import os, time; print("running", flush=True)
    def work(n):
        total = n * 2
        return total
    n = 0
    while not os.path.exists("end"):
        n += 1
        work(n)
        time.sleep(0.01)
    print("ended", flush=True)
    """


class OutsideCase(KitTestCase):
    def points(self, *points):
        """The list that each kit is given from now on; `(id, "file:line", options)`."""
        listed = []
        for identity, where, *options in points:
            file, line = where.rsplit(":", 1)
            listed.append(
                {"id": identity, "file": file, "line": int(line), **(options or [{}])[0]}
            )
        self.sidecar.breakpoints = listed
        self.sidecar.send({"type": "breakpoints", "breakpoints": listed})

    def serve(self, text, before=""):
        """Runs a script whose first line has said hello; it is numbered from 2 on."""
        text = textwrap.dedent(text).lstrip("\n")
        hello = "from sidestep_kit import pause; pause.link().ready('test')\n"
        return self.run_app(hello + before + text, PYTHONPATH=KIT + ":" + self.folder)

    def state(self, identity, state="Verified"):
        """Waits until the last thing that was told of a breakpoint is this state."""

        def last():
            told = self.sidecar.seen("breakpoint", id=identity)
            return told and told[-1]["state"] == state and told[-1]

        return until(last, "%s %s; %s" % (identity, state, self.sidecar.seen("breakpoint")[-3:]))

    def hits(self, identity, count):
        def last():
            told = self.sidecar.seen("breakpoint", id=identity)
            return told and told[-1]["hits"] >= count and told[-1]

        return until(last, "%d hits of %s" % (count, identity))

    def end(self, app):
        self.points()
        self.write("end", "")
        let_go = []

        def ended():
            for pause in self.sidecar.seen("pause"):
                if pause["id"] not in let_go:
                    let_go.append(pause["id"])
                    self.sidecar.resume(pause)
            return app.process.poll() is not None

        until(ended, "the end of the app; its log: %s" % app.log[-1000:])
        self.assertEqual(app.wait(), 0)
        self.assertNotIn("Traceback", app.log)


class StopTest(OutsideCase):
    def test_in_a_running_loop_again_and_again_until_it_is_taken_away(self):
        app = self.serve(LOOP)
        app.expect("running")
        self.points(("b1", "app.py:5"))
        told = self.state("b1")
        self.assertEqual(
            told["locations"],
            [{"file": self.folder + "/app.py", "line": 5, "function": "work"}],
        )
        for number in (1, 2, 3):
            terminal = self.sidecar.terminal(number)
            self.assertIn("-> return total", terminal.shown)
            self.assertIn("True", terminal.ask("p total == n * 2"))
            self.assertEqual(self.sidecar.seen("pause")[number - 1]["line"], 5)
            if number == 3:
                self.points()
            terminal.type("c\r")
            self.sidecar.expect("resume", number)
        self.write("end", "")
        self.assertEqual(app.wait(), 0)
        self.assertEqual(len(self.sidecar.seen("pause")), 3)
        self.assertNotIn("Traceback", app.log)

    def test_in_the_body_of_the_loop_itself(self):
        app = self.serve(LOOP)
        app.expect("running")
        self.points(("b1", "app.py:9", {"if": "n > 5"}))
        for number in (1, 2):
            terminal = self.sidecar.terminal(number)
            self.assertIn("-> work(n)", terminal.shown)
            self.assertIn("True", terminal.ask("p n > 5"))
            terminal.type("c\r")
            self.sidecar.expect("resume", number)
        self.end(app)

    def test_stepping_from_it_and_over_another(self):
        app = self.serve(
            """
            def inner():
                a = 1
                return a
            def view():
                b = inner()
                c = b + 1
                return c
            print("answer", view(), flush=True)
            print("answer", view(), flush=True)
            """
        )
        self.sidecar.breakpoints = []
        self.assertEqual(app.wait(), 0)
        self.sidecar.breakpoints = [
            {"id": "b1", "file": "app.py", "line": 6},
            {"id": "b2", "file": "app.py", "line": 3},
        ]
        app = self.start(self.folder + "/app.py")
        terminal = self.sidecar.terminal()
        self.assertIn("-> b = inner()", terminal.shown)
        # Over a function with a breakpoint: it stops in there, and not twice.
        self.assertIn("-> a = 1", terminal.ask("n"))
        self.assertIn("-> return a", terminal.ask("n"))
        self.assertIn("view()", terminal.ask("u"))
        self.assertIn("inner()", terminal.ask("d"))
        self.assertIn("--Return--", terminal.ask("n"))
        self.assertIn("-> c = b + 1", terminal.ask("n"))
        self.assertEqual(len(self.sidecar.seen("pause")), 1)
        terminal.type("c\r")
        app.expect("answer 2")
        terminal = self.sidecar.terminal(2)
        self.assertIn("-> b = inner()", terminal.shown)
        self.assertIn("-> a = 1", terminal.ask("s") + terminal.ask("s"))
        self.assertEqual(self.hits("b2", 2)["hits"], 2)
        terminal.type("c\r")
        self.assertEqual(app.wait(), 0)

    def test_files_that_are_not_imported_yet(self):
        self.write("late/views.py", "X = 1\nf = lambda x: x + X\ndef g():\n    return f(2)\n")
        app = self.serve(
            """
            import os, time, sys
            while not os.path.exists("go"):
                time.sleep(0.01)
            from late import views
            print("answer", views.g(), flush=True)
            print("answer", views.f(40), flush=True)
            print("answer", views.f(50), flush=True)
            """
        )
        self.sidecar.expect("ready")
        self.points(
            ("b1", "late/views.py:2", {"if": "'x' in locals() and x > 30"}),
            ("b2", "late/views.py:1"),
        )
        told = self.state("b1", "Pending")
        self.assertIn("/late/views.py is not imported yet", told["message"])
        self.assertEqual(told["locations"][0]["line"], 2)
        self.write("go", "")
        terminal = self.sidecar.terminal(1)
        self.assertIn("-> X = 1", terminal.shown)
        terminal.type("c\r")
        for number, x in ((2, 40), (3, 50)):
            terminal = self.sidecar.terminal(number)
            self.assertIn("<lambda>", terminal.shown)
            self.assertIn(str(x), terminal.ask("p x"))
            terminal.type("c\r")
        self.assertEqual(app.wait(), 0)
        self.assertIn("answer 51", app.log)

    def test_threads_that_run_already_and_those_that_start(self):
        app = self.serve(
            """
            import os, threading, time
            def work(name):
                numbers = []
                while not os.path.exists("end"):
                    numbers.append([[name] for _ in range(100)])
                    tick(name)
            def tick(name):
                time.sleep(0.01)
            threading.Thread(target=work, args=("early",), name="early").start()
            while not os.path.exists("go"):
                time.sleep(0.01)
            threading.Thread(target=work, args=("late",)).start()
            """
        )
        self.sidecar.expect("ready")
        self.points(("b1", "app.py:9", {"log": "tick {name}"}))
        told = self.state("b1")
        app.expect("tick early")
        # Before Python 3.12 a thread cannot be made to notice at once, and it is said.
        if sys.version_info < (3, 12) and told["message"]:
            self.assertIn("not yet in threads that run already: early", told["message"])
        until(lambda: self.state("b1")["message"] is None, "no thread is left out")
        self.write("go", "")
        app.expect("tick late")
        self.points(("b1", "app.py:9", {"if": "name == 'early'"}))
        terminal = self.sidecar.terminal()
        self.assertIn("'early'", terminal.ask("p name"))
        self.end(app)

    def test_generators_coroutines_decorators_and_nested_functions(self):
        app = self.serve(
            """
            import asyncio, functools
            def decorated(function):
                @functools.wraps(function)
                def wrapper(*args):
                    return function(*args)
                return wrapper
            @decorated
            def plain(x):
                y = (x +
                     1)
                return y
            def numbers():
                yield 1
                yield 2
            async def page():
                await asyncio.sleep(0)
                return [n
                        for n in numbers()]
            print(plain(1), asyncio.run(page()), flush=True)
            """
        )
        self.assertEqual(app.wait(), 0)
        self.sidecar.breakpoints = [
            {"id": "b%d" % line, "file": "app.py", "line": line, "log": "at %d" % line}
            for line in (6, 8, 9, 11, 15, 17, 19)
        ]
        app = self.start(self.folder + "/app.py")
        self.assertEqual(app.wait(), 0)
        lines = [line for line in app.log.split("\n") if line.startswith("sidestep")]
        said = [line.rpartition(" ")[2] for line in lines]
        for line, least in ((6, 1), (8, 1), (9, 1), (11, 1), (15, 1), (17, 1), (19, 1)):
            self.assertGreaterEqual(said.count(str(line)), least, (line, app.log))

    def test_after_continue_from_breakpoint_ours_are_still_there(self):
        app = self.serve(
            """
            def view(n):
                if n == 1:
                    breakpoint()
                total = n + 1
                return total
            for n in (1, 2):
                print("answer", view(n), flush=True)
            """
        )
        self.sidecar.terminal(1).type("c\r")
        self.assertEqual(app.wait(), 0)
        self.sidecar.breakpoints = [{"id": "b1", "file": "app.py", "line": 6}]
        app = self.start(self.folder + "/app.py")
        self.sidecar.terminal(2).type("c\r")
        for number in (3, 4):
            terminal = self.sidecar.terminal(number)
            self.assertIn("-> return total", terminal.shown)
            terminal.type("c\r")
        self.assertEqual(app.wait(), 0)


    def test_in_a_child_that_was_forked(self):
        app = self.serve(
            """
            import os, time; print("running", flush=True)
            def work(who):
                return who
            while not os.path.exists("go"):
                time.sleep(0.01)
            child = os.fork()
            if child == 0:
                work("child")
                os._exit(0)
            print("status", os.waitpid(child, 0)[1], flush=True)
            """
        )
        app.expect("running")
        self.points(("b1", "app.py:4"))
        self.state("b1")
        self.write("go", "")
        terminal = self.sidecar.terminal()
        self.assertIn("'child'", terminal.ask("p who"))
        terminal.type("c\r")
        app.expect("status 0")
        self.assertEqual(app.wait(), 0)


class ConditionTest(OutsideCase):
    def test_one_that_raises_is_reported_and_does_not_stop(self):
        app = self.serve(LOOP)
        app.expect("running")
        self.points(("b1", "app.py:5", {"if": "nothing > 1"}))
        told = self.state("b1", "Error")
        self.assertIn("NameError: name 'nothing' is not defined", told["message"])
        app.expect("sidestep: app.py:5: the condition `nothing > 1` raised NameError")
        self.end(app)
        self.assertEqual(app.log.count("the condition"), 1)
        self.assertEqual(self.sidecar.seen("pause"), [])

    def test_a_line_in_a_function_and_in_a_comprehension(self):
        app = self.serve(
            """
            import os, time; print("running", flush=True)
            def view(order):
                return sum(i for i in [order, 1])
            while not os.path.exists("end"):
                view(7)
                time.sleep(0.01)
            """
        )
        app.expect("running")
        self.points(("b1", "app.py:4", {"if": "order == 7"}))
        terminal = self.sidecar.terminal()
        self.assertIn("view()", terminal.shown)
        self.points(("b1", "app.py:4", {"if": "order == 8"}), ("b2", "app.py:4", {"if": "odrer"}))
        terminal.type("c\r")
        self.assertIn("'odrer' is not defined", self.state("b2", "Error")["message"])
        self.state("b1")
        self.end(app)
        self.assertNotIn("`order == ", app.log)

    def test_a_comprehension_on_its_functions_line_is_no_stop_of_its_own(self):
        app = self.serve(
            """
            import os, time; print("running", flush=True)
            def view(order):
                return [i for i in [order, 1]], sum(i for i in [order, 1])
            while not os.path.exists("end"):
                view(7)
                time.sleep(0.01)
            """
        )
        app.expect("running")
        self.points(("b1", "app.py:4", {"log": "order {order}"}))
        app.expect("app.py:4: order 7")
        self.end(app)
        self.assertNotIn("NameError", app.log)

    def test_next_goes_over_a_comprehension_to_the_next_line(self):
        app = self.serve(
            """
            import os, time; print("running", flush=True)
            def double(i):
                return 2 * i
            def view(order):
                lines = [double(i) for i in [order, 1]]
                return lines
            while not os.path.exists("end"):
                view(7)
                time.sleep(0.01)
            """
        )
        app.expect("running")
        self.points(("b1", "app.py:6", {"if": "order == 7"}))
        terminal = self.sidecar.terminal()
        self.assertIn("view()", terminal.shown)
        self.points()
        # From 3.12 on a comprehension is a loop of its function, and pdb comes by for each round.
        shown = terminal.ask("n")
        for _ in range(2 if sys.version_info >= (3, 12) else 0):
            self.assertIn("app.py(6)view()", shown)
            shown = terminal.ask("n")
        self.assertIn("app.py(7)view()", shown)
        self.assertIn("(7, 2)", terminal.ask("p order, len(lines)"))
        terminal.type("c\r")
        self.end(app)

    def test_it_sees_locals_in_comprehensions_and_does_not_stop_in_itself(self):
        app = self.serve(LOOP)
        app.expect("running")
        self.points(
            ("b1", "app.py:5", {"if": "work(1) == 2 and all(total for _ in range(2)) and n > 3"})
        )
        terminal = self.sidecar.terminal()
        self.assertIn("work()", terminal.shown)
        self.assertIn("True", terminal.ask("p n > 3"))
        terminal.type("c\r")
        self.end(app)

    def test_a_log_message_never_stops_and_shows_what_fails(self):
        app = self.serve(LOOP)
        app.expect("running")
        self.points(("b1", "app.py:5", {"log": "{{n}}={n} {total:>5} {total / 0} {n=}"}))
        app.expect("sidestep: app.py:5: {n}=")
        app.expect("{total / 0}: ZeroDivisionError: division by zero n=")
        self.hits("b1", 3)
        self.end(app)
        self.assertEqual(self.sidecar.seen("pause"), [])

    def test_a_hot_logpoint_is_bounded(self):
        app = self.serve(LOOP.replace("time.sleep(0.01)", "pass"))
        app.expect("running")
        self.points(("b1", "app.py:5", {"log": "n"}))
        app.expect("more left out)")
        self.end(app)
        lines = app.log.count("app.py:5: n\n")
        self.assertLessEqual(lines, 100 * (2 + app.log.count("left out")), app.log[-300:])

    def test_check(self):
        app = self.serve(LOOP)
        app.expect("running")
        self.sidecar.send({"type": "check", "query": "1", "if": "total <"})
        told = self.sidecar.expect("checked", query="1")
        self.assertEqual(told["problem"]["at"], 7)
        self.sidecar.send({"type": "check", "query": "2", "if": "total < 1", "log": "{total}"})
        self.assertIsNone(self.sidecar.expect("checked", query="2")["problem"])
        self.end(app)


class PlaceTest(OutsideCase):
    def test_states(self):
        self.write("one/views.py", "X = 1\n\n\ndef f():\n    '''doc'''\n    return X\n")
        self.write("two/views.py", "X = 1\n")
        app = self.serve(LOOP, before="import one.views, two.views\n")
        app.expect("running")
        self.points(
            ("b1", "views.py:1"),
            ("b2", "one/views.py:4"),
            ("b3", "one/views.py:99"),
            ("b4", "iews.py:1"),
            ("b5", "sidestep_kit/link.py:50"),
            ("b6", "pdb.py:100"),
            ("b7", "/home/me/proj/one/views.py:6"),
            ("b8", "one/views.py:6", {"if": "1 +"}),
        )
        told = self.state("b1", "Ambiguous")
        self.assertIn("one/views.py, ", told["message"])
        self.assertEqual(len(told["locations"]), 2)
        told = self.state("b2")
        self.assertEqual(told["locations"][0]["line"], 6)
        self.assertIn("line 4 has no code: moved to line 6, in f", told["message"])
        self.assertIn("its last is line 6", self.state("b3", "Error")["message"])
        self.state("b4", "Pending")
        self.state("b5", "Error")
        self.assertIn("cannot stop itself", self.state("b6", "Error")["message"])
        self.assertEqual(self.state("b7")["locations"][0]["line"], 6)
        self.assertIn("1 +", self.state("b8", "Error")["message"])
        self.end(app)

    def test_the_app_s_own_file_is_meant_before_others_of_that_name(self):
        self.write("lib/app.py", "X = 1\n")
        app = self.serve(LOOP, before="import lib.app\n")
        app.expect("running")
        self.points(("b1", "app.py:5"))
        self.assertEqual(self.state("b1")["locations"][0]["file"], self.folder + "/app.py")
        self.end(app)


class CostTest(OutsideCase):
    def test_without_breakpoints_nothing_is_traced(self):
        app = self.serve(
            LOOP
            + """
    import sys, threading
    print("trace", sys.gettrace(), threading._trace_hook, flush=True)
    print("kit", [m for m in sys.modules if m.endswith(("breakpoints", "monitor"))], flush=True)
            """
        )
        app.expect("running")
        self.write("end", "")
        self.assertEqual(app.wait(), 0)
        self.assertIn("trace None None", app.log)
        self.assertIn("kit []", app.log)

    def test_taken_away_it_costs_nothing_again(self):
        app = self.serve(
            LOOP
            + """
    import sys, threading
    print("trace", sys.gettrace(), threading._trace_hook, flush=True)
    if sys.version_info >= (3, 12):
        print("tools", [sys.monitoring.get_tool(n) for n in range(6)], flush=True)
            """
        )
        app.expect("running")
        self.points(("b1", "app.py:5"))
        self.state("b1")
        terminal = self.sidecar.terminal()
        self.end(app)
        self.assertIn("trace None None", app.log)
        self.assertNotIn("'sidestep'", app.log)


@unittest.skipIf(sys.version_info < (3, 12), "sys.monitoring came with Python 3.12")
class OtherToolsTest(OutsideCase):
    def test_tools_that_hold_all_ids_are_left_alone(self):
        app = self.serve(
            """
            import os, sys, time
            for number in (3, 4):
                sys.monitoring.use_tool_id(number, "another")
            print("running", flush=True)
            while not os.path.exists("end"):
                time.sleep(0.01)
            print([sys.monitoring.get_tool(number) for number in (3, 4)], flush=True)
            """
        )
        app.expect("running")
        self.points(("b1", "app.py:7"))
        self.assertIn("other tools hold", self.state("b1", "Error")["message"])
        self.end(app)
        self.assertIn("['another', 'another']", app.log)


@unittest.skipIf(sys.version_info >= (3, 12), "only sys.settrace has to be shared")
class OtherTracerTest(OutsideCase):
    def test_a_tracer_of_the_app_goes_on(self):
        app = self.serve(
            """
            import os, sys, time
            seen = set()
            def tracer(frame, event, arg):
                if frame.f_code.co_filename.endswith("app.py"):
                    seen.add((frame.f_code.co_name, event))
                    return tracer
            sys.settrace(tracer)
            def work(n):
                return n
            n = 0; print("running", flush=True)
            while not os.path.exists("end"):
                n += 1
                work(n)
                time.sleep(0.01)
            print(sorted(seen), flush=True)
            """
        )
        app.expect("running")
        self.points(("b1", "app.py:10"))
        terminal = self.sidecar.terminal()
        self.assertIn("-> return n", terminal.shown)
        terminal.type("c\r")
        self.end(app)
        self.assertIn("('work', 'return')", app.log)

