"""Servers become one worker, and the sidecar is told; those that are not known are told of.

With packages that have the same functions and classes as the servers: the real ones are started
by the end-to-end tests.
"""

import os
import socket

from .case import KIT, KitTestCase

#: A WSGI and an ASGI app that stop, and what calls them.
APPS = """
    def wsgi(environ, start_response):
        breakpoint()
        return [b"answer"]

    async def asgi(scope, receive, send):
        breakpoint()

    ENVIRON = {"REQUEST_METHOD": "GET", "PATH_INFO": "/seen", "REMOTE_ADDR": "10.0.0.9"}
    SCOPE = {
        "type": "http", "method": "GET", "path": "/seen", "headers": [], "client": ["10.0.0.9", 1]
    }

    def call(app):
        import asyncio, inspect
        answer = app(ENVIRON, None) if app.__code__.co_argcount == 2 else app(SCOPE, None, None)
        print("answer", asyncio.run(answer) if inspect.isawaitable(answer) else answer)
    """

FAKES = {
    "uvicorn/__init__.py": "",
    "uvicorn/config.py": """
        class Config:
            def __init__(self, app, workers=1, reload=False, callback_notify=None):
                self.app, self.workers, self.reload = app, workers, reload
                self.callback_notify = callback_notify
                self.limit_max_requests, self.ws_ping_interval, self.ws_ping_timeout = 5, 20.0, 20.0
            def load(self):
                self.loaded_app = self.app
        """,
    "waitress/__init__.py": "from waitress.server import create_server\n",
    "waitress/server.py": """
        def create_server(application, map=None, **kw):
            print("threads", kw["threads"])
            return application
        """,
    "werkzeug/__init__.py": "from .serving import run_simple\n",
    "werkzeug/serving.py": """
        def run_simple(hostname, port, application, use_reloader=False, use_debugger=False,
                       threaded=False, processes=1):
            print("reloader", use_reloader, "debugger", use_debugger, "threaded", threaded,
                  "processes", processes)
            return application
        """,
    "django/__init__.py": "",
    "django/utils/__init__.py": "",
    "django/core/__init__.py": "",
    "django/core/servers/__init__.py": "",
    "django/utils/autoreload.py": """
        def run_with_reloader(main_func, *args, **kwargs):
            raise SystemExit("reloads")
        """,
    "django/core/servers/basehttp.py": """
        def run(addr, port, wsgi_handler, ipv6=False, threading=False):
            print("threading", threading)
            return wsgi_handler
        """,
    "hypercorn/__init__.py": "",
    "hypercorn/config.py": """
        class Config:
            workers, use_reloader, max_requests = 1, False, None
            websocket_ping_interval = 5
        """,
    "hypercorn/run.py": """
        def run(config):
            print("workers", config.workers, "reload", config.use_reloader,
                  "ping", config.websocket_ping_interval)
        """,
    "hypercorn/utils.py": """
        class ASGIWrapper:
            def __init__(self, app):
                self.app = app
        class WSGIWrapper(ASGIWrapper):
            pass
        def wrap_app(app, size, mode):
            return (WSGIWrapper if mode == "wsgi" else ASGIWrapper)(app)
        """,
    "daphne/__init__.py": "",
    "daphne/server.py": """
        class Server:
            def __init__(self, application, http_timeout=None, ping_timeout=30,
                         application_close_timeout=10):
                self.application, self.http_timeout = application, http_timeout
                self.ping_timeout = ping_timeout
                self.application_close_timeout = application_close_timeout
        """,
}


