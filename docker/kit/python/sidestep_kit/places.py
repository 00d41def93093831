"""Where breakpoints are: finds the file that is meant, and the line in it that has code.

A file is meant by its path's end, on the boundaries of folders: `shop/views.py` is
`/app/shop/views.py`. It has to be imported, or to run; until then a breakpoint is pending.
"""

import bdb
import cmd
import os
import pdb
import sys
import threading
import tokenize

from . import code_lines

_KIT = os.path.dirname(os.path.abspath(__file__))
#: A stop in these would stop the debugger itself.
_REFUSED = {os.path.abspath(module.__file__) for module in (bdb, cmd, pdb, threading)}
#: Parts of the kit that hold locks, or talk to the sidecar, while they call others.
_BUSY = {
    os.path.join(_KIT, name + ".py")
    for name in ("link", "watcher", "pause", "terminal", "console", "breakpoints", "places")
}
_BUSY_DEPTH = 30

#: The last parts of the paths that breakpoints have.
_names = set()
#: Files of these names: path -> the names that code objects have for it.
_files = {}
#: What was found in them: path -> code_lines.Block, or None where there is no code to be had.
_blocks = {}


def wanted(points):
    """The breakpoints are these now: looks through what is imported."""
    _names.clear()
    _names.update(name for point in points for name in _parts(point.file)[-1:])
    for filename in _imported():
        _enter(filename)


def sight(code):
    """Code of a file comes to run for the first time: whether breakpoints have to be settled."""
    filename = code.co_filename
    if os.path.basename(filename) not in _names:
        return False
    path = os.path.abspath(filename)
    if filename in _files.get(path, ()) and _blocks.get(path) is not None:
        return False
    _enter(filename)
    if _blocks.get(path) is None:
        _blocks[path] = _block(code, filename, path)
    return True


def in_kit(frame):
    """Whether the frame, or one that called it, is a part of the kit that must not be stopped."""
    for _ in range(_BUSY_DEPTH):
        if frame is None:
            return False
        if frame.f_code.co_filename in _BUSY:
            return True
        frame = frame.f_back
    return False


def find(file, line):
    """`(state, message, locations)` for the sidecar, and `(names of the file, line)` or None."""
    paths = _meant(file)
    if not paths:
        return _to_come(file, line), None
    if len(paths) > 1:
        listed = ", ".join(sorted(paths)[:10])
        more = ": write more of the path of the one that is meant"
        locations = [_location(path, line, "") for path in sorted(paths)]
        return ("Ambiguous", listed + more, locations), None
    (path,) = paths
    if path in _REFUSED or path.startswith(_KIT + os.sep):
        return ("Error", "%s is part of the debugger, which cannot stop itself" % path, []), None
    if path not in _blocks:
        _blocks[path] = _block(None, min(_files[path], key=len), path)
    report = _in_file(path, _blocks[path], line)
    if report[0] != "Verified":
        return report, None
    return report, (frozenset(_files[path]), report[2][0]["line"])


def _in_file(path, block, line):
    """`(state, message, locations)` of a line in a file that is known."""
    if block is None:
        return "Error", "the code of %s cannot be read" % path, []
    placed = code_lines.place(block, line)
    if placed is None:
        message = "%s has no code at line %d or after it: its last is line %d"
        return "Error", message % (path, line, block.last), []
    there, functions = placed
    message = None
    if there != line:
        message = "line %d has no code: moved to line %d, in %s" % (line, there, functions[-1])
    return "Verified", message, [_location(path, there, name) for name in functions]


def _to_come(file, line):
    """The same of a file that is not imported: looks where it would be imported from."""
    for folder in ["", *sys.path]:
        path = os.path.abspath(os.path.join(folder, file))
        if file.endswith(".py") and os.path.isfile(path):
            state, message, locations = _in_file(path, _block(None, path, path), line)
            if state == "Verified":
                message = "%s is not imported yet%s" % (path, "; " + message if message else "")
                return "Pending", message, locations
            return state, message, locations
    return "Pending", "no file that ends with %s is imported yet" % file, []


def _location(path, line, function):
    return {"file": path, "line": line, "function": function}


def _meant(file):
    """The paths that `file` can mean, of those that are known."""
    parts = _parts(file)
    ends = {path for path in _files if _parts(path)[-len(parts) :] == parts}
    if os.path.isabs(file) or file[1:3] in (":/", ":\\"):
        if os.path.abspath(file) in _files:
            return [os.path.abspath(file)]
        if not ends and not os.path.exists(file):
            ends = _longest(parts)
    here = os.path.abspath(file)
    if here in ends:
        return [here]  # As it would be opened from here: `app.py` is the app's, not Flask's.
    by_inode = {os.path.realpath(path): path for path in ends}
    return list(by_inode.values())


def _longest(parts):
    """A path of the user's own machine: the files that share the most of its end."""
    scores = {path: _common(_parts(path), parts) for path in _files}
    best = max(scores.values(), default=0)
    return {path for path, score in scores.items() if score == best} if best >= 2 else set()


def _common(one, other):
    count = 0
    while count < min(len(one), len(other)) and one[-1 - count] == other[-1 - count]:
        count += 1
    return count


def _parts(path):
    return [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")]


def _enter(filename):
    """Enters a name of a file into the book; its path."""
    path = os.path.abspath(filename)
    if os.path.basename(path) in _names:
        _files.setdefault(path, set()).update((filename, path))
    return path


def _imported():
    """The files of all modules; without touching modules that load themselves when touched."""
    for module in list(sys.modules.values()):
        filename = _attribute(module, "__file__")
        if isinstance(filename, str):
            yield filename[:-1] if filename.endswith(".pyc") else filename


def _attribute(module, name):
    try:
        return object.__getattribute__(module, "__dict__").get(name)
    except (AttributeError, TypeError):
        return None


def _block(code, filename, path):
    """The lines of the file; `code` is some of its code. None if that cannot be had."""
    if code is not None and code.co_name == "<module>":
        return code_lines.Block(code)
    whole = _from_loader(path) or _from_source(path, filename)
    if whole is None and code is None:
        return None
    return code_lines.Block(whole or code)


def _from_loader(path):
    """From the compiled file, without running anything."""
    for module in list(sys.modules.values()):
        filename, spec = _attribute(module, "__file__"), _attribute(module, "__spec__")
        if isinstance(filename, str) and os.path.abspath(filename) == path and spec is not None:
            try:
                return spec.loader.get_code(spec.name)
            except Exception:
                return None
    return None


def _from_source(path, filename):
    try:
        with tokenize.open(path) as source:
            return compile(source.read(), filename, "exec", 0, True)
    except Exception:
        return None
