"""A sidecar for tests: listens for kits, and gives each pause a PTY with the real broker on it."""

import fcntl
import json
import os
import re
import select
import socket
import subprocess
import sys
import termios
import threading
import time

TOKEN = "a-token"
BROKER = os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "../../../../sidecar/terminals/broker.py"
)
#: Nothing in these tests takes as long, unless it hangs.
PATIENCE = 40

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def until(condition, what):
    """Polls until `condition()` is true; its value."""
    deadline = time.monotonic() + PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError("timeout while waiting for %s" % what)
        time.sleep(0.01)


class Terminal:
    """The master of a PTY: what a user sees and types."""

    def __init__(self, path):
        self.path = path
        self.screen = ""
        self._read = 0
        self._closing = threading.Event()
        self.master, slave = os.openpty()
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, b"\x18\0\x50\0\0\0\0\0")

        def lead():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.broker = subprocess.Popen(
            [sys.executable, "-I", BROKER, path],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            preexec_fn=lead,
            env={"SIDESTEP_TOKEN": TOKEN},
        )
        os.close(slave)
        self._thread = threading.Thread(target=self._pump, daemon=True)
        self._thread.start()

    def _pump(self):
        # Closed by this thread: a read under way in it would keep the master open.
        while not self._closing.is_set():
            if select.select([self.master], [], [], 0.02)[0]:
                try:
                    self.screen += os.read(self.master, 65536).decode("utf-8", "replace")
                except OSError:
                    break  # All slaves are closed.
        self._closing.wait()
        os.close(self.master)

    def type(self, text):
        os.write(self.master, text.encode())

    def expect(self, text):
        """Waits until `text` is shown after what was expected before; what came before it."""

        def shown():
            return text in _ESCAPES.sub("", self.screen[self._read :])

        try:
            until(shown, repr(text))
        except AssertionError as error:
            screen = self.screen[self._read :]
            raise AssertionError("%s; the screen: %r" % (error, screen)) from None
        end = self._read + 1
        while text not in _ESCAPES.sub("", self.screen[self._read : end]):
            end += 1
        before = _ESCAPES.sub("", self.screen[self._read : end])
        self._read = end
        return before

    def prompt(self):
        return self.expect("(Pdb) ")

    def reads(self):
        """Waits until what is typed is read by the prompt, not yet by the terminal itself."""
        until(lambda: "\x1b[?2004h" in self.screen[self._read :], "the prompt reads")

    def ask(self, line):
        """Types a line at the prompt; what is shown until the next prompt."""
        self.type(line + "\r")
        self.expect("\r\n")
        return self.prompt()

    def kill(self):
        """The broker dies and the sidecar closes the master, as node-pty does."""
        self.broker.kill()
        self.broker.wait()
        self.close()

    def close(self):
        self._closing.set()
        self._thread.join()

    def end(self):
        self.close()
        if self.broker.poll() is None:
            self.broker.kill()
        self.broker.wait()


class Sidecar:
    """Keeps all messages of all kits; opens a terminal for each pause unless told otherwise."""

    def __init__(self, folder):
        self.folder = folder
        self.path = os.path.join(folder, "kit.sock")
        self.messages = []
        self.terminals = []
        self.give_terminals = True
        #: What each kit is told to stop at.
        self.breakpoints = []
        #: What a kit is told that was typed before.
        self.history = []
        #: What is sent instead of `welcome`, as bytes.
        self.greeting = None
        self._connections = []
        self._lock = threading.Lock()
        self._listener = None
        self.start()

    def start(self):
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(self.path)
        self._listener.listen(16)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def stop(self):
        """As SIGKILL would: connections end, the PTYs' masters are closed."""
        if self._listener is not None:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
            os.unlink(self.path)
        with self._lock:
            connections, self._connections = self._connections, []
            for connection in connections:
                connection.shutdown(socket.SHUT_RDWR)
        for terminal in self.terminals:
            terminal.close()

    def end(self):
        self.stop()
        for terminal in self.terminals:
            terminal.end()

    def environment(self):
        return {"SIDESTEP_KIT_SOCKET": self.path, "SIDESTEP_TOKEN": TOKEN}

    def seen(self, kind, **fields):
        """The messages of a type, with these fields."""
        with self._lock:
            return [
                message
                for message in self.messages
                if message["type"] == kind
                and all(message.get(name) == value for name, value in fields.items())
            ]

    def expect(self, kind, count=1, **fields):
        """Waits for the `count`-th message of a type."""
        until(lambda: len(self.seen(kind, **fields)) >= count, "%d x %s" % (count, kind))
        return self.seen(kind, **fields)[count - 1]

    def terminal(self, count=1):
        """Waits for the `count`-th terminal that was opened, with its first prompt on it."""
        until(lambda: len(self.terminals) >= count, "terminal %d" % count)
        terminal = self.terminals[count - 1]
        terminal.shown = terminal.prompt()
        return terminal

    def resume(self, pause):
        """`sidestep continue`: lets the thread go on and closes its terminal."""
        self.send({"type": "continue", "pause": pause["id"]})
        for terminal in self.terminals:
            if pause["id"] in terminal.path:
                terminal.close()

    def send(self, message):
        self.send_bytes(json.dumps(message).encode() + b"\n")

    def send_bytes(self, data):
        """Sends to each kit whatever it may be, in one piece."""
        with self._lock:
            for connection in self._connections:
                try:
                    connection.sendall(data)
                except OSError:
                    pass  # One that the kit has made anew; its own thread has yet to notice.

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with self._lock:
            self._connections.append(connection)
        try:
            self._converse(connection)
        except OSError:
            pass  # The kit went away.
        with self._lock:
            if connection in self._connections:
                self._connections.remove(connection)
            connection.close()

    def _converse(self, connection):
        with connection.makefile("rb") as lines:
            for line in lines:
                message = json.loads(line)
                if message["type"] == "hello":
                    assert message["token"] == TOKEN
                    connection.sendall(self.greeting or self._welcome())
                with self._lock:
                    self.messages.append(message)
                if message["type"] == "pause" and self.give_terminals:
                    self._give(connection, message["id"])

    def _welcome(self):
        """In one piece, as the sidecar does: the breakpoints are there when the welcome is."""
        messages = [
            {"type": "welcome", "session": "shop"},
            {"type": "breakpoints", "breakpoints": self.breakpoints},
        ]
        return b"".join(json.dumps(message).encode() + b"\n" for message in messages)

    def _typed(self):
        return [message["line"] for message in self.seen("typed")]

    def _give(self, connection, pause):
        path = os.path.join(self.folder, "pty-%s-%d.sock" % (pause, len(self.terminals)))
        terminal = Terminal(path)
        until(lambda: os.path.exists(path), path)
        connection.sendall(
            json.dumps(
                {
                    "type": "terminal",
                    "pause": pause,
                    "socket": path,
                    "history": [*self.history, *self._typed()]
                    if isinstance(self.history, list)
                    else self.history,
                }
            ).encode()
            + b"\n"
        )
        self.terminals.append(terminal)
