"""gunicorn becomes one synchronous worker without a timeout, whatever its configuration says.

With the real gunicorn, installed or in the folder SIDESTEP_TEST_GUNICORN; and everywhere with a
package that has the same classes and settings, in which the hooks are driven.
"""

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
import unittest

from .case import KIT, KitTestCase
from .sidecar import until

GUNICORN = os.environ.get("SIDESTEP_TEST_GUNICORN", "")

APP = """
import os

def app(environ, start_response):
    if environ["PATH_INFO"].startswith("/pause"):
        total = 7
        breakpoint()
    body = ("%s %d" % (environ["PATH_INFO"], os.getpid())).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
"""

#: As real apps have it; the hooks write down that they ran.
CONFIG = """
bind = "unix:gunicorn.sock"
workers = 3
worker_class = "gthread"
threads = 8
preload_app = True
timeout = 3
graceful_timeout = 2
max_requests = 1
max_requests_jitter = 5

def on_starting(server):
    print("hook on_starting", flush=True)

def when_ready(server):
    print("hook when_ready", server.num_workers, flush=True)

def post_fork(server, worker):
    print("hook post_fork", type(worker).__name__, worker.timeout, flush=True)

def post_worker_init(worker):
    print("hook post_worker_init", flush=True)
"""


def can_run_gunicorn():
    """Whether this Python has a gunicorn, or can use the one that was given."""
    path = [KIT, GUNICORN] if GUNICORN else [KIT]
    return not subprocess.call(
        [sys.executable, "-c", "import gunicorn.app.wsgiapp, gunicorn.workers.gthread"],
        env={"PYTHONPATH": os.pathsep.join(path), "PATH": os.environ["PATH"]},
        stderr=subprocess.DEVNULL,
    )


class Connection(http.client.HTTPConnection):
    """HTTP over gunicorn's unix socket."""

    def __init__(self, path):
        super().__init__("localhost")
        self._path = path

    def connect(self):
        import socket

        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(self._path)


