"""The interceptor's number of a request is told to the sidecar, and not seen by the app."""

import unittest

from sidestep_kit import request, request_id

from .case import KitTestCase

APP = """
from sidestep_kit import serving

def app(environ, start_response):
    breakpoint()
    print("headers", sorted(name for name in environ if name.startswith("HTTP_")), flush=True)
    return []

environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/a", "HTTP_X_SIDESTEP_REQUEST": "3f-7",
    "HTTP_HOST": "shop"}
serving.wsgi(app)(environ, None)
"""


class RequestIdTest(KitTestCase):
    def test_told_to_the_sidecar_and_not_to_the_app(self):
        app = self.run_app(APP)
        self.sidecar.terminal().type("c\r")
        self.assertEqual(app.wait(), 0)
        self.assertEqual(self.sidecar.expect("pause")["request"]["id"], "3f-7")
        self.assertIn("headers ['HTTP_HOST']", app.log)


class ScopeTest(unittest.TestCase):
    def test_taken_out_of_an_asgi_scope(self):
        headers = [(b"host", b"shop"), (b"x-sidestep-request", b"3f-7")]
        scope = {"type": "http", "headers": headers}
        number = request_id.of_scope(scope)
        self.assertEqual(number, "3f-7")
        self.assertEqual(scope["headers"], [(b"host", b"shop")])
        self.assertEqual(len(headers), 2, "the server's own list is left alone")
        self.assertEqual(request_id.of_scope(scope), None)
        told = request_id.described(number, 1.5)
        self.assertEqual(told, {"id": "3f-7", "since": 1500})

    def test_a_request_without_a_number_is_described_all_the_same(self):
        served = request.Served()
        served.noted = ("GET", None, "/a", "", None, "10.0.0.5", None, 0)
        self.assertEqual(
            served.describe(), {"method": "GET", "path": "/a", "client": "10.0.0.5"}
        )
