"""Which SQLite databases this process has opened, by their files."""

import os

_MOST = 100

_databases = {}
_listeners = []


def patch(module):
    """`sqlite3.connect` notes what it opens, and does what it did."""
    module.connect = _Connect(module.connect)


def listen(listener):
    """Calls `listener()` in the thread that has opened one more file."""
    _listeners.append(listener)


def files():
    """The true paths of the files that may be written to."""
    return [path for path in map(_path, list(_databases)) if path]


class _Connect:
    """An object, because a function that a class has for an attribute would become a method."""

    def __init__(self, original):
        self._original = original
        self.__name__ = self.__qualname__ = "connect"
        self.__doc__ = original.__doc__
        self.__wrapped__ = original

    def __call__(self, *args, **options):
        connection = self._original(*args, **options)
        try:
            _note(args[0] if args else options.get("database"))
        except Exception:
            pass  # Whatever it was, it could be opened, and is no business of ours.
        return connection


def _note(database):
    name = os.fsdecode(database)
    if name in _databases or name in ("", ":memory:") or len(_databases) >= _MOST:
        return
    # The folder of now: the app may change it.
    _databases[name] = os.getcwd()
    for listener in _listeners:
        listener()


def _path(name):
    path, folder = name, _databases[name]
    if name.startswith("file:"):
        from urllib.parse import unquote

        path, _, query = name[len("file:") :].partition("?")
        if {"mode=memory", "mode=ro", "immutable=1"}.intersection(query.split("&")):
            return None
        path = unquote(path.partition("#")[0])
        if path.startswith("//"):
            path = "/" + path[2:].partition("/")[2]
    return os.path.realpath(os.path.join(folder, path)) if path else None