@unittest.skipUnless(can_run_gunicorn(), "this Python has no gunicorn that it can run")
class GunicornTest(KitTestCase):
    def start_gunicorn(self, *arguments, config=CONFIG, **environment):
        self.write("wsgi.py", APP)
        self.write("conf.py", config)
        path = os.pathsep.join(p for p in (KIT, GUNICORN, self.folder) if p)
        app = self.start(
            "-m", "gunicorn.app.wsgiapp", "-c", "conf.py", *arguments, "wsgi:app",
            **dict({"PYTHONPATH": path}, **environment)
        )
        self.addCleanup(self.stop, app)
        app.expect("hook post_worker_init")
        return app

    def stop(self, app):
        """Workers would outlive an arbiter that is killed."""
        if app.process.poll() is None:
            app.process.terminate()
            app.wait()

    def get(self, path, **headers):
        connection = Connection(self.folder + "/gunicorn.sock")
        connection.request("GET", path, headers=headers)
        return connection.getresponse().read().decode()

    def get_later(self, path, **headers):
        """Requests in a thread; a list that gets the answer."""
        answers = []

        def get():
            try:
                answers.append(self.get(path, **headers))
            except (OSError, http.client.HTTPException) as error:
                answers.append(error)

        threading.Thread(target=get, daemon=True).start()
        return answers

    def test_one_worker_that_bears_a_pause_longer_than_the_timeout(self):
        app = self.start_gunicorn("--workers", "4", WEB_CONCURRENCY="5",
                                  GUNICORN_CMD_ARGS="--threads 6 --timeout 2")
        self.assertIn(
            "sidestep: gunicorn: 1 sync worker, no timeout"
            " (was: 4 gthread workers of 6 threads, 2 s, preload, 1 requests)",
            app.log,
        )
        for hook in ("on_starting", "when_ready 1", "post_fork SyncWorker 0"):
            self.assertIn("hook " + hook, app.log)
        hello = self.sidecar.expect("hello")
        self.assertRegex(hello["server"], r"^gunicorn \d+\.\d+")
        self.assertEqual(self.sidecar.expect("ready")["pid"], hello["pid"])
        self.assertEqual(self.get("/a"), "/a %d" % hello["pid"])
        self.assertEqual(self.get("/b"), "/b %d" % hello["pid"])
        headers = {"X-Forwarded-For": "10.0.0.5, 10.1.1.1", "X-Sidestep-Request": "3f-1"}
        answers = self.get_later("/pause?n=1", **headers)
        terminal = self.sidecar.terminal()
        asked = dict(self.sidecar.expect("pause")["request"])
        self.assertLess(abs(asked.pop("since") / 1000 - time.time()), 60)
        self.assertEqual(
            asked, {"method": "GET", "path": "/pause?n=1", "client": "10.0.0.5", "id": "3f-1"}
        )
        time.sleep(7)  # Longer than any of the timeouts, by which a worker would be killed.
        self.assertEqual(answers, [])
        self.assertIn("7", terminal.ask("p total"))
        terminal.type("c\r")
        until(lambda: answers, "the answer")
        self.assertEqual(answers, ["/pause %d" % hello["pid"]])
        self.assertEqual(app.log.count("hook post_fork"), 1)
        self.assertEqual(app.log.count("sidestep:"), 1)

    def test_how_a_worker_ended_is_told_and_another_serves(self):
        app = self.start_gunicorn()
        answers = self.get_later("/pause")
        terminal = self.sidecar.terminal()
        pid = self.sidecar.expect("pause")["pid"]
        terminal.type("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)\r")
        ended = self.sidecar.expect("exited")
        self.assertEqual((ended["pid"], ended["signal"]), (pid, "SIGSEGV"))
        until(lambda: answers, "the end of the request")
        self.assertNotIn(str(pid), self.get("/a"))
        self.assertNotIn("sidestep: cannot", app.log)

    def test_q_and_interrupts_end_neither_request_nor_worker(self):
        app = self.start_gunicorn()
        pid = self.sidecar.expect("ready")["pid"]
        for number, keys in enumerate(("q\r", "\x04", "exit\r", "c\r"), 1):
            answers = self.get_later("/pause")
            terminal = self.sidecar.terminal(number)
            terminal.type("while True: pass\r")
            terminal.expect("\r\n")
            terminal.type("\x03")
            terminal.prompt()
            terminal.type("\x03")  # And once more where there is nothing to interrupt.
            terminal.prompt()
            terminal.type(keys)
            until(lambda: answers, "the answer after %r" % keys)
            self.assertEqual(answers, ["/pause %d" % pid])
        self.assertEqual(app.log.count("hook post_fork"), 1)

    def test_sigterm_in_a_pause_ends_it_after_the_graceful_timeout(self):
        app = self.start_gunicorn()
        self.get_later("/pause")
        self.sidecar.terminal()
        began = time.monotonic()
        app.process.terminate()
        self.assertEqual(app.wait(), 0)
        self.assertLess(time.monotonic() - began, 6)

    def test_reload_and_ttin_keep_one_worker(self):
        app = self.start_gunicorn()
        first = self.sidecar.expect("ready")["pid"]
        app.process.send_signal(signal.SIGTTIN)
        app.expect("the number of workers stays 1")
        app.process.send_signal(signal.SIGHUP)
        second = self.sidecar.expect("ready", 2)["pid"]
        self.assertNotEqual(first, second)
        until(lambda: not os.path.exists("/proc/%d" % first), "the end of the old worker")
        self.assertEqual(self.get("/a"), "/a %d" % second)
        answers = self.get_later("/pause")
        self.sidecar.terminal().type("c\r")
        until(lambda: answers, "the answer")
        self.assertEqual(app.log.count("hook post_fork SyncWorker 0"), 2)
        self.assertEqual(app.log.count("sidestep: gunicorn: 1 sync"), 1)

    def test_no_sidecar(self):
        self.sidecar.stop()
        app = self.start_gunicorn()
        self.assertIn("/pause", self.get("/pause"))
        self.assertIn("/pause", self.get("/pause"))
        self.assertEqual(app.log.count("no sidecar at"), 1)
        # It comes up later, and is told.
        self.sidecar.start()
        self.sidecar.expect("ready")
        answers = self.get_later("/pause")
        self.sidecar.terminal().type("c\r")
        until(lambda: answers, "the answer")


