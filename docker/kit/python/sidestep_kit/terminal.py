"""A terminal of this process: the slave of a PTY whose master the sidecar holds.

Output never raises and reads raise TerminalLost when the other side is gone: that is the debugger's
matter, never the request's.
"""

import array
import codecs
import os
import select
import socket
import struct
import termios
import threading
import time

from . import wire
from .editor import PASTES_ON, Editor

#: How long the broker may take to listen and to answer, in seconds.
DIAL_SECONDS = 3.0
#: What `prompt` keeps of the line that was begun.
_MAX_PROMPT = 400


class TerminalLost(BaseException):
    """The other side of the terminal is gone. Not an Exception: no `except` in between ends it."""


class Released(BaseException):
    """The sidecar let the thread go on."""


def dial(path, token):
    """Connects to the broker at `path`; the terminal, or None if there is nobody or no answer."""
    deadline = time.monotonic() + DIAL_SECONDS
    while True:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(DIAL_SECONDS)
        try:
            connection.connect(path)
            connection.sendall(wire.encode({"type": "hello", "token": token}))
            fd = _receive_descriptor(connection)
            if fd is not None:
                return Terminal(fd, connection)
        except (OSError, ValueError):  # Or no path at all.
            pass
        connection.close()
        if time.monotonic() > deadline or not os.path.exists(path):
            return None
        time.sleep(0.05)


def _receive_descriptor(connection):
    """The descriptor that comes with the broker's one byte, or None."""
    size = array.array("i").itemsize
    data, extra, _, _ = connection.recvmsg(1, socket.CMSG_SPACE(size), socket.MSG_CMSG_CLOEXEC)
    for level, kind, content in extra:
        if data and level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            return struct.unpack("i", content[:size])[0]
    return None


class Terminal:
    """Reads edited lines and writes text; `wake` and `lose` may be called by any thread."""

    def __init__(self, fd, connection):
        self._fd = fd
        self._lock = threading.Lock()
        self._connection = connection
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)
        # Made once: somebody waits for the echo of a key.
        self._ready = select.poll()
        self._ready.register(self._fd, select.POLLIN)
        self._ready.register(self._wake_read, select.POLLIN)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._typed = ""
        #: Statements that were pasted and not given yet.
        self._pasted = []
        self._forget = False
        self._begun = ""
        self._reason = None
        self.lost = False

    @property
    def connection(self):
        """The broker's end: it says `interrupt`, and its end of file is the terminal's end."""
        return self._connection

    def fileno(self):
        return self._fd

    def write(self, text):
        """Shows text; what cannot be shown is dropped."""
        self._send(text)
        self._begun = (self._begun + text).rpartition("\n")[2][-_MAX_PROMPT:]

    def _send(self, text):
        data = text.encode("utf-8", "replace")
        while data and not self.lost:
            try:
                data = data[os.write(self._fd, data) :]
            except (OSError, TypeError):  # Or closed, by the thread that goes on.
                self.lost = True

    def readline(self, history, complete):
        """One line with its newline; raises EOFError, KeyboardInterrupt, TerminalLost, Released.

        The prompt is what was written since the last newline.
        """
        self.calm()
        if self._forget:
            self._pasted.clear()
        self._forget = False
        prompt = self._begun.rpartition("\r")[2]
        width = max(1, self._columns())
        if len(prompt) > width:
            prompt = prompt[-(len(prompt) % width) :]
        editor = Editor(
            prompt, self._read, self.write, self._columns, history, complete, self._pasted
        )
        mode = self._raw()
        try:
            self._send(PASTES_ON)
            line = editor.edit()
        except KeyboardInterrupt:
            editor.interrupt()
            raise
        finally:
            self._set_mode(mode)
        history.add(line)
        return line + "\n"

    def wake(self, reason):
        """Ends the read under way, or the next one, by raising `reason`."""
        with self._lock:
            if self._reason is not Released:
                self._reason = reason
            if self._wake_write is not None:
                try:
                    os.write(self._wake_write, b"w")
                except OSError:
                    pass  # Full: the reader is going to wake up anyway.

    def forget_pasted(self):
        """^C: what was pasted and not given yet is given up, too."""
        self._forget = True

    def calm(self):
        """Forgets an interrupt that came for what is over by now."""
        with self._lock:
            if self._reason is KeyboardInterrupt:
                self._reason = None

    def lose(self):
        """The other side is gone."""
        self.lost = True
        self.wake(TerminalLost)

    def close(self):
        """Gives the terminal back: the broker ends when its connection is closed."""
        with self._lock:
            if self._wake_write is None:
                return
            self.lost = True
            os.close(self._fd)
            os.close(self._wake_read)
            os.close(self._wake_write)
            self._fd = self._wake_read = self._wake_write = None
            self._connection.close()

    def abandon(self):
        """In a forked child, where a lock may be held by a thread that is not there."""
        self._lock = threading.Lock()
        self.close()

    def _columns(self):
        try:
            return os.get_terminal_size(self._fd).columns or 80
        except (OSError, TypeError):
            return 80

    def _raw(self):
        """Characters as they are typed, except ^C, which stays the broker's signal."""
        try:
            old = termios.tcgetattr(self._fd)
            new = termios.tcgetattr(self._fd)
            new[0] &= ~(termios.ICRNL | termios.INLCR | termios.IGNCR | termios.IXON)
            new[3] &= ~(termios.ICANON | termios.ECHO | termios.IEXTEN)
            new[3] |= termios.ISIG
            new[6][termios.VMIN], new[6][termios.VTIME] = 1, 0
            termios.tcsetattr(self._fd, termios.TCSANOW, new)
            return old
        except (termios.error, TypeError):
            self.lost = True
            raise TerminalLost from None

    def _set_mode(self, mode):
        try:
            termios.tcsetattr(self._fd, termios.TCSANOW, mode)
        except (termios.error, TypeError):
            self.lost = True

    def _read(self, many=False):
        """One character, in order of urgency: what woke us, what was typed ahead, what comes.
        With `many`: with all printable ones behind it that have come too."""
        while True:
            self._raise_reason()
            if self._typed:
                count = _printable(self._typed) if many else 0
                first, self._typed = self._typed[: count or 1], self._typed[count or 1 :]
                return first
            ready = [fd for fd, _ in self._ready.poll()]
            if self._wake_read in ready:
                os.read(self._wake_read, 4096)
            if self._fd in ready:
                self._typed += self._decoder.decode(self._read_bytes()).replace("\r\n", "\r")

    def _read_bytes(self):
        try:
            data = os.read(self._fd, 4096)
        except OSError:
            data = b""
        if not data:
            self.lost = True
            self._raise_reason()
        return data

    def _raise_reason(self):
        if self._reason is None and not self.lost:
            return  # One that comes now has a byte in the pipe, too.
        with self._lock:
            reason = self._reason
            if reason is not Released:  # That one holds, whatever swallows it.
                self._reason = None
        if reason is Released:
            raise Released
        if self.lost:
            raise TerminalLost
        if reason is not None:
            self._typed = ""
            self._pasted.clear()
            raise reason


def _printable(text):
    """How many characters at its beginning are printable."""
    return next((at for at, each in enumerate(text) if not each.isprintable()), len(text))