class KnownServersTest(KitTestCase):
    def serve(self, text, **environment):
        """Runs a program on the packages above, which stops once; its log."""
        for name, source in FAKES.items():
            self.write(name, source)
        self.write("apps.py", APPS)
        app = self.run_app("from apps import *\n" + text, **environment)
        self.sidecar.terminal().type("c\r")
        self.assertEqual(app.wait(), 0, app.log)
        self.assertIn("answer ", app.log)
        pause = self.sidecar.expect("pause")
        self.assertEqual(pause["request"]["path"], "/seen")
        self.assertEqual(self.sidecar.seen("notice"), [])
        return app.log

    def server(self):
        self.sidecar.expect("ready")
        return self.sidecar.expect("hello")["server"]

    def test_uvicorn(self):
        log = self.serve(
            "from uvicorn.config import Config\n"
            "config = Config(asgi, workers=3, reload=True)\n"
            "config.load()\n"
            "print(config.workers, config.reload)\n"
            "print(config.limit_max_requests, config.ws_ping_timeout)\n"
            "call(config.loaded_app)\n"
        )
        self.assertIn("1 False\nNone None", log)
        self.assertIn(
            "uvicorn: 1 process, no reload (was: 3 processes, reload, 5 requests)", log
        )
        self.assertRegex(self.server(), r"^uvicorn( \d.*)?$")

    def test_uvicorn_in_gunicorn_leaves_the_telling_to_gunicorn(self):
        log = self.serve(
            "from uvicorn.config import Config\n"
            "config = Config(asgi, callback_notify=print)\n"
            "config.load()\n"
            "call(config.loaded_app)\n"
        )
        self.assertNotIn("sidestep: uvicorn", log)
        self.assertEqual(self.sidecar.seen("ready"), [])

    def test_waitress(self):
        log = self.serve("import waitress\ncall(waitress.create_server(wsgi, threads=6))\n")
        self.assertIn("threads 1\n", log)
        self.assertIn("sidestep: waitress: 1 thread (was: 6 threads)", log)
        self.assertRegex(self.server(), r"^waitress( \d.*)?$")

    def test_waitress_with_threads(self):
        log = self.serve(
            "import waitress\ncall(waitress.create_server(wsgi))\n", SIDESTEP_CONCURRENCY="threads"
        )
        self.assertIn("threads 16\n", log)

    def test_flasks_own(self):
        log = self.serve(
            "import werkzeug\n"
            "call(werkzeug.run_simple('', 1, wsgi, True, True, threaded=True, processes=2))\n"
        )
        self.assertIn("reloader False debugger False threaded False processes 1", log)
        self.assertIn("(was: 2 processes, reload, its own debugger)", log)
        self.assertRegex(self.server(), r"^werkzeug( \d.*)?$")

    def test_runserver(self):
        log = self.serve(
            "from django.utils import autoreload\n"
            "from django.core.servers.basehttp import run\n"
            "def inner(use_reloader):\n"
            "    print('use_reloader', use_reloader)\n"
            "    call(run('', 1, wsgi, threading=True))\n"
            "autoreload.run_with_reloader(inner, use_reloader=True)\n"
        )
        self.assertIn("use_reloader False", log)
        self.assertIn("threading False", log)
        self.assertRegex(self.server(), r"^runserver, Django( \d.*)?$")

    def test_hypercorn(self):
        log = self.serve(
            "from hypercorn.config import Config\n"
            "from hypercorn.run import run\n"
            "from hypercorn.utils import wrap_app\n"
            "config = Config()\n"
            "config.workers, config.use_reloader = 4, True\n"
            "run(config)\n"
            "call(wrap_app(asgi, 1, 'asgi').app)\n"
        )
        self.assertIn("workers 1 reload False ping None", log)
        self.assertIn("hypercorn: 1 worker, no reload (was: 4 workers, reload)", log)
        self.assertRegex(self.server(), r"^hypercorn( \d.*)?$")

    def test_hypercorn_with_a_wsgi_app(self):
        self.serve("from hypercorn.utils import wrap_app\ncall(wrap_app(wsgi, 1, 'wsgi').app)\n")

    def test_hypercorn_before_0_14(self):
        FAKES["hypercorn/utils.py"], kept = (
            "def load_application(path):\n    import apps\n    return apps.asgi\n",
            FAKES["hypercorn/utils.py"],
        )
        try:
            self.serve("from hypercorn.utils import load_application as load\ncall(load('apps'))\n")
        finally:
            FAKES["hypercorn/utils.py"] = kept

    def test_daphne(self):
        log = self.serve(
            "from daphne.server import Server\n"
            "server = Server(asgi, http_timeout=3)\n"
            "print(server.http_timeout, server.application_close_timeout > 10**6)\n"
            "call(server.application)\n"
        )
        self.assertIn("None True", log)
        self.assertIn("sidestep: daphne: no timeout (was: 3 s)", log)
        self.assertRegex(self.server(), r"^daphne( \d.*)?$")


