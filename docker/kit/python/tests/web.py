"""Apps behind the smallest of servers, each a process under the kit, and their client."""

import http.client
import os
import re
import subprocess
import sys
from urllib.parse import urlencode

from .case import KIT, KitTestCase

#: A folder with Debian's Django, Flask and FastAPI.
FRAMEWORKS = os.environ.get("SIDESTEP_TEST_FRAMEWORKS", "")
PIN = "123-456-789"
SECRET = "the-secret-of-the-debugger"

SERVE = """
import asyncio, sys
from sidestep_kit import serving

def serve_wsgi(app):
    from wsgiref import simple_server

    class Handler(simple_server.WSGIRequestHandler):
        def log_message(self, *args):
            pass

    server = simple_server.make_server("127.0.0.1", 0, serving.wsgi(app), handler_class=Handler)
    print("serving on port", server.server_port, flush=True)
    server.serve_forever()

def serve_asgi(app):
    app = serving.asgi(app)

    async def connected(reader, writer):
        line, *lines = (await reader.readuntil(b"\\r\\n\\r\\n")).decode("latin-1").split("\\r\\n")
        method, target, _ = line.split()
        path, _, query = target.partition("?")
        headers = [tuple(part.strip().encode() for part in line.split(":", 1))
            for line in lines if line]
        scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1",
            "method": method, "scheme": "http", "path": path, "raw_path": path.encode(),
            "query_string": query.encode(), "root_path": "", "server": ("127.0.0.1", 1),
            "headers": [(name.lower(), value) for name, value in headers],
            "client": ("127.0.0.1", 2)}
        told = False

        async def receive():
            nonlocal told
            if told:
                await asyncio.sleep(3600)
            told = True
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message):
            if message["type"] == "http.response.start":
                writer.write(b"HTTP/1.0 %d X\\r\\n" % message["status"])
                for name, value in message["headers"]:
                    writer.write(name + b": " + value + b"\\r\\n")
                writer.write(b"\\r\\n")
            else:
                writer.write(message.get("body", b""))

        try:
            await app(scope, receive, send)
        except Exception as error:
            print("server caught", repr(error), flush=True)
        writer.close()

    async def main():
        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        print("serving on port", server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    asyncio.run(main())
"""


def can_import(module):
    """Whether this Python has a framework, or can use the one that was given."""
    return not subprocess.call(
        [sys.executable, "-W", "ignore", "-c", "import " + module],
        env={"PYTHONPATH": FRAMEWORKS, "PATH": os.environ["PATH"]},
        stderr=subprocess.DEVNULL,
    )


class Answer:
    """What a client saw."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read().decode()

    def frame(self, function):
        """The number of the innermost frame of a function on the debugger's page."""
        found = re.findall(r'id="frame-(\d+)".*?<code class="function">(.*?)</code>', self.body,
                           re.DOTALL)
        return [number for number, name in found if name == function][-1]


class WebTestCase(KitTestCase):
    """Gives `self.serve`, `self.get` and the commands of the debugger's page."""

    mode = "browser"

    def serve(self, text, kind="wsgi", **environment):
        """Starts a script whose `app` is served; the process."""
        self.write("serve.py", SERVE)
        self.write("app.py", text)
        self.write("main.py", "import app, serve\nserve.serve_%s(app.app)\n" % kind)
        path = os.pathsep.join(entry for entry in (KIT, self.folder, FRAMEWORKS) if entry)
        settings = {
            "PYTHONPATH": path,
            "SIDESTEP_ON_EXCEPTION": self.mode,
            "SIDESTEP_PIN": PIN,
            "SIDESTEP_DEBUGGER_SECRET": SECRET,
            "PYTHONWARNINGS": "ignore",
        }
        self.app = self.start("main.py", **{**settings, **environment})
        self.app.expect("serving on port ")
        self.port = int(re.search(r"serving on port (\d+)", self.app.log)[1])
        self.cookie = None
        return self.app

    def get(self, target, method="GET", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        if self.cookie:
            headers["Cookie"] = self.cookie
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, target, headers=headers)
        answer = Answer(connection.getresponse())
        connection.close()
        return answer

    def get_later(self, target):
        """Sends the request; its answer is for the caller to read."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        self.addCleanup(connection.close)
        connection.request("GET", target)
        return connection

    def command(self, path="/", headers=(), **query):
        """A request as the page's script makes it."""
        query = {"__debugger__": "yes", "s": SECRET, **query}
        return self.get(path.partition("?")[0] + "?" + urlencode(query), **dict(headers))

    def unlock(self, pin=PIN, **headers):
        """Enters the PIN; the answer. What comes after carries the cookie."""
        answer = self.command(cmd="pinauth", pin=pin, headers=headers)
        if "Set-Cookie" in answer.headers:
            self.cookie = answer.headers["Set-Cookie"].partition(";")[0]
        return answer
