"""`onException: browser`: Werkzeug's debugger in place of the answer."""

import json
import os
import types
import unittest

from sidestep_kit import werkzeug_debugger

from .case import KIT
from .web import PIN, WebTestCase

#: Whether this Python has a Werkzeug that is used instead of the kit's copy.
HAS_RECENT = werkzeug_debugger._is_recent()

APP = """
    calls = 0

    def price(total, pieces):
        return total / pieces

    def app(environ, start_response):
        global calls
        calls += 1
        path = environ["PATH_INFO"]
        if path == "/fine":
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"calls: %d" % calls]
        if path == "/begun":
            start_response("200 OK", [("Content-Type", "text/plain")])
        if path == "/lazy":
            return lazy(start_response)
        if path == "/stream":
            return stream(start_response)
        if path == "/exit":
            raise SystemExit(3)
        price(1042, 0)

    def lazy(start_response):
        start_response("200 OK", [("Content-Type", "text/plain"), ("X-Of", "the app")])
        price(7, 0)
        yield b"never"

    def stream(start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"a" * 100
        price(7, 0)
    """


class PageTest(WebTestCase):
    def test_the_page_and_a_shell_in_its_frames_behind_the_pin(self):
        app = self.serve(APP)
        page = self.get("/orders/1042?a=1")
        self.assertEqual(page.status, 500)
        self.assertEqual(page.headers["Content-Type"], "text/html; charset=utf-8")
        for part in ("ZeroDivisionError: division by zero", "return total / pieces",
                     "EVALEX = true", "EVALEX_TRUSTED = false", "sidestep get sessions -o wide"):
            self.assertIn(part, page.body)
        self.assertNotIn("sidestep_kit", page.body)
        self.assertNotIn("standard output", page.body)
        self.assertIn("ZeroDivisionError", app.log)
        frame = page.frame("price")
        locked = self.command(cmd="total", frm=frame)
        self.assertEqual((locked.status, "Locked" in locked.body), (403, True))
        self.assertIn('"auth": true', self.unlock().body)
        self.assertIn("1042", self.command(cmd="total", frm=frame).body)
        self.assertIn("/orders/1042", self.command(cmd="environ", frm=page.frame("app")).body)
        self.command(cmd="total = 5", frm=frame)
        self.assertIn("5", self.command(cmd="total", frm=frame).body)
        self.assertIn("EVALEX_TRUSTED = true", self.get("/orders/1042").body)
        self.assertIn("calls: 3", self.get("/fine").body)

    def test_resources_need_neither_secret_nor_pin(self):
        self.serve(APP)
        for name in ("style.css", "debugger.js"):
            self.assertEqual(self.get("/a?__debugger__=yes&cmd=resource&f=" + name).status, 200)
        missing = self.get("/?__debugger__=yes&cmd=resource&f=passwd")
        self.assertEqual(missing.status, 404)
        self.assertIn("calls: 1", self.get("/fine").body)

    def test_whatever_the_host(self):
        self.serve(APP)
        for host in ("my_app:8000", "shop.example.org", "10.0.0.7:8080", "localhost"):
            page = self.get("/", Host=host)
            self.assertIn("EVALEX = true", page.body)
            self.cookie = None
            self.assertIn('"auth": true', self.unlock(Host=host).body, host)
            answer = self.command(cmd="total + 1", frm=page.frame("price"), headers={"Host": host})
            self.assertIn("1043", answer.body)

    def test_what_is_stale_gets_410_and_the_view_is_not_run(self):
        self.serve(APP)
        frame = self.get("/").frame("price")
        self.unlock()
        for query in (
            {"cmd": "total", "frm": "12345"},
            {"cmd": "total", "frm": "not a number"},
            {"cmd": "total"},
            {"cmd": "total", "frm": frame, "s": "another"},
            {"cmd": "pinauth", "pin": PIN, "s": "another"},
            {"cmd": "pinauth"},
            {"cmd": "resource"},
            {},
        ):
            answer = self.command("/begun", **query)
            self.assertEqual(answer.status, 410, query)
            self.assertIn("of the past", answer.body)
        self.assertIn("calls: 2", self.get("/fine").body)

    def test_only_the_last_frames_are_kept(self):
        self.serve(APP)
        self.unlock()
        frames = [self.get("/").frame("price") for _ in range(22)]
        self.assertEqual(len(set(frames)), 22)
        statuses = [self.command(cmd="total", frm=frame).status for frame in frames]
        self.assertEqual(statuses, [410] * 2 + [200] * 20)

    def test_ten_wrong_pins_lock_it(self):
        self.serve(APP)
        self.get("/")
        # It takes its time with each: half a second, then five.
        answers = [json.loads(self.unlock("111-111-111").body) for _ in range(10)]
        self.assertEqual(answers, [{"auth": False, "exhausted": False}] * 10)
        self.assertIn('"exhausted": true', self.unlock(PIN).body)
        self.assertIsNone(self.cookie)
        self.assertIn("calls: 2", self.get("/fine").body)

    def test_the_cookie_holds_after_a_restart(self):
        self.serve(APP)
        self.unlock()
        cookie = self.cookie
        self.app.process.kill()
        self.app.process.wait()
        self.serve(APP)
        self.cookie = cookie
        page = self.get("/")
        self.assertIn("EVALEX_TRUSTED = true", page.body)
        self.assertIn("1042", self.command(cmd="total", frm=page.frame("price")).body)

    def test_headers_that_are_not_out_yet_are_replaced(self):
        self.serve(APP)
        for path in ("/begun", "/lazy"):
            page = self.get(path)
            self.assertEqual(page.status, 500)
            self.assertIn("ZeroDivisionError", page.body)
            self.assertNotIn("X-Of", page.headers)
        head = self.get("/lazy", method="HEAD")
        self.assertEqual((head.status, head.body), (500, ""))

    def test_once_something_is_sent_there_is_only_a_log_line(self):
        app = self.serve(APP)
        answer = self.get("/stream")
        self.assertEqual((answer.status, answer.body[:100]), (200, "a" * 100))
        self.assertNotIn("Werkzeug", answer.body)
        app.expect("ZeroDivisionError: division by zero")
        self.assertEqual(self.get("/fine").status, 200)

    def test_exit_at_the_prompt_ends_nothing(self):
        self.serve(APP)
        frame = self.get("/").frame("price")
        self.unlock()
        self.assertIn("the app goes on", self.command(cmd="exit(4)", frm=frame).body)
        self.assertIn("1042", self.command(cmd="total", frm=frame).body)

    def test_no_pin_no_debugger(self):
        app = self.serve(APP, SIDESTEP_PIN=None)
        self.assertNotIn("Werkzeug", self.get("/").body)
        self.assertIn("sidestep: the sidecar gave no PIN", app.log)

    def test_none_hooks_nothing(self):
        self.mode = "none"
        self.serve(APP)
        self.assertNotIn("Werkzeug", self.get("/").body)
        self.assertIn("calls: 2", self.get("/fine?__debugger__=yes&cmd=resource&f=style.css").body)

    def test_a_message_with_markup_stays_text(self):
        self.serve(
            """
            def app(environ, start_response):
                raise ValueError("</title><script>alert(1)</script>-->")
            """
        )
        self.assertNotIn("<script>alert", self.get("/").body.partition("<!--")[0])

    def test_the_app_finds_no_module_that_it_would_not_have(self):
        self.serve(
            """
            import sys
            def app(environ, start_response):
                if environ["PATH_INFO"] == "/":
                    raise ValueError
                start_response("200 OK", [])
                return [repr(sorted({"werkzeug", "markupsafe"} & set(sys.modules))).encode()]
            """,
            PYTHONPATH=os.pathsep.join((KIT, self.folder)),
            # Where this Python has packages of its own, among them a recent Werkzeug perhaps.
            PYTHONNOUSERSITE="1",
        )
        self.assertIn("Werkzeug", self.get("/").body)
        expected = "['markupsafe', 'werkzeug']" if HAS_RECENT else "[]"
        self.assertEqual(self.get("/modules").body, expected)


class WerkzeugTest(unittest.TestCase):
    def test_shared_memory_that_cannot_be_had(self):
        debug = types.SimpleNamespace()

        def refuse(_kind):
            raise OSError(30, "Read-only file system")

        class DebuggedApplication:
            def __init__(self, *_args, **_options):
                self._failed_pin_auth = debug.Value("B")

        debug.Value, debug.DebuggedApplication = refuse, DebuggedApplication
        made = werkzeug_debugger._make(debug, PIN, "secret", "token", 20)
        with made._failed_pin_auth.get_lock():
            self.assertEqual(made._failed_pin_auth.value, 0)
        self.assertIs(debug.Value, refuse)
