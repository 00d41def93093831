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


class RequestTest(KitTestCase):
    def test_requests_that_share_a_loop_are_told_apart(self):
        app = self.run_app(CONCURRENT.replace("await served({", "await serving.asgi(lifespan)({"))
        for number, path, client in ((1, "/2", "10.0.0.5"), (2, "/1", "10.0.0.7")):
            terminal = self.sidecar.terminal(number)
            request = self.sidecar.seen("pause")[number - 1]["request"]
            self.assertAlmostEqual(request.pop("since") / 1000, time.time(), delta=20)
            self.assertEqual(
                request,
                {"method": "PUT", "path": path + "?a=1", "client": client, "id": path[1:]},
            )
            terminal.type("c\r")
        terminal = self.sidecar.terminal(3)
        self.assertIsNone(self.sidecar.seen("pause")[2]["request"])
        terminal.type("c\r")
        self.assertEqual(app.wait(), 0)
