"""The file that pdb reads and writes: the terminal of the pause, whichever that is now."""

from . import editor, interrupts, pause, wire
from .terminal import Released, TerminalLost

#: What is written before there is a terminal is kept up to this many characters.
_MAX_EARLY = 65536

#: What is told of a line, for the next process.
_MAX_TOLD = 2000


class _History(editor.History):
    """One for the process: what was typed in one pause is there in the next; and in the next
    process too, since the sidecar keeps it."""

    def add(self, line):
        if super().add(line):
            pause.link().send({"type": "typed", "line": wire.short(line, _MAX_TOLD)})


_history = _History()


class Console:
    """A text file on a terminal that may be replaced, or missing for a while."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, guard):
        """`guard` is the thread's Interrupts: it has to know when a line is read."""
        self.terminal = None
        self.complete = lambda line, begin, end: []
        self._guard = guard
        self._early = ""

    def attach(self, terminal, history=None):
        """From now on this terminal; shows on it what was written before there was one.
        `history` is what was typed in the session so far."""
        self.terminal = terminal
        if history is not None:
            _history.replace(history)
        early, self._early = self._early, ""
        terminal.write(early)

    def detach(self):
        self.terminal, self._early = None, ""

    def write(self, text):
        if self.terminal is None:
            self._early = (self._early + text)[-_MAX_EARLY:]
        else:
            self.terminal.write(text)
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def readline(self, _size=-1):
        """A line with its newline, or an empty text for ^D."""
        if self.terminal is None:
            raise Released  # A forked child: its parent has the terminal.
        former = self._guard.enter(interrupts.PROMPT)
        try:
            line = self.terminal.readline(_history, self._candidates)
        except EOFError:
            line = ""
        finally:
            self._guard.enter(former)
        # A prompt of a command (`interact`, input()) hands the line to who runs it at once.
        if former == interrupts.COMMAND and self._guard.take_early():
            raise KeyboardInterrupt
        return line

    def read(self, _size=-1):
        return "".join(self)

    def readlines(self, _hint=-1):
        return list(self)

    def __iter__(self):
        return iter(self.readline, "")

    def flush(self):
        """Nothing is held back."""

    def close(self):
        """Typing `exit()` closes stdin; the terminal stays."""

    def readable(self):
        return True

    writable = readable

    def isatty(self):
        """False: pagers would start a program on the app's own streams."""
        return False

    def fileno(self):
        if self.terminal is None or self.terminal.lost:
            raise OSError("the terminal is gone")
        return self.terminal.fileno()

    def _candidates(self, line, begin, end):
        """Completion runs the app's code (`__dir__`, properties): it may fail in any way."""
        try:
            return self.complete(line, begin, end)
        except (Released, TerminalLost):
            raise
        except BaseException:
            return []
