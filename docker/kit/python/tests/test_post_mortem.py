"""`onException: terminal`: an unhandled exception pauses where it was raised."""

import sys
import unittest

from .case import KitTestCase

APP = """
    import sys
    from sidestep_kit import serving

    class Order:
        total = 7

    def price(order, pieces):
        order = order
        return order.total / pieces

    def view(environ, start_response):
        try:
            price(Order(), 0)
        except ZeroDivisionError as error:
            raise ValueError("no price\\nfor it") from error

    def lazy(environ, start_response):
        start_response("200 OK", [])
        yield b"begun"
        price(Order(), 0)

    def sent(*head):
        print("sent", *head, flush=True)

    app = serving.wsgi(lambda environ, start: globals()[environ["PATH_INFO"]](environ, start))
    for name in {names}:
        try:
            print(list(app({"PATH_INFO": name, "REQUEST_METHOD": "GET"}, sent)))
        except Exception as error:
            print("server caught", repr(error), flush=True)
    print("traced by", sys.gettrace(), flush=True)
    """


class PostMortemTest(KitTestCase):
    def run_views(self, *names, **environment):
        return self.run_app(
            APP.replace("{names}", repr(names)), SIDESTEP_ON_EXCEPTION="terminal", **environment
        )

    def test_stops_where_it_was_raised_and_the_app_answers_after_continue(self):
        for number, keys in enumerate(("c\r", "q\r", "\x04"), 1):
            self.sidecar.messages.clear()
            self.sidecar.terminals.clear()
            app = self.run_views("view")
            terminal = self.sidecar.terminal()
            pause = self.sidecar.expect("pause")
            self.assertEqual(pause["reason"], "exception: ValueError: no price for it")
            self.assertEqual((pause["function"], pause["line"]), ("view", 16))
            self.assertEqual(pause["request"]["path"], "view")
            self.assertIn("ValueError: no price for it", terminal.shown)
            self.assertIn("caused by ZeroDivisionError: division by zero", terminal.shown)
            self.assertIn("-> raise ValueError", terminal.shown)
            self.assertIn("view", terminal.ask("p environ['PATH_INFO']"))
            self.assertNotIn("sidestep_kit", terminal.ask("w"))
            terminal.type(keys)
            self.assertEqual(app.wait(), 0)
            self.assertIn("server caught ValueError", app.log)
            self.sidecar.expect("resume", id=pause["id"])

    def test_frames_and_no_steps(self):
        app = self.run_views("lazy")
        terminal = self.sidecar.terminal()
        self.assertIn("price()", terminal.shown)
        self.assertIn("0", terminal.ask("p pieces"))
        self.assertIn("lazy()", terminal.ask("u"))
        self.assertIn("price(Order(), 0)", terminal.ask("ll"))
        terminal.ask("d")
        terminal.ask("order.total = 9")
        self.assertIn("9", terminal.ask("p order.total"))
        for step in ("n", "s", "r", "unt", "j 3"):
            self.assertIn("`c` lets the app answer it", terminal.ask(step))
        terminal.type("c\r")
        self.assertEqual(app.wait(), 0)
        self.assertIn("server caught ZeroDivisionError", app.log)

    def test_the_next_one_stops_again(self):
        app = self.run_views("view", "lazy", "view")
        for number in (1, 2, 3):
            self.sidecar.terminal(number).type("c\r")
        self.assertEqual(app.wait(), 0)
        self.assertEqual(len(self.sidecar.seen("pause")), 3)
        self.assertEqual(app.log.count("server caught"), 3)
        self.assertIn("traced by None", app.log)

    def test_breakpoints_set_in_it_hold_for_later_requests(self):
        app = self.run_views("view", "lazy")
        terminal = self.sidecar.terminal()
        self.assertIn("Breakpoint 1", terminal.ask("b price"))
        terminal.type("c\r")
        terminal = self.sidecar.terminal(2)
        self.assertIn("-> order = order", terminal.shown)
        self.assertEqual(self.sidecar.seen("pause")[1]["reason"], "breakpoint")
        terminal.ask("clear 1")
        terminal.type("c\r")
        self.sidecar.terminal(3).type("c\r")
        self.assertEqual(app.wait(), 0)

    def test_stepping_into_an_exception_stays_on_the_terminal(self):
        app = self.run_app(
            APP.replace("{names}", "('view',)").replace("order = order", "breakpoint()"),
            SIDESTEP_ON_EXCEPTION="terminal",
        )
        terminal = self.sidecar.terminal()
        shown = ""
        while "server caught" not in app.log and "caused by" not in shown:
            shown = terminal.ask("n")
        self.assertIn("ValueError: no price for it", shown)
        self.assertEqual(len(self.sidecar.seen("pause")), 1)
        terminal.type("c\r")
        self.assertEqual(app.wait(), 0)
        self.assertIn("server caught ValueError", app.log)

    def test_nobody_there(self):
        self.sidecar.stop()
        app = self.run_views("view", "lazy")
        self.assertEqual(app.wait(), 0)
        self.assertEqual(app.log.count("server caught"), 2)
        self.assertEqual(app.log.count("no sidecar"), 1)

    def test_continue_from_outside(self):
        app = self.run_views("view")
        self.sidecar.terminal()
        self.sidecar.resume(self.sidecar.expect("pause"))
        self.assertEqual(app.wait(), 0)
        self.assertIn("server caught ValueError", app.log)

    @unittest.skipIf(sys.version_info < (3, 13), "pdb goes along chains since Python 3.13")
    def test_the_other_exceptions_of_a_chain(self):
        app = self.run_views("view")
        terminal = self.sidecar.terminal()
        self.assertIn("division by zero", terminal.ask("exceptions"))
        self.assertIn("price()", terminal.ask("exceptions 0"))
        self.assertIn("0", terminal.ask("p pieces"))
        terminal.type("c\r")
        self.assertEqual(app.wait(), 0)

    def test_an_exit_is_none_of_ours(self):
        app = self.run_app(
            """
            import bdb
            from sidestep_kit import serving

            def view(environ, start_response):
                raise environ["raise"]

            for error in (SystemExit(3), KeyboardInterrupt(), bdb.BdbQuit()):
                try:
                    serving.wsgi(view)({"raise": error}, None)
                except BaseException as caught:
                    print("server caught", repr(caught), flush=True)
            """,
            SIDESTEP_ON_EXCEPTION="terminal",
        )
        self.assertEqual(app.wait(), 0)
        self.assertEqual(app.log.count("server caught"), 3)
        self.assertEqual(self.sidecar.messages, [])
