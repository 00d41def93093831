"""A pause knows the request that its thread or task serves."""

import time

from .case import KitTestCase

CONCURRENT = """
    import asyncio
    from sidestep_kit import serving

    def view(tag):
        breakpoint()
        return tag

    async def app(scope, receive, send):
        assert b"x-sidestep-request" not in dict(scope["headers"]) and len(scope["headers"]) > 0
        await asyncio.sleep(0.2 if scope["path"] == "/1" else 0.1)
        tag = await asyncio.get_event_loop().run_in_executor(None, copied(view), scope["path"])

    def copied(function):
        import contextvars
        context = contextvars.copy_context()
        return lambda *args: context.run(function, *args)

    def scope(path):
        return {"type": "http", "method": "PUT", "path": path, "raw_path": path.encode(),
            "query_string": b"a=1", "client": ("10.0.0.7", 4711),
            "headers": [(b"x-sidestep-request", path[1:].encode()), (b"x-a", b"b")] + (
                [(b"x-forwarded-for", b"10.0.0.5, 10.1.1.1")] if path == "/2" else [])}

    async def main():
        served = serving.asgi(app)
        await asyncio.gather(served(scope("/1"), None, None), served(scope("/2"), None, None))
        await served({"type": "lifespan"}, None, None)

    async def lifespan(scope, receive, send):
        breakpoint()

    asyncio.run(main())
    """

ANSWERED = """
    import weakref
    from sidestep_kit import serving

    class Thing:
        streaming = False

        def __init__(self, chunks=()):
            self.chunks = chunks

        def __iter__(self):
            return iter(self.chunks)

        def close(self):
            if "stops" in self.chunks:
                breakpoint()

    def lazily():
        yield b"of a generator"

    answers = {"/list": [b"of a list"], "/django": Thing([b"of Django"]), "/lazy": lazily(),
        "/closing": Thing(["stops"])}

    def app(environ, start_response):
        start_response("200 OK", [])
        return answers.pop(environ["PATH_INFO"])

    def serve(path):
        held = Thing()
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "held": held}
        body = serving.wsgi(app)(environ, lambda status, headers: held.__class__)
        print(*body, flush=True)
        if hasattr(body, "close"):
            body.close()
        return weakref.ref(held)

    for path in list(answers):
        print(path, "is let go:", serve(path)() is None, flush=True)
    """


class RequestTest(KitTestCase):
    def test_an_answered_request_is_known_to_what_closes_it_and_its_environ_let_go(self):
        app = self.run_app(
            ANSWERED,
            SIDESTEP_ON_EXCEPTION="browser",
            SIDESTEP_PIN="123-456-789",
            SIDESTEP_DEBUGGER_SECRET="secret",
        )
        self.sidecar.terminal().type("c\r")
        self.assertEqual(app.wait(), 0)
        self.assertEqual(self.sidecar.expect("pause")["request"]["path"], "/closing")
        for path in ("/list", "/django", "/lazy"):
            self.assertIn(path + " is let go: True", app.log)
        self.assertIn("b'of Django'", app.log)

    def test_requests_that_share_a_loop_are_told_apart(self):
        app = self.run_app(CONCURRENT.replace("await served({", "await serving.asgi(lifespan)({"))
        clients = {"/2?a=1": "10.0.0.5", "/1?a=1": "10.0.0.7"}
        for number in (1, 2):  # Which thread comes first is the scheduler's choice.
            terminal = self.sidecar.terminal(number)
            request = self.sidecar.seen("pause")[number - 1]["request"]
            self.assertAlmostEqual(request.pop("since") / 1000, time.time(), delta=20)
            path = request["path"]
            self.assertEqual(
                request,
                {"method": "PUT", "path": path, "client": clients.pop(path), "id": path[1]},
            )
            terminal.type("c\r")
        terminal = self.sidecar.terminal(3)
        self.assertIsNone(self.sidecar.seen("pause")[2]["request"])
        terminal.type("c\r")
        self.assertEqual(app.wait(), 0)
