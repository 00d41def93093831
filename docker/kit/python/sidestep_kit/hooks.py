"""Post-import hooks: a function is called with a module once that has been imported."""

import sys

_callbacks = {}


def when_imported(name, callback):
    """Calls `callback(module)` after `name` is imported; at once if it already is."""
    module = sys.modules.get(name)
    if module is not None:
        _run(callback, module)
        return
    _callbacks[name] = callback
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


def _run(callback, module):
    """A hook that fails is reported; the import goes on."""
    try:
        callback(module)
    except Exception as error:
        from . import log

        log.once("cannot hook into %s: %r" % (module.__name__, error))


class _Finder:
    """Finds nothing itself: lets the others find, and adds to what the loader does."""

    def find_spec(self, name, path=None, target=None):
        if name not in _callbacks:
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                _extend(spec)
                return spec
        return None


def _extend(spec):
    """Wraps the method of the genuine loader, so that `__loader__` stays what it was."""
    loader = spec.loader
    # zipimport before Python 3.10 has no exec_module.
    method = "exec_module" if hasattr(loader, "exec_module") else "load_module"
    original = getattr(loader, method, None)
    if original is None:
        return

    def load(subject):
        result = original(subject)
        name = subject if isinstance(subject, str) else subject.__name__
        if name == spec.name:
            vars(loader).pop(method, None)
            callback = _callbacks.pop(name, None)
            if callback is not None:
                _run(callback, sys.modules.get(name, result))
        return result

    try:
        setattr(loader, method, load)
    except AttributeError:
        pass  # A loader written in C: such modules are none of ours.
