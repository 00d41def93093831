"""Watches a WSGI app for exceptions that nobody handles.

It is in the way of every request of the replica, so the ways without an exception are short.
"""

from . import browser, config, unhandled

_PRESERVE = "werkzeug.debug.preserve_context"


def watch(app):
    """The app; in the browser an unhandled exception is answered by the debugger's page."""
    if config.ON_EXCEPTION != "browser" or not browser.is_protected():

        def watched(environ, start_response):
            return _Request(environ, start_response).serve(app, start_response)

    else:

        def watched(environ, start_response):
            query = environ.get("QUERY_STRING")
            if query and browser.is_command(query):
                return browser.command(environ, start_response)
            request = _BrowserRequest(environ, start_response)
            # Flask puts its contexts there, for what is evaluated in a frame later on. Not a
            # method of the request: that would be a cycle, for the garbage collector to find.
            environ[_PRESERVE] = request.contexts.append
            return request.serve(app, request.start)

    return watched


class _Request(unhandled.Watch):
    """One request, and its answer's body where that may raise while it is iterated."""

    def __init__(self, environ, start_response):
        self._environ = environ
        self._start_response = start_response

    def serve(self, app, start_response):
        """Calls the app; the body."""
        before = unhandled.serving.set(self)
        try:
            body = app(self._environ, start_response)
        except Exception as error:
            self.note(error)
            page = self._page()
            if page is None:
                raise
            return page
        finally:
            unhandled.serving.reset(before)
        if self._is_replaced():
            return self._replacement(body)
        # What cannot raise, and what the server sends in its own way, is left to the server.
        kind = type(body)
        if kind is list or kind is tuple or self._is_file(body):
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

    _body = ()
    #: Whether some of the body was handed to the server.
    _written = False

    def _is_file(self, body):
        wrapper = self._environ.get("wsgi.file_wrapper")
        return isinstance(wrapper, type) and isinstance(body, wrapper)

    def _is_replaced(self):
        return False

    def _replacement(self, body):
        return body

    def _page(self):
        """The page's body, its head being started; None if it is too late or there is none."""
        return None


class _BrowserRequest(_Request):
    """Its answer is replaced by the debugger's page if an exception is noted before it is sent."""

    #: The head of what the app answered after the exception, for want of a page.
    _answer = None
    _started = False
    _real_write = None

    def __init__(self, environ, start_response):
        self._environ = environ
        self._start_response = start_response
        self.contexts = []

    def start(self, status, headers, *exc_info):
        """The app's `start_response`."""
        if self.error is not None and not self._written:
            self._answer = (status, headers, *exc_info)
            return self._drop
        self._started = True
        self._real_write = self._start_response(status, headers, *exc_info)
        return self._write

    def _is_replaced(self):
        return self._answer is not None

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
        page = browser.page(self._environ, self, self.contexts, logged=self._answer is not None)
        if page is None:
            return None
        status, headers, body = page
        error = self.error
        if self._started:
            # By exc_info a server knows that this replaces a head that it has not sent yet.
            exc_info = (type(error), error, error.__traceback__)
            self._start_response(status, headers, exc_info)
        else:
            # uWSGI ends a request that has any.
            self._start_response(status, headers)
        return [body]
