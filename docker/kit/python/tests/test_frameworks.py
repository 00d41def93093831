"""Frameworks let out what nobody handled, and only that, with no settings edited."""

import select
import unittest

from .web import SECRET, WebTestCase, can_import

DJANGO = """
    import django
    from django.conf import settings
    from django.core.exceptions import PermissionDenied
    from django.core.signals import got_request_exception, request_finished
    from django.http import Http404, HttpResponse
    from django.urls import path

    settings.configure(
        ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="x", MIDDLEWARE=[
            __name__ + ".middleware"] * 3, DEBUG_PROPAGATE_EXCEPTIONS=%(propagate)r,
        LOGGING={"version": 1, "disable_existing_loggers": False})
    django.setup()
    counts = {"exception": 0, "finished": 0, "views": 0}

    def middleware(get_response):
        def called(request):
            response = get_response(request)
            response["X-Middleware"] = "yes"
            return response
        return called

    def count(name):
        def counting(**_):
            counts[name] += 1
        return counting

    on_exception, on_finished = count("exception"), count("finished")
    got_request_exception.connect(on_exception)
    request_finished.connect(on_finished)

    def broken(request):
        total = 1042
        counts["views"] += 1
        raise LookupError("no such order")

    def denied(request):
        raise PermissionDenied

    def missing(request):
        raise Http404

    def tell(request):
        return HttpResponse(repr(counts))

    def own_500(request):
        return HttpResponse("our own 500", status=500)

    handler500 = own_500
    urlpatterns = [path("broken", broken), path("denied", denied), path("missing", missing),
        path("tell", tell)]
    """
DJANGO_WSGI = "\n    from django.core.handlers.wsgi import WSGIHandler\n    app = WSGIHandler()\n"
DJANGO_ASGI = "\n    from django.core.handlers.asgi import ASGIHandler\n    app = ASGIHandler()\n"

FLASK = """
    import flask
    from flask import Flask, abort, got_request_exception, request

    app = Flask(__name__)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    counts = {"exception": 0}

    @got_request_exception.connect_via(app)
    def count(*_, **__):
        counts["exception"] += 1

    @app.route("/broken")
    def broken():
        total = 1042
        raise LookupError("no such order")

    @app.route("/denied")
    def denied():
        abort(403)

    @app.route("/handled")
    def handled():
        raise KeyError("handled")

    @app.errorhandler(KeyError)
    def on_key_error(error):
        return "handled by the app", 418

    @app.route("/tell")
    def tell():
        return repr(counts)
    """
OWN_500 = """
    @app.errorhandler(500)
    def own_500(error):
        return "our own 500", 500
    """
EVERYTHING = """
    @app.errorhandler(Exception)
    def everything(error):
        return "everything is handled", 500
    """

STARLETTE = """
    from starlette.applications import Starlette
    from starlette.exceptions import HTTPException
    from starlette.responses import PlainTextResponse, StreamingResponse
    from starlette.routing import Route

    async def broken(request):
        total = 1042
        raise LookupError("no such order")

    def broken_in_thread(request):
        total = 1042
        raise LookupError("no such order")

    async def denied(request):
        raise HTTPException(403)

    async def handled(request):
        raise KeyError("handled")

    async def on_key_error(request, error):
        return PlainTextResponse("handled by the app", 418)

    async def own_500(request, error):
        return PlainTextResponse("our own 500", 500)

    async def chunks():
        yield b"begun"
        raise LookupError("in the middle")

    async def stream(request):
        return StreamingResponse(chunks())

    app = Starlette(
        routes=[Route("/" + view.__name__, view)
            for view in (broken, broken_in_thread, denied, handled, stream)],
        exception_handlers={KeyError: on_key_error%(own)s},
    )
    """

