"""uWSGI: one process without a timeout, whatever its configuration says.

It is configured in C, before Python starts, and its last configuration wins: so when Python starts
in the first process, that becomes uWSGI again, with the kit's configuration as the last, as if it
were reloaded.
"""

import os
import sys

from . import log

#: The kit's configurations; each imports this module in the worker, before the app.
_FOLDER = os.path.dirname(os.path.abspath(__file__))

#: How the names of what configures uWSGI end.
_CONFIGURATIONS = (".ini", ".xml", ".yaml", ".yml", ".json")


def start_again():
    """Becomes uWSGI with the kit's configuration, unless it is that already."""
    from . import config

    name = "uwsgi-threads.ini" if config.CONCURRENCY == "threads" else "uwsgi.ini"
    ours = os.path.join(_FOLDER, name)
    with open("/proc/self/cmdline", "rb") as file:
        command = file.read().rstrip(b"\0").split(b"\0")
    if os.fsencode(ours) in command:
        return
    # A reload drops no privileges and writes no pid file: both may be done already.
    os.environ.setdefault("UWSGI_RELOADS", "0")
    for fd in map(int, os.listdir("/proc/self/fd")):
        if fd > 2:
            _leave(fd)
    _go_back(command)
    program = os.readlink("/proc/self/exe")
    os.execv(program, command + [b"--ini", os.fsencode(ours)])


def _go_back(command):
    """The configuration may have named another folder, from which it is not found again itself."""
    from . import config

    files = [os.fsdecode(word).rpartition("=")[2] for word in command[1:]]
    files = [name for name in files if name.endswith(_CONFIGURATIONS)]
    for folder in ("", os.environ.get("PWD", ""), config.WORKDIR):
        if all(os.path.exists(os.path.join(folder, name)) for name in files):
            return folder and os.chdir(folder)


def _leave(fd):
    """What is open is closed and bound anew, but Unix sockets: their folder may be another's."""
    import socket

    try:
        with socket.socket(fileno=os.dup(fd)) as copy:
            os.set_inheritable(fd, copy.family == socket.AF_UNIX)
    except OSError:
        try:
            os.set_inheritable(fd, False)
        except OSError:
            pass  # The one by which the others are listed.


def in_worker(uwsgi):
    """The configuration has this called in the worker, before it loads the app."""
    from . import server

    server.claim()
    try:
        _Apps(uwsgi).follow()
    except Exception as error:
        log.once("cannot follow the requests of uWSGI: %r" % (error,))


class _Apps:
    """The apps that uWSGI is going to load, as its options name them."""

    def __init__(self, uwsgi):
        self._uwsgi = uwsgi
        self._options = {name: _texts(value) for name, value in uwsgi.opt.items()}
        self._callable = self._option("callable")[-1:] or ["application"]
        #: The callable's name, by module and by path.
        self._modules, self._files = {}, {}

    def follow(self):
        """Has each app wrapped when it is loaded; the sidecar is told with the first."""
        from . import hooks, server

        for app in self._option("module", "wsgi"):
            self._add(app)
        for app in self._option("wsgi-file", "file"):
            self._files[os.path.abspath(app)] = self._callable[0]
        for mount in self._option("mount"):
            self._add(mount.partition("=")[2])
        if not self._modules and not self._files:
            message = "sidestep does not see how uWSGI finds the app: its requests are not followed"
            return self._loaded([server.warning("RequestsNotFollowed", message)])
        for module, name in self._modules.items():
            hooks.when_imported(module, lambda loaded, name=name: self._wrap(vars(loaded), name))
        if self._files:
            sys.setprofile(self._profile)

    def _option(self, *names):
        return [value for name in names for value in self._options.get(name, [])]

    def _add(self, app):
        """What stands in `module=` or at a mount: a module or a file, and maybe the callable."""
        if app.endswith((".py", ".wsgi")) or "/" in app:
            self._files[os.path.abspath(app)] = self._callable[0]
        else:
            module, _, name = app.partition(":")
            self._modules[module] = name or self._callable[0]

    def _profile(self, frame, event, _value):
        """A file is run without the import system: the end of its run is all that can be seen."""
        if event != "return" or frame.f_code.co_name != "<module>":
            return
        name = self._files.pop(os.path.abspath(frame.f_code.co_filename), None)
        if not self._files:
            sys.setprofile(None)
        if name is not None:
            self._wrap(frame.f_globals, name)

    def _wrap(self, names, name):
        from . import serving

        factory = name.endswith("()")
        name = name[: -len("()")] if factory else name
        if callable(names.get(name)):
            original = names[name]
            names[name] = (
                (lambda: serving.wsgi(original())) if factory else serving.wsgi(original)
            )
        self._loaded()

    def _loaded(self, notices=()):
        from . import serving

        version = _texts(self._uwsgi.version)[0].partition("-")[0]
        serving.loaded("uWSGI %s" % version, notices)


def _texts(value):
    values = value if isinstance(value, list) else [value]
    return [each.decode() if isinstance(each, bytes) else str(each) for each in values]