FAKE = {
    "gunicorn/__init__.py": "__version__ = '99.1'\n",
    "gunicorn/arbiter.py": """
        class Arbiter:
            def setup(self, app):
                self.app, self.num_workers = app, app.cfg.get("workers")
            def handle_ttin(self):
                self.num_workers += 1
            def handle_ttou(self):
                self.num_workers -= 1
        """,
    "gunicorn/workers/__init__.py": "",
    "gunicorn/workers/base.py": """
        class Worker:
            def __init__(self, app):
                self.app = app
            def load_wsgi(self):
                self.wsgi = self.app.wsgi()
        """,
    "gunicorn/workers/sync.py": """
        from gunicorn.workers import base
        class SyncWorker(base.Worker):
            pass
        """,
    "run.py": """
        import json, sys
        from gunicorn.arbiter import Arbiter
        from gunicorn.workers.sync import SyncWorker
        from gunicorn.workers.base import Worker

        class Setting:
            def __init__(self, value):
                self.value = value
            def get(self):
                return self.value

        class Config:
            def __init__(self, **values):
                self.settings = {name: Setting(value) for name, value in values.items()}
            def set(self, name, value):
                self.settings[name].value = value
            def get(self, name):
                return self.settings[name].value

        class App:
            def __init__(self, kind):
                self.cfg = Config(workers=3, worker_class=kind, threads=8, timeout=30,
                    preload_app=True, max_requests=9, max_requests_jitter=9, reload=True)
            def wsgi(self):
                return serve

        def serve(environ, start_response):
            breakpoint()
            return [b"answer"]

        kind = sys.argv[1]
        app = App(type(kind, (), {}) if kind == "AClass" else kind)
        arbiter = Arbiter()
        for _ in range(2):
            arbiter.setup(app)
            arbiter.handle_ttin()
            arbiter.handle_ttou()
        worker = (Worker if "uvicorn" in kind else SyncWorker)(app)
        worker.load_wsgi()
        worker.load_wsgi()
        print("workers", arbiter.num_workers, app.cfg.get("worker_class"))
        names = sorted(set(app.cfg.settings) - {"worker_class"})
        print({name: app.cfg.get(name) for name in names})
        print("app is", "as it was" if worker.wsgi is serve else "wrapped")
        environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/caf\\xc3\\xa9", "QUERY_STRING": "a=1",
            "REMOTE_ADDR": "10.0.0.9"}
        print(worker.wsgi(environ, None))
        """,
}

FORCED = (
    "{'max_requests': 0, 'max_requests_jitter': 0, 'preload_app': False, 'reload': False,"
    " 'threads': 1, 'timeout': 0, 'workers': 1}"
)


class HooksTest(KitTestCase):
    def serve(self, kind, forced=FORCED, **environment):
        """Runs the package in place of gunicorn; its log."""
        for name, text in FAKE.items():
            self.write(name, text)
        app = self.start("run.py", kind, **environment)
        self.sidecar.terminal().type("c\r")
        self.assertEqual(app.wait(), 0)
        self.assertIn("[b'answer']", app.log)
        self.assertIn(forced, app.log)
        self.assertIn("workers 1 ", app.log)
        return app.log

    def test_threads_become_one_sync_worker(self):
        for kind in ("gthread", "sync", "", "gunicorn.workers.gthread.ThreadWorker"):
            with self.subTest(kind):
                self.sidecar.terminals.clear()
                log = self.serve(kind)
                self.assertIn("workers 1 sync", log)
                self.assertIn("app is wrapped", log)
                self.assertIn(
                    "sidestep: gunicorn: 1 sync worker, no timeout (was: 3 gthread workers of"
                    " 8 threads, 30 s, preload, reload, 9 requests)",
                    log,
                )
        asked = dict(self.sidecar.expect("pause")["request"], since=0)
        self.assertEqual(
            asked, {"method": "POST", "path": "/caf\u00e9?a=1", "client": "10.0.0.9", "since": 0}
        )
        self.assertEqual(self.sidecar.expect("hello")["server"], "gunicorn 99.1")
        self.assertEqual(self.sidecar.seen("notice"), [])

    def test_threads_where_the_session_asks_for_them(self):
        forced = FORCED.replace("'threads': 1", "'threads': 16")
        for kind in ("gthread", "sync"):
            with self.subTest(kind):
                self.sidecar.terminals.clear()
                log = self.serve(kind, forced, SIDESTEP_CONCURRENCY="threads")
                self.assertIn("workers 1 gthread", log)
                self.assertIn("sidestep: gunicorn: 1 gthread worker of 16 threads, no timeout", log)

    def test_other_workers_are_kept_and_their_apps_left_alone(self):
        log = self.serve("uvicorn.workers.UvicornWorker")
        self.assertIn("workers 1 uvicorn.workers.UvicornWorker", log)
        self.assertIn("app is as it was", log)
        self.assertIn("was: 3 UvicornWorker workers", log)

    def test_a_class_instead_of_a_name(self):
        self.assertIn("was: 3 AClass workers", self.serve("AClass"))

    def test_gevent_is_kept_and_said_to_the_sidecar(self):
        self.assertIn("workers 1 gevent", self.serve("gevent"))
        notice = self.sidecar.expect("notice")
        self.assertEqual((notice["level"], notice["reason"]), ("warning", "AsyncWorker"))