class UnknownServersTest(KitTestCase):
    def tell(self, text, **environment):
        """Runs a program that listens on PORT; the notice that it causes."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        app = self.run_app(
            "import os\nPORT = int(os.environ['PORT'])\n" + text,
            PORT=str(self.port),
            **dict({"SIDESTEP_PORT": str(self.port)}, **environment)
        )
        return app

    def notice(self):
        self.sidecar.expect("ready")
        notice = self.sidecar.expect("notice")
        self.assertEqual((notice["level"], notice["reason"]), ("warning", "UnknownServer"))
        return notice["message"]

    HTTP = (
        "from http.server import HTTPServer, BaseHTTPRequestHandler\n"
        "HTTPServer(('127.0.0.1', PORT), BaseHTTPRequestHandler)\n"
        "breakpoint()\n"
    )

    def test_of_the_standard_library(self):
        app = self.tell(self.HTTP)
        self.assertIn("none that sidestep knows", self.notice())
        self.sidecar.terminal().type("c\r")
        self.assertEqual(app.wait(), 0)

    def test_a_client_whose_network_is_gone_is_not_waited_for(self):
        app = self.tell(
            "import socket\n"
            "listener = socket.create_server(('127.0.0.1', PORT))\n"
            "client = socket.create_connection(('127.0.0.1', PORT))\n"
            "accepted, _ = listener.accept()\n"
            "print(accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE),\n"
            "    accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE))\n"
        )
        self.assertEqual(app.wait(), 0)
        self.assertIn("1 5\n", app.log)

    def test_a_package_by_its_name(self):
        self.write("acme/__init__.py", "import socket\ndef serve(port):\n"
                   "    listener = socket.socket()\n    listener.bind(('', port))\n"
                   "    listener.listen(5)\n")
        app = self.tell("import acme\nacme.serve(PORT)\nbreakpoint()\n")
        self.assertIn("(acme)", self.notice())
        self.sidecar.terminal().type("c\r")
        self.assertEqual(app.wait(), 0)
        self.assertEqual(self.sidecar.expect("hello")["server"], "acme")

    def test_asyncio(self):
        app = self.tell(
            "import asyncio\n"
            "async def serve():\n"
            "    await asyncio.start_server(print, '127.0.0.1', PORT)\n"
            "    breakpoint()\n"
            "asyncio.run(serve())\n"
        )
        self.assertIn("the app's own", self.notice())
        self.sidecar.terminal().type("c\r")
        self.assertEqual(app.wait(), 0)

    def test_another_port_is_none_of_ours(self):
        app = self.tell(self.HTTP, SIDESTEP_PORT="1")
        self.sidecar.terminal().type("c\r")
        self.assertEqual(app.wait(), 0)
        self.assertEqual(self.sidecar.seen("notice"), [])
        self.assertEqual(self.sidecar.seen("ready"), [])

    def test_no_sidecar(self):
        self.sidecar.stop()
        app = self.tell(self.HTTP)
        self.assertEqual(app.wait(), 0)
        self.assertEqual(app.log.count("no sidecar at"), 1)


class ByFileTest(KitTestCase):
    """What a `.pth` file calls, where Python ignores its environment."""

    LINE = "import sys; sys.path.insert(0, %r); __import__('sidestep_pth').load(%r)\n"

    def run_isolated(self, flag, **environment):
        line = self.LINE % (KIT, self.sidecar.environment())
        program = line + "print('path', [p for p in sys.path if 'sidestep' in p])\n" + (
            "total = 7\nbreakpoint()\nprint('done', total)\n"
        )
        return self.start(flag, "-c", program, **environment)

    def test_python_without_its_environment(self):
        for number, flag in enumerate(("-I", "-E"), 1):
            with self.subTest(flag):
                app = self.run_isolated(flag, SIDESTEP_KIT_SOCKET=None, SIDESTEP_TOKEN=None)
                terminal = self.sidecar.terminal(number)
                self.assertIn("7", terminal.ask("p total"))
                terminal.type("c\r")
                self.assertEqual(app.wait(), 0)
                self.assertIn("done 7", app.log)
                self.assertIn("path []", app.log)

    def test_twice_is_once(self):
        app = self.run_isolated("-B")
        self.sidecar.terminal().type("c\r")
        self.assertEqual(app.wait(), 0)

    def test_the_apps_part_of_the_environment_stays(self):
        line = self.LINE % (KIT, {"SIDESTEP_KIT_SOCKET": "/nowhere", "SIDESTEP_TOKEN": "t"})
        app = self.start("-E", "-c", line + "import os; print(os.environ['SIDESTEP_KIT_SOCKET'])")
        self.assertEqual(app.wait(), 0)
        self.assertIn(os.path.join(self.folder, ""), app.log)


class GreenletsTest(KitTestCase):
    """What gevent and eventlet do to the standard library must not reach the kit."""

    MONKEY = """
        def patch_all():
            import _thread, select, socket, threading, time
            def green(*arguments, **options):
                raise SystemExit("the kit uses what was replaced")
            del select.poll
            _thread.start_new_thread = _thread.allocate_lock = _thread.get_ident = green
            threading.Event = threading.Lock = threading.RLock = threading.local = green
            threading.enumerate = green
            time.monotonic = time.sleep = socket.socket = green
        """

    def test_a_pause_after_all_was_replaced(self):
        self.write("gevent/__init__.py", "")
        self.write("gevent/monkey.py", self.MONKEY)
        app = self.run_app(
            "import sys\n"
            "from gevent import monkey\n"
            "assert 'ssl' not in sys.modules  # gevent wants to be before it\n"
            "monkey.patch_all()\n"
            "for total in (7, 8):\n"
            "    breakpoint()\n"
            "print('done', total)\n"
        )
        for number, total in enumerate("78", 1):
            terminal = self.sidecar.terminal(number)
            self.assertIn(total, terminal.ask("p total"))
            terminal.type("while True: pass\r")
            terminal.expect("\r\n")
            terminal.type("\x03")
            terminal.prompt()
            terminal.type("c\r")
        self.assertEqual(app.wait(), 0, app.log)
        self.assertIn("done 8", app.log)
        self.assertEqual(self.sidecar.expect("pause")["thread"], "MainThread")
