"""Watches a WSGI app for exceptions that nobody handles."""

from . import browser, config, unhandled


def watch(app):
    """The app; in the browser an unhandled exception is answered by the debugger's page."""
    in_browser = config.ON_EXCEPTION == "browser" and browser.is_protected()

    def watched(environ, start_response):
        if not in_browser:
            return _Request(environ, start_response).serve(app)
        if browser.is_command(environ.get("QUERY_STRING", "")):
            return browser.command(environ, start_response)
        return _BrowserRequest(environ, start_response).serve(app)

    return watched


class _Request:
    """One request, and its answer's body where that may raise while it is iterated."""

    __slots__ = ("_environ", "_start_response", "_watching", "_body", "_next")

    def __init__(self, environ, start_response):
        self._environ = environ
        self._start_response = start_response
        self._watching = unhandled.Watch()
        self._body = ()
        self._next = None

    def serve(self, app):
        """Calls the app; the body."""
        former = unhandled.serving.get()
        unhandled.serving.set(self._watching)
        try:
            self._body = app(self._environ, self._start_response)
        except Exception as error:
            self._watching.note(error)
            raise
        finally:
            unhandled.serving.set(former)
        return self._watched_body()

    def __iter__(self):
        return self

    def __next__(self):
        try:
            if self._next is None:
                self._next = iter(self._body).__next__
            return self._next()
        except StopIteration:
            raise
        except Exception as error:
            self._watching.note(error)
            raise

    def close(self):
        close = getattr(self._body, "close", None)
        if close is not None:
            close()

    def _watched_body(self):
        """What cannot raise, and what the server sends in its own way, is left to the server."""
        body = self._body
        if isinstance(body, (list, tuple)):
            return body
        wrapper = self._environ.get("wsgi.file_wrapper")
        is_file = isinstance(wrapper, type) and isinstance(body, wrapper)
        return body if is_file else self


class _BrowserRequest(_Request):
    """Its answer is replaced by the debugger's page if an exception is noted before it is sent."""

    __slots__ = ("_real_start_response", "_real_write", "_answer", "_written", "_contexts")

    def __init__(self, environ, start_response):
        super().__init__(environ, self._start)
        self._real_start_response = start_response
        self._real_write = None
        #: The head of what the app answered after the exception, for want of a page.
        self._answer = None
        self._written = False
        self._contexts = []
        # Flask puts its contexts there, for what is evaluated in a frame later on.
        environ.setdefault("werkzeug.debug.preserve_context", self._contexts.append)

    def serve(self, app):
        try:
            body = super().serve(app)
        except Exception:
            page = self._page()
            if page is None:
                raise
            return page
        if self._answer is None:
            return body
        page = self._page()
        if page is None:
            self._real_start_response(*self._answer)
            return self._body
        self.close()
        return page

    def __next__(self):
        try:
            chunk = super().__next__()
        except StopIteration:
            raise
        except Exception:
            page = self._page()
            if page is None:
                raise
            self._next = iter(page[1:]).__next__
            chunk = page[0]
        self._written = True
        return chunk

    def _start(self, status, headers, *exc_info):
        if self._watching.error is not None and not self._written:
            self._answer = (status, headers, *exc_info)
            return self._drop
        self._real_write = self._real_start_response(status, headers, *exc_info)
        return self._write

    def _write(self, data):
        """The old way to write a body."""
        self._written = True
        return self._real_write(data)

    def _drop(self, data):
        """As `_write`, of what the page replaces."""

    def _page(self):
        """The page's body, its head being started; None if it is too late or there is none."""
        watching = self._watching
        if self._written or watching.error is None:
            return None
        page = browser.page(
            self._environ, watching, self._contexts, logged=self._answer is not None
        )
        if page is None:
            return None
        status, headers, body = page
        # By exc_info a server knows that this replaces a head that it has not sent yet.
        error = watching.error
        self._real_start_response(status, headers, (type(error), error, error.__traceback__))
        return [body]
