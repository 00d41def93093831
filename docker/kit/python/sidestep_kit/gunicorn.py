"""gunicorn 20 to 26: one worker without a timeout, whatever its configuration says.

It is synchronous, or has threads where the session asks for them.
"""

from . import exits, log, server, serving

#: What is set after all configuration was read, beside the worker class.
_SETTINGS = (
    ("workers", 1),
    ("timeout", 0),
    ("preload_app", False),
    ("max_requests", 0),
    ("max_requests_jitter", 0),
    ("reload", False),
)

#: Worker classes that become sync or gthread, as the session asks.
_PLAIN = (
    "",
    "sync",
    "gthread",
    "gunicorn.workers.gthread.ThreadWorker",
    "gunicorn.workers.sync.SyncWorker",
)

#: Workers that call a WSGI app; others are given something else by the same name.
_WSGI_MODULES = {
    "gunicorn.workers.sync",
    "gunicorn.workers.gthread",
    "gunicorn.workers.ggevent",
    "gunicorn.workers.geventlet",
}

#: Workers that go without saying.
_UNSAID = {"SyncWorker", "ThreadWorker"}

#: What was found in the arbiter and is told by the worker, which has a link.
_notices = []


def patch_arbiter(arbiter):
    """Wraps what reads the configuration, at start and at each SIGHUP."""
    original = arbiter.Arbiter.setup

    def setup(self, app):
        server.claim()
        try:
            _force(app.cfg)
        except Exception as error:
            _notice("GunicornNotConfigured", "cannot configure gunicorn: %r" % (error,))
        return original(self, app)

    arbiter.Arbiter.setup = setup
    _tell_of_exits(arbiter.Arbiter)
    arbiter.Arbiter.handle_ttin = _ignore_ttin
    arbiter.Arbiter.handle_ttou = _ignore_ttin


def patch_worker(base):
    """Wraps the loading of the app: its requests are tracked, and the sidecar is told."""
    original = base.Worker.load_wsgi

    def load_wsgi(self):
        result = original(self)
        try:
            _loaded(self)
        except Exception as error:
            log.once("cannot follow the requests of gunicorn: %r" % (error,))
        return result

    base.Worker.load_wsgi = load_wsgi


def _tell_of_exits(arbiter):
    """What is typed at a prompt may end the worker: its parent knows how it ended."""
    original = getattr(arbiter, "reap_workers", None)
    if original is None:
        return

    def reap_workers(self):
        try:
            ended = exits.peek()
            if ended is not None and ended.si_pid in self.WORKERS:
                exits.tell(ended, _server())
        except Exception as error:
            log.once("cannot tell how a worker ended: %r" % (error,))
        return original(self)

    arbiter.reap_workers = reap_workers


def _server():
    from gunicorn import __version__

    return "gunicorn %s" % __version__


def _ignore_ttin(_arbiter):
    """SIGTTIN and SIGTTOU change the number of workers."""
    log.once("gunicorn: the number of workers stays 1 while it is debugged")


def _force(cfg):
    was = _describe(cfg)
    kind = _worker_class(cfg)
    if kind in _PLAIN:
        cfg.set("worker_class", "gthread" if server.threaded() else "sync")
    for name, value in _SETTINGS:
        cfg.set(name, value)
    # More than one thread turns sync workers into gthread.
    cfg.set("threads", server.threads())
    now = _worker_class(cfg)
    of = " of %d threads" % server.threads() if server.threaded() else ""
    server.said("gunicorn", "1 %s worker%s, no timeout" % (_short(now), of), was)
    if "gevent" in now or "eventlet" in now:
        _notice(
            "AsyncWorker",
            "%s workers serve all requests in one thread: a pause holds all of them" % _short(now),
        )


def _describe(cfg):
    """The configuration in a user's words: `3 gthread workers, 30 s, preload`."""
    names = ["threads"] + [name for name, _ in _SETTINGS]
    value = {name: cfg.settings[name].get() for name in names if name in cfg.settings}
    workers, threads = value["workers"], value["threads"]
    kind = _short(_worker_class(cfg) or "sync")
    if kind == "sync" and threads > 1:
        kind = "gthread"
    parts = ["%d %s worker%s" % (workers, kind, "" if workers == 1 else "s")]
    if threads > 1:
        parts[0] += " of %d threads" % threads
    parts.append("%d s" % value["timeout"] if value["timeout"] else "no timeout")
    if value["preload_app"]:
        parts.append("preload")
    if value["reload"]:
        parts.append("reload")
    if value["max_requests"]:
        parts.append("%d requests" % value["max_requests"])
    return ", ".join(parts)


def _worker_class(cfg):
    """The worker class as a name; a config file may give the class itself."""
    kind = cfg.settings["worker_class"].get()
    if isinstance(kind, type):
        return "%s.%s" % (kind.__module__, kind.__name__)
    return str(kind or "")


def _short(kind):
    known = {name: "gthread" for name in _PLAIN}
    known["sync"] = known["gunicorn.workers.sync.SyncWorker"] = "sync"
    return known.get(kind, kind.rpartition(".")[2])


def _loaded(worker):
    wsgi = getattr(worker, "wsgi", None)
    if wsgi is not None and any(c.__module__ in _WSGI_MODULES for c in type(worker).__mro__):
        worker.wsgi = serving.wsgi(wsgi)
    kind = type(worker).__name__
    of = "" if kind in _UNSAID else " (%s)" % kind
    serving.loaded(_server() + of, _notices)


def _notice(reason, message):
    _notices.append(server.warning(reason, message))
