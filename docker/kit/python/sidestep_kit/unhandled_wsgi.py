"""Watches a WSGI app for exceptions that nobody handles, and notes its requests.

It is in the way of every request of the replica, so the ways without an exception are short.
"""

from time import time

from . import browser, config, request, unhandled
from .request_id import ENVIRON

_PRESERVE = "werkzeug.debug.preserve_context"
_NOT_STARTED = object()


def watch(app):
    """The app; in the browser an unhandled exception is answered by the debugger's page."""
    in_browser = config.ON_EXCEPTION == "browser" and browser.is_protected()
    return _with_pages(app) if in_browser else _without(app)


def _without(app):
    serving = request.serving.set

    def watched(environ, start_response):
        if request.start_hook is not None:
            request.start_hook()
        served = _Request()
        served.noted = request.of_environ(environ)
        serving(served)
        try:
            body = app(environ, start_response)
        except Exception as error:
            served.note(error)
            raise
        return served.answer(environ, body)

    return watched


def _with_pages(app):
    serving = request.serving.set

    def watched(environ, start_response):
        if request.start_hook is not None:
            request.start_hook()
        get = environ.get
        raw = get("RAW_URI")
        query = get("QUERY_STRING")
        served = _BrowserRequest()
        # As `request.of_environ`, and below as `answer`: each call is felt.
        served.noted = (
            get("REQUEST_METHOD"),
            raw,
            None if raw else get("PATH_INFO"),
            query,
            get("HTTP_X_FORWARDED_FOR"),
            get("REMOTE_ADDR"),
            environ.pop(ENVIRON, None),
            time(),
        )
        serving(served)
        if query and browser.is_command(query):
            return browser.command(environ, start_response)
        served._start_response = start_response
        if unhandled.keeps_contexts:
            served.keep_contexts(environ)
        try:
            body = app(environ, served.start)
        except Exception as error:
            served.note(error)
            served._environ = environ
            page = served._page()
            if page is None:
                raise
            return page
        if served._answer is None:
            kind = type(body)
            if kind is list or kind is tuple or getattr(body, "streaming", None) is False:
                # The next one of this thread may be long in coming: what is the server's ends.
                served.over = True
                served._start_response = served._real_write = None
                return body
        return served.answer(environ, body)

    return watched


class _Request(unhandled.Watch):
    """One request, and its answer's body where that may raise while it is iterated."""

    def answer(self, environ, body):
        """What the server is given of the app's answer."""
        if _is_complete(body, environ):
            self._forget()
            return body
        self._body = body
        return self

    def __iter__(self):
        try:
            for chunk in self._body:
                self._written = True
                yield chunk
        except Exception as error:
            self.note(error)
            page = self._page()
            if page is None:
                raise
            yield page[0]

    def close(self):
        close = getattr(self._body, "close", None)
        if close is not None:
            close()
        self._forget()

    def _forget(self):
        self.over = True

    _body = ()
    #: Whether some of the body was handed to the server.
    _written = False

    def _page(self):
        """The page's body, its head being started; None if it is too late or there is none."""
        return None


class _BrowserRequest(_Request):
    """Its answer is replaced by the debugger's page if an exception is noted before it is sent."""

    #: The head of what the app answered after the exception, for want of a page.
    _answer = None
    _environ = None
    _start_response = None
    #: What the server gave for the head, once that was started.
    _real_write = _NOT_STARTED
    #: Flask's contexts, for what is evaluated in a frame later on.
    _contexts = ()

    def keep_contexts(self, environ):
        """Asks Flask for them."""
        self._contexts = []
        # Not a method of this: that would be a cycle, for the garbage collector to find.
        environ[_PRESERVE] = self._contexts.append

    def answer(self, environ, body):
        self._environ = environ
        if self._answer is not None:
            return self._replacement(body)
        return super().answer(environ, body)

    def _forget(self):
        self.over = True
        self._environ = self._start_response = self._real_write = None

    def start(self, status, headers, exc_info=None):
        """The app's `start_response`."""
        if self.error is not None and not self._written:
            self._answer = (status, headers) if exc_info is None else (status, headers, exc_info)
            return self._drop
        if exc_info is None:
            # Some servers' own take no third argument of None.
            self._real_write = self._start_response(status, headers)
        else:
            self._real_write = self._start_response(status, headers, exc_info)
        return self._write

    def _replacement(self, body):
        page = self._page()
        if page is None:
            self._start_response(*self._answer)
            return body
        self._body = body
        self.close()
        return page

    def _write(self, data):
        """The old way to write a body."""
        self._written = True
        return self._real_write(data)

    def _drop(self, data):
        """As `_write`, of what the page replaces."""

    def _page(self):
        if self._written or self.error is None:
            return None
        page = browser.page(self._environ, self, self._contexts, logged=self._answer is not None)
        if page is None:
            return None
        status, headers, body = page
        error = self.error
        if self._real_write is not _NOT_STARTED:
            # By exc_info a server knows that this replaces a head that it has not sent yet.
            exc_info = (type(error), error, error.__traceback__)
            self._start_response(status, headers, exc_info)
        else:
            # uWSGI ends a request that has any.
            self._start_response(status, headers)
        return [body]


def _is_complete(body, environ):
    """Whether a body cannot raise any more, or the server sends it in its own way."""
    kind = type(body)
    # Django's answers say so.
    if kind is list or kind is tuple or getattr(body, "streaming", None) is False:
        return True
    wrapper = environ.get("wsgi.file_wrapper")
    return isinstance(wrapper, type) and isinstance(body, wrapper)
