"""The connection of this process to the sidecar; one per process, made when first needed."""

import os
import socket
import sys
import threading
import time

from . import config, log, wire
from .watcher import Watcher

#: How long one attempt to connect, or to send, may take, in seconds.
SEND_SECONDS = 1.0
#: How often a lost link is made anew, in seconds.
RETRY_SECONDS = 1.0
#: How long the first request waits for the sidecar's answer to the hello, in seconds.
SETTLE_SECONDS = 1.0
#: Said once, when nobody answers.
NOBODY = "no sidecar at %s: breakpoints are passed over while there is none" % config.SOCKET


class Link:
    """Sends messages, and hands those of the sidecar to `on_message(message)`.

    A link that was lost is made anew while there is something to tell: a loaded app, or pauses.
    """

    def __init__(self, on_message, on_tick):
        self.server = None
        #: The number of the connection, so that others know what they have sent on it.
        self.generation = 0
        #: Whether the sidecar has answered on this connection.
        self.welcomed = False
        #: How many connections were dropped because of what came in.
        self.garbled = 0
        self.watcher = Watcher(self._tick)
        self._on_message = on_message
        self._on_tick = on_tick
        self._lock = threading.RLock()
        self._socket = None
        self._lines = None
        #: What is told on each new connection.
        self._standing = []
        self._told = []
        self._retry_at = 0.0
        #: Set when the sidecar's first messages on a connection were dealt with.
        self._settled = threading.Event()

    @property
    def connected(self):
        return self._socket is not None

    def connect(self):
        """Whether the sidecar can be reached; takes at most about a second."""
        with self._lock:
            if self._socket is not None:
                return True
            dialled = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                dialled.settimeout(SEND_SECONDS)
                dialled.connect(config.SOCKET)
                dialled.sendall(wire.encode(self._hello()))
                for message in [*self._standing, *self._told]:
                    dialled.sendall(wire.encode(message))
            except OSError:
                dialled.close()
                return False
            self._socket, self._lines = dialled, wire.Lines()
            self.generation += 1
            self.welcomed = False
            self.watcher.add(dialled.fileno(), lambda: self._receive(dialled))
            return True

    def send(self, message):
        """Sends if there is a connection; whether it went out."""
        with self._lock:
            if self._socket is None:
                return False
            try:
                self._socket.sendall(wire.encode(message))
                return True
            except OSError:
                self._drop()
                return False

    def ready(self, server, notices=()):
        """Tells that the app is loaded in this process, and what could not be done; now and after
        each reconnection."""
        with self._lock:
            self.server = server
            if self.connected:
                # The server is part of the hello; a link from before it was known is made anew.
                self._drop()
            self._standing = [{"type": "ready", "pid": os.getpid()}, *notices]
            self._settled.clear()
            connected = self.connect()
            if not connected:
                log.once(NOBODY)
                # The thread tries again: the sidecar may be restarting.
                self.watcher.start()
        if connected:
            # Breakpoints come with the welcome: they are in force before the first request.
            self._settled.wait(SETTLE_SECONDS)

    def tell(self, message):
        """Sends it now, if there is a connection, and on each that is made later."""
        with self._lock:
            self._told.append(message)
            self.send(message)

    def abandon(self):
        """In a forked child: closes what is the parent's; its connection is not harmed."""
        if self._socket is not None:
            self._socket.close()
        self.watcher.abandon()

    def _hello(self):
        return {
            "type": "hello",
            "token": config.TOKEN,
            "pid": os.getpid(),
            "runtime": "python %d.%d.%d" % sys.version_info[:3],
            "server": self.server,
        }

    def _receive(self, dialled):
        """In the watcher's thread: reads what is there."""
        with self._lock:
            if dialled is not self._socket:
                return
            try:
                data = dialled.recv(65536, socket.MSG_DONTWAIT)
                messages = self._lines.feed(data)
            except (BlockingIOError, socket.timeout):
                return
            except wire.BadPeer as error:
                self.garbled += 1
                log.once("dropped the connection to the sidecar: it sent %s" % error)
                self._drop()
                return
            except OSError:
                data = b""
            if not data:
                self._drop()
                return
        try:
            for message in messages:
                if message["type"] == "welcome":
                    self.welcomed = True
                self._take(message)
        finally:
            if self.welcomed:
                self._settled.set()

    def _take(self, message):
        """What cannot be dealt with is passed over: what comes behind it counts all the same."""
        try:
            self._on_message(message)
        except Exception as error:
            log.once("passed over a message of the sidecar: %s" % type(error).__name__)

    def _drop(self):
        self.watcher.remove(self._socket.fileno())
        self._socket.close()
        self._socket = None
        self.welcomed = False

    def _tick(self):
        pauses = self._on_tick()
        now = time.monotonic()
        if not self.connected and (pauses or self._standing) and now >= self._retry_at:
            self._retry_at = now + RETRY_SECONDS
            self.connect()
        return pauses or (bool(self._standing) and not self.connected)
