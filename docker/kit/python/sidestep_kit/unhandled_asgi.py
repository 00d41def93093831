"""Watches an ASGI app for exceptions that nobody handles."""

import asyncio
import io
import sys

from . import browser, config, request, unhandled


def watch(app):
    """The app; in the browser an unhandled exception is answered by the debugger's page."""
    in_browser = config.ON_EXCEPTION == "browser" and browser.is_protected()

    async def watched(scope, receive, send):
        if scope["type"] not in ("http", "websocket"):
            return await app(scope, receive, send)
        request.enter()
        watching = unhandled.Watch()
        watching.noted = request.of_scope(scope)
        request.serving.set(watching)
        if in_browser and scope["type"] == "http":
            if browser.is_command(scope.get("query_string", b"").decode("latin-1")):
                return await _command(scope, send)
            return await _BrowserRequest(scope, send, watching).serve(app, receive)
        try:
            await app(scope, receive, send)
        except Exception as error:
            watching.note(error)
            raise

    return watched


class _BrowserRequest:
    """Its answer is replaced by the debugger's page if an exception is noted before it is sent."""

    def __init__(self, scope, send, watching):
        self._scope = scope
        self._really_send = send
        self._watching = watching
        self._started = False
        #: What the app sent after the exception, for want of a page.
        self._answer = []

    async def serve(self, app, receive):
        try:
            await app(self._scope, receive, self._send)
        except Exception as error:
            self._watching.note(error)
            if not await self._replaced(logged=False):
                raise
        else:
            await self._replaced(logged=True)

    async def _send(self, message):
        if self._watching.error is not None and not self._started:
            self._answer.append(message)
            return
        if message["type"] == "http.response.start":
            self._started = True
        await self._really_send(message)

    async def _replaced(self, logged):
        """Whether the page was sent; otherwise what the app answered is."""
        if self._started or self._watching.error is None:
            return False
        page = browser.page(_environ(self._scope), self._watching, [], logged)
        if page is not None:
            await _respond(self._really_send, *page)
            return True
        for message in self._answer:
            await self._really_send(message)
        return False


async def _command(scope, send):
    """Runs a command of the page: in a thread, since it may take its time."""
    answer = []

    def run():
        body = browser.command(_environ(scope), lambda *head: answer.extend(head[:2]))
        answer.append(b"".join(body))

    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        run()  # A loop that is not asyncio's.
    else:
        await loop.run_in_executor(None, run)
    await _respond(send, *answer)


async def _respond(send, status, headers, body):
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send(
        {"type": "http.response.start", "status": int(status.split()[0]), "headers": encoded}
    )
    await send({"type": "http.response.body", "body": body})


def _environ(scope):
    """The request as Werkzeug reads it; without its body, which was the app's."""
    server = scope.get("server") or ("localhost", None)
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": scope.get("root_path", "").encode().decode("latin-1"),
        "PATH_INFO": scope["path"].encode("utf-8", "surrogatepass").decode("latin-1"),
        "QUERY_STRING": scope.get("query_string", b"").decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or 80),
        "SERVER_PROTOCOL": "HTTP/" + scope.get("http_version", "1.1"),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
        name = "HTTP_" + raw_name.decode("latin-1").upper().replace("-", "_")
        if name in ("HTTP_CONTENT_LENGTH", "HTTP_CONTENT_TYPE"):
            continue
        value = raw_value.decode("latin-1")
        if name in environ:
            value = environ[name] + ("; " if name == "HTTP_COOKIE" else ",") + value
        environ[name] = value
    return environ
