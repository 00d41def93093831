"""The debugger in the browser against somebody who does not know the PIN."""

import json
import os
import threading
import time
import unittest
from unittest import mock

from sidestep_kit import werkzeug_debugger

from . import sidecar
from .web import PIN, SECRET, WebTestCase

APP = """
    def price(total, pieces):
        return total / pieces

    def app(environ, start_response):
        price(1042, 0)
    """


class LockedTest(WebTestCase):
    def setUp(self):
        super().setUp()
        self.serve(APP)
        self.frame = self.get("/").frame("price")
        self.proof = os.path.join(self.folder, "it-was-run")
        self.code = "open(%r, 'w').close()" % self.proof

    def stays_locked(self, what, status=403, headers=(), **query):
        answer = self.command(headers=headers, **{"cmd": self.code, "frm": self.frame, **query})
        self.assertEqual(answer.status, status, what)
        self.assertNotIn("Set-Cookie", answer.headers)
        self.assertFalse(os.path.exists(self.proof), what)

    def test_the_pin_opens_it(self):
        self.unlock()
        self.assertEqual(self.command(cmd=self.code, frm=self.frame).status, 200)
        self.assertTrue(os.path.exists(self.proof))

    def test_no_header_is_a_way_around_the_pin(self):
        for headers in (
            {"Host": "localhost"},
            {"Host": "127.0.0.1:8000"},
            {"Host": "evil.test"},
            {"X-Forwarded-For": "127.0.0.1"},
            {"X-Forwarded-Host": "localhost"},
            {"Forwarded": "for=127.0.0.1;host=localhost"},
            {"X-Real-IP": "127.0.0.1"},
            {"Authorization": "Bearer " + PIN},
            {"Cookie": "pin=" + PIN},
            {"Sec-Fetch-Site": "same-origin"},
        ):
            self.stays_locked(headers, headers=headers)

    def test_no_parameter_is_a_way_around_the_pin(self):
        for query in (
            {"pin": PIN},
            {"evalex_trusted": "true"},
            {"EVALEX_TRUSTED": "true"},
            {"debug": "1"},
        ):
            self.stays_locked(query, **query)
        for query in ({"s": ""}, {"s": SECRET + "x"}, {"s": SECRET[:-1]}, {"s": "\udce4\udcff"}):
            encoded = {"s": query["s"].encode("utf-8", "surrogateescape")}
            self.stays_locked(query, status=410, **encoded)
        for cmd in ("printpin", "paste"):
            self.assertNotIn(PIN, self.command(cmd=cmd, frm=self.frame).body)
        self.assertNotIn(PIN, self.app.log)

    def test_there_is_no_console_without_an_exception(self):
        self.assertNotIn("CONSOLE_MODE = true", self.get("/console").body)
        for frame in ("0", "1", "-1"):
            self.stays_locked(frame, status=410, frm=frame)

    def test_a_cookie_is_of_its_pin_its_session_and_its_week(self):
        self.unlock()
        name, _, value = self.cookie.partition("=")
        set_at, _, hashed = value.strip('"').partition("|")
        week = 8 * 24 * 3600
        for cookie in (
            "%s=%s|%s" % (name, int(set_at) - week, hashed),
            "%s=%s|%s" % (name, set_at, "0" * len(hashed)),
            "%s=%s|" % (name, set_at),
            "%s=%s" % (name, hashed),
            "%s=|%s" % (name, hashed),
            "%s=%s|%s" % (name[:-1], set_at, hashed),
            "__wzd=%s|%s" % (set_at, hashed),
            "a=%s|%s" % (set_at, hashed),
        ):
            self.cookie = cookie
            self.stays_locked(cookie)
        self.app.process.kill()
        self.app.process.wait()
        whole = "%s=%s" % (name, value)
        with mock.patch.object(sidecar, "TOKEN", "another session's"):
            self.serve(APP, SIDESTEP_TOKEN="another session's")
        self.frame = self.get("/").frame("price")
        self.cookie = whole
        self.stays_locked("another session's cookie")

    def test_a_cookie_is_for_this_site_and_no_script(self):
        answer = self.command(cmd="pinauth", pin=PIN)
        attributes = {part.strip().lower() for part in answer.headers["Set-Cookie"].split(";")}
        self.assertLessEqual({"httponly", "samesite=strict"}, attributes)
        # Nothing that would hand it to other hosts.
        self.assertFalse([part for part in attributes if part.startswith("domain")])

    def test_the_page_is_in_no_frame_of_another_site(self):
        page = self.get("/")
        self.assertIn("frame-ancestors 'self'", page.headers["Content-Security-Policy"])
        self.assertEqual(page.headers["X-Content-Type-Options"], "nosniff")
        self.assertNotIn(PIN, page.body)


class GuessesTest(unittest.TestCase):
    def test_many_guesses_at_once_are_no_more_than_ten_tries(self):
        made = werkzeug_debugger.load(PIN, SECRET, "token", 20)
        begin = threading.Barrier(40)
        answers = []
        tried = []

        def guess(pin, at_once=True):
            query = "__debugger__=yes&cmd=pinauth&s=%s&pin=%s" % (SECRET, pin)
            environ = {
                "REQUEST_METHOD": "GET", "PATH_INFO": "/", "QUERY_STRING": query,
                "SERVER_NAME": "a", "SERVER_PORT": "80", "wsgi.url_scheme": "http",
            }
            if at_once:
                begin.wait()
            told = json.loads(b"".join(made(environ, lambda *_: None)))
            answers.append(told)
            return told

        fail = made._fail_pin_auth

        def failed():
            tried.append(1)
            pause(0.02)  # Others come just before it is counted.
            fail()

        made._fail_pin_auth = failed
        pause = time.sleep
        # What it takes its time for is shorter here, and long enough for others to come meanwhile.
        slept = []

        def sleep(seconds):
            slept.append(seconds)
            pause(seconds / 20)

        with mock.patch.object(time, "sleep", sleep):
            for _ in range(12):
                threads = [
                    threading.Thread(target=guess, args=("%03d-000-000" % number,))
                    for number in range(40)
                ]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
        self.assertEqual(len(tried), 10)
        self.assertEqual(slept, [0.5] * 6 + [5.0] * 4)
        self.assertFalse([told for told in answers if told["auth"]])
        self.assertEqual(guess(PIN, at_once=False), {"auth": False, "exhausted": True})
        # The replica was started again.
        made = werkzeug_debugger.load(PIN, SECRET, "token", 20)
        self.assertEqual(guess(PIN, at_once=False), {"auth": True, "exhausted": False})