FASTAPI = """
    from fastapi import FastAPI, HTTPException
    from pydantic import BaseModel

    class Order(BaseModel):
        total: int

    app = FastAPI()

    @app.get("/broken")
    async def broken():
        total = 1042
        order = Order(total=total)
        raise LookupError("no such order")

    @app.get("/broken_in_thread")
    def broken_in_thread():
        total = 1042
        raise LookupError("no such order")

    @app.get("/denied")
    async def denied():
        raise HTTPException(403)

    @app.get("/number")
    async def number(n: int):
        return n
    """


class Scenarios:
    """What holds for each framework."""

    def expect_page(self, path="/broken", view="broken"):
        page = self.get(path)
        self.assertEqual(page.status, 500, page.body)
        self.assertIn("LookupError: no such order", page.body)
        self.assertIn("EVALEX = true", page.body)
        self.unlock()
        self.assertIn("1042", self.command(path, cmd="total", frm=page.frame(view)).body)
        return page

    def expect_pause(self, path="/broken", view="broken", answer="our own 500"):
        connection = self.get_later(path)
        terminal = self.sidecar.terminal()
        (pause,) = self.sidecar.seen("pause")
        self.assertEqual(pause["reason"], "exception: LookupError: no such order")
        self.assertEqual(pause["function"], view)
        self.assertEqual(pause["request"]["path"], path)
        self.assertIn("1042", terminal.ask("p total"))
        # Nothing of an answer is sent before.
        self.assertEqual(select.select([connection.sock], [], [], 0)[0], [])
        terminal.type("c\r")
        response = connection.getresponse()
        body = response.read().decode()
        self.assertEqual(response.status, 500)
        self.assertIn(answer, body)
        self.sidecar.expect("resume", id=pause["id"])
        self.assertEqual(len(self.sidecar.seen("pause")), 1)


@unittest.skipUnless(can_import("django.core.handlers.wsgi"), "this Python has no Django")
class DjangoTest(Scenarios, WebTestCase):
    def serve_django(self, kind, propagate=False):
        handler = DJANGO_ASGI if kind == "asgi" else DJANGO_WSGI
        self.serve(DJANGO % {"propagate": propagate} + handler, kind)

    def test_the_page_with_one_signal_through_three_middlewares(self):
        for kind in ("wsgi", "asgi"):
            with self.subTest(kind):
                self.serve_django(kind)
                page = self.expect_page()
                self.assertNotIn("X-Middleware", page.headers)
                self.assertEqual(
                    self.get("/tell").body, "{'exception': 1, 'finished': 1, 'views': 1}"
                )

    def test_what_is_handled_stays(self):
        for kind in ("wsgi", "asgi"):
            with self.subTest(kind):
                self.serve_django(kind)
                for path, status in (("/denied", 403), ("/missing", 404), ("/nowhere", 404)):
                    answer = self.get(path)
                    self.assertEqual(answer.status, status)
                    self.assertNotIn("Werkzeug", answer.body)
                    self.assertEqual(answer.headers["X-Middleware"], "yes")

    def test_an_app_that_propagates(self):
        self.serve_django("wsgi", propagate=True)
        self.expect_page()

    def test_a_pause_then_its_own_500(self):
        self.mode = "terminal"
        for kind in ("wsgi", "asgi"):
            with self.subTest(kind):
                self.sidecar.terminals.clear()
                self.sidecar.messages.clear()
                self.serve_django(kind)
                self.expect_pause()
                self.assertEqual(
                    self.get("/tell").body, "{'exception': 1, 'finished': 1, 'views': 1}"
                )

    def test_none(self):
        self.mode = "none"
        for kind in ("wsgi", "asgi"):
            self.serve_django(kind)
            self.assertEqual(self.get("/broken").body, "our own 500")


