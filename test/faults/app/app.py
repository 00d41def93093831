"""The app of the fault matrix: what is POSTed comes back.

GET /stop pauses where there is a debugger. GET /slow takes `seconds` for its answer.
START_SECONDS in the environment: it starts as slowly as that, which a replica is made to do.
"""

import os
import time
from urllib.parse import parse_qs

time.sleep(float(os.environ.get("START_SECONDS", "0")))


def app(environ, start_response):
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    answer = PATHS.get(environ["PATH_INFO"], echo)(parse_qs(environ["QUERY_STRING"]), body)
    start_response("200 OK", [("Content-Length", str(len(answer)))])
    return [answer]


def echo(_query, body):
    return body or b"ok"


def stop(_query, _body):
    breakpoint()
    return b"went on"


def slow(query, _body):
    time.sleep(float(query["seconds"][0]))
    return b"done"


PATHS = {"/stop": stop, "/slow": slow}
