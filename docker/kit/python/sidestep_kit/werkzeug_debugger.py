"""Werkzeug's DebuggedApplication as it has to be in a replica."""

import collections
import hashlib
import importlib
import itertools
import json
import random
import re
import threading
import time

from . import log

#: Before, the PIN could not be entered on pages whose address has a query.
_OLDEST = (3, 0, 4)
#: So many wrong PINs lock it; versions before 3.1.4 let an eleventh one through.
_TRIES = 10
_COPY = "sidestep_kit._vendor.werkzeug.debug"

_FRAME = re.compile(r'(<div class="frame" id="frame-)(\d+)')
_WHERE_THE_PIN_IS = re.compile(r"You can find the PIN printed out on\s+the .*?server\.", re.DOTALL)
_WHERE_OURS_IS = "<code>sidestep get sessions -o wide</code> shows it."


def load(pin, secret, token, kept):
    """The debugger, of the image's own Werkzeug if it is recent, or of the kit's renamed copy."""
    if _is_recent():
        try:
            return _make(importlib.import_module("werkzeug.debug"), pin, secret, token, kept)
        except Exception as failure:
            log.once("the image's Werkzeug cannot be used, the kit's is: %r" % (failure,))
    return _make(importlib.import_module(_COPY), pin, secret, token, kept)


def _is_recent():
    try:
        from importlib import metadata

        version = metadata.version("werkzeug")
        return tuple(int(part) for part in re.findall(r"\d+", version)[:3]) >= _OLDEST
    except Exception:
        return False  # There is none, or it does not say.


def _make(debug, pin, secret, token, kept):
    class Debugger(debug.DebuggedApplication):
        """Shows exceptions and evaluates in their frames; the app it debugs is called elsewhere."""

        _pin = pin
        # Werkzeug's own name changes with the container. Nobody must guess this one: tries with
        # a cookie are not counted.
        _pin_cookie = "__wzd" + hashlib.sha256(b"cookie " + token.encode()).hexdigest()[:20]

        def __init__(self):
            super().__init__(_no_app, evalex=True, console_path=None, pin_logging=False)
            self.secret = secret
            self._lock = threading.Lock()
            self._guess = threading.Lock()
            #: The numbers of the frames of each page, the oldest first.
            self._pages = collections.deque()
            #: Not their addresses, which are given again: a stale page must not meet another frame.
            self._numbers = itertools.count(random.SystemRandom().randrange(1, 1 << 40))

        def page(self, environ, error, traceback, contexts):
            """The page of an exception, in bytes; its frames are kept for its commands."""
            former, error.__traceback__ = error.__traceback__, traceback
            try:
                shown = debug.DebugTraceback(error)
            finally:
                error.__traceback__ = former
            html = shown.render_debugger_html(
                evalex=True, secret=secret, evalex_trusted=self.is_unlocked(environ)
            )
            numbers = self._keep(shown.all_frames, contexts)
            html = _FRAME.sub(lambda m: m[1] + str(numbers.get(int(m[2]), m[2])), html)
            html = _WHERE_THE_PIN_IS.sub(_WHERE_OURS_IS, html)
            return html.encode("utf-8", "replace")

        def has_frame(self, number):
            return number in self.frames

        def is_unlocked(self, environ):
            return bool(self.check_pin_trust(environ))

        def check_host_trust(self, environ):
            """Werkzeug asks where the page is: here it is wherever the app is, behind the PIN."""
            return True

        def execute_command(self, request, command, frame):
            try:
                return super().execute_command(request, command, frame)
            except SystemExit as end:
                # Typed `exit()`: the process is the app's.
                return debug.Response("%r: the app goes on\n" % (end,), mimetype="text/plain")

        def _keep(self, frames, contexts):
            with self._lock:
                numbers = {}
                for frame in frames:
                    number = numbers[id(frame)] = next(self._numbers)
                    self.frames[number] = frame
                    self.frame_contexts[id(frame)] = contexts
                self._pages.append(list(numbers.values()))
                if len(self._pages) > kept:
                    for number in self._pages.popleft():
                        self.frame_contexts.pop(id(self.frames.pop(number)), None)
                return numbers

        def pin_auth(self, request):
            # One at a time: of many at once, each would be tried before one is counted. None waits:
            # where the app has greenlets, who has the lock might never go on.
            if not self._guess.acquire(False):
                return self._refused(exhausted=False)
            try:
                if self._failures() < _TRIES:
                    return super().pin_auth(request)
                return self._refused(exhausted=True)
            finally:
                self._guess.release()

        def _refused(self, exhausted):
            refused = json.dumps({"auth": False, "exhausted": exhausted})
            return debug.Response(refused, mimetype="application/json")

        def _failures(self):
            return getattr(self._failed_pin_auth, "value", self._failed_pin_auth)

        def _fail_pin_auth(self):
            if not isinstance(self._failed_pin_auth, int):
                return super()._fail_pin_auth()
            # As later versions do: counted before it sleeps, so that guesses at once count too.
            with self._lock:
                count = self._failed_pin_auth
                self._failed_pin_auth = count + 1
            time.sleep(5.0 if count > 5 else 0.5)

    try:
        return Debugger()
    except (OSError, ImportError):
        return _without_shared_memory(debug, Debugger)


def _without_shared_memory(debug, make):
    """Where /dev/shm cannot be written; the process is the only one, as it happens."""
    original, debug.Value = debug.Value, lambda _kind: _Value()
    try:
        return make()
    finally:
        debug.Value = original


class _Value:
    """What is used of multiprocessing.Value."""

    def __init__(self):
        self.value = 0
        self._lock = threading.RLock()

    def get_lock(self):
        return self._lock


def _no_app(_environ, start_response):
    """What is called if a command is none after all."""
    start_response("410 GONE", [("Content-Length", "0")])
    return []