@unittest.skipUnless(can_import("flask, blinker"), "this Python has no Flask")
class FlaskTest(Scenarios, WebTestCase):
    def test_the_page_with_the_request_in_its_shell(self):
        for more in ("", OWN_500):
            with self.subTest(more):
                self.serve(FLASK + more)
                page = self.expect_page("/broken?a=1")
                answer = self.command(cmd="request.args['a'] + '2'", frm=page.frame("broken"))
                self.assertIn("12", answer.body)
                self.assertEqual(self.get("/tell").body, "{'exception': 1}")

    def test_what_is_handled_stays(self):
        self.serve(FLASK + OWN_500)
        for path, status in (("/denied", 403), ("/handled", 418), ("/nowhere", 404)):
            answer = self.get(path)
            self.assertEqual(answer.status, status)
            self.assertNotIn("Werkzeug", answer.body)
        self.serve(FLASK + EVERYTHING)
        self.assertEqual(self.get("/broken").body, "everything is handled")

    def test_a_pause_then_its_own_500(self):
        self.mode = "terminal"
        self.serve(FLASK + OWN_500)
        self.expect_pause()
        self.assertEqual(self.get("/tell").body, "{'exception': 1}")

    def test_none(self):
        self.mode = "none"
        self.serve(FLASK + OWN_500)
        self.assertEqual(self.get("/broken").body, "our own 500")


@unittest.skipUnless(can_import("starlette.applications"), "this Python has no Starlette")
class StarletteTest(Scenarios, WebTestCase):
    def serve_starlette(self, own=""):
        self.serve(STARLETTE % {"own": own}, "asgi")

    def test_the_page(self):
        for own in ("", ", Exception: own_500"):
            with self.subTest(own):
                self.serve_starlette(own)
                self.expect_page()
                self.expect_page("/broken_in_thread", "broken_in_thread")

    def test_what_is_handled_stays(self):
        self.serve_starlette(", Exception: own_500")
        for path, status in (("/denied", 403), ("/handled", 418), ("/nowhere", 404)):
            answer = self.get(path)
            self.assertEqual(answer.status, status)
            self.assertNotIn("Werkzeug", answer.body)

    def test_once_something_is_sent_there_is_no_page(self):
        self.serve_starlette()
        self.assertEqual(self.get("/stream").body, "begun")
        self.app.expect("server caught LookupError('in the middle')")

    def test_stale_commands(self):
        self.serve_starlette()
        self.unlock()
        self.assertEqual(self.command("/broken", cmd="total", frm="17").status, 410)
        self.assertEqual(self.command("/broken", cmd="total", s=SECRET + "x").status, 410)
        self.assertNotIn("LookupError", self.app.log)

    def test_a_pause_before_the_answer(self):
        self.mode = "terminal"
        self.serve_starlette(", Exception: own_500")
        self.expect_pause()

    def test_none(self):
        self.mode = "none"
        self.serve_starlette(", Exception: own_500")
        self.assertEqual(self.get("/broken").body, "our own 500")


@unittest.skipUnless(can_import("fastapi"), "this Python has no FastAPI")
class FastApiTest(Scenarios, WebTestCase):
    def test_the_page_and_what_is_handled(self):
        self.serve(FASTAPI, "asgi")
        page = self.expect_page()
        self.assertIn("1042", self.command("/broken", cmd="order.total",
                                           frm=page.frame("broken")).body)
        self.expect_page("/broken_in_thread", "broken_in_thread")
        for path, status in (("/denied", 403), ("/nowhere", 404), ("/number?n=x", 422)):
            answer = self.get(path)
            self.assertEqual(answer.status, status)
            self.assertNotIn("Werkzeug", answer.body)

    def test_a_pause_before_the_answer(self):
        self.mode = "terminal"
        self.serve(FASTAPI, "asgi")
        self.expect_pause("/broken_in_thread", "broken_in_thread", "Internal Server Error")


class AnyAsgiTest(Scenarios, WebTestCase):
    def test_an_app_without_a_framework(self):
        self.serve(
            """
            async def app(scope, receive, send):
                assert scope["path"] == "/broken", scope
                await broken()

            async def broken():
                total = 1042
                raise LookupError("no such order")
            """,
            "asgi",
        )
        self.expect_page()
        self.assertNotIn("sidestep_kit", self.get("/broken").body)
        self.app.expect("LookupError: no such order")
