"""Line editing on a terminal, in Python.

GNU readline has one state and one lock for the whole process: a second thread that is paused would
wait for the first one's line. It also cannot be woken in a thread that is not the main one, and
small images come without it. So the few keys that pdb needs are done here.
"""

import re
import unicodedata

from . import pastes

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_WORD = re.compile(r"\w+\W*$")
_NEXT_WORD = re.compile(r"\W*\w*")
#: What ends a word for completion; as pdb has it: dotted names are one word.
_DELIMITERS = " \t\n`@#%^&*()=+[{]}\\|;:'\",<>?"
#: More candidates than this are not listed.
_MAX_LISTED = 200

#: What makes a terminal say where a paste begins and ends, and what it says then.
PASTES_ON, PASTES_OFF = "\x1b[?2004h", "\x1b[?2004l"
_PASTE_BEGINS, _PASTE_ENDS = "\x1b[200~", "\x1b[201~"


class History:
    """The lines typed, oldest first, bounded."""

    def __init__(self, limit=1000):
        self.lines = []
        self._limit = limit

    def add(self, line):
        """Remembers a line, unless it is empty or the last one again; whether it did.

        A statement of several lines, which was pasted, cannot be edited again as one.
        """
        if not line.strip() or "\n" in line or self.lines[-1:] == [line]:
            return False
        self.lines.append(line)
        del self.lines[: -self._limit]
        return True

    def replace(self, lines):
        """What the sidecar knows of all processes, instead of what this one does."""
        self.lines[:] = lines[-self._limit :]


class Editor:
    """Edits one line: `edit()` returns it, or raises EOFError for ^D on an empty line."""

    def __init__(self, prompt, read, write, columns, history, complete, pasted=None):
        """`read(many)` gives one character, or with `many` all printable ones that have come too;
        `write(text)` shows, `columns()` is the width now, `complete(line, begin, end)` gives the
        words that may stand at `line[begin:end]`. `pasted` are statements that are still to be
        given, one by one; more are added to it."""
        self._prompt = prompt
        self._read = read
        self._pasted = [] if pasted is None else pasted
        self._write = write
        self._columns = columns
        self._lines = history.lines + [""]
        self._at = len(self._lines) - 1
        self._complete = complete
        self._text = ""
        self._cursor = 0
        self._row = (_width(prompt) // max(1, columns())) if prompt else 0
        self._killed = ""
        self._pushed = ""

    def edit(self):
        while True:
            while self._pasted:
                given = self._give_pasted()
                if given is not None:
                    return given
            key = self._key(many=True)
            if key in ("\r", "\n"):
                return self._finish()
            if key == "\x04" and not self._text:
                self._end_line()
                raise EOFError
            action = _KEYS.get(key)
            if action is not None:
                action(self)
            elif key == _PASTE_BEGINS:
                self._paste()
            elif key.isprintable():
                self._insert(key)

    def _paste(self):
        """Takes in a paste, and whole statements of it to `pasted`: they are given one by one."""
        text = ""
        while not text.endswith(_PASTE_ENDS):
            text += self._read()
        text = pastes.plain(text[: -len(_PASTE_ENDS)])
        if "\n" not in text:
            return self._insert(text)
        self._pasted += pastes.statements(self._text[: self._cursor] + text)
        self._cursor, self._text = 0, self._text[self._cursor :]

    def _give_pasted(self):
        """The next statement that was pasted, shown as if it had been typed; None if the last one
        is a line that is not ended: that can be edited."""
        text = self._pasted.pop(0)
        rest, self._text, self._cursor = self._text, "", 0
        if not text.endswith("\n"):
            self._replace(text + rest)
            return self._move(len(text))
        text = text[:-1]
        first, *more = text.split("\n")
        self._replace(first)
        self._write("".join("\n... " + line for line in more))
        self._end_line()
        return text

    def interrupt(self):
        """Shows that the line is given up."""
        self._move(len(self._text))
        self._write("^C")
        self._end_line()

    def _key(self, many=False):
        """One character (with `many`: or all printable ones that have come), or a whole escape
        sequence."""
        if self._pushed:
            key, self._pushed = self._pushed, ""
            return key
        key = self._read(many)
        if key != "\x1b":
            return key
        key += self._read()
        if key in ("\x1b[", "\x1bO"):
            while True:
                last = self._read()
                key += last
                if last.isalpha() or last == "~" or len(key) > 16:
                    break
        return key

    def _finish(self):
        self._move(len(self._text))
        self._end_line()
        return self._text

    def _end_line(self):
        self._write(PASTES_OFF + "\n")

    def _insert(self, text):
        if self._cursor < len(self._text):
            self._text = self._text[: self._cursor] + text + self._text[self._cursor :]
            self._cursor += len(text)
            return self._refresh()
        self._text += text
        self._cursor += len(text)
        total = _width(self._prompt) + _width(self._text)
        columns = max(1, self._columns())
        # Terminals keep the cursor in the last column until one more comes.
        self._write(text if total % columns else text + "\n")
        self._row = total // columns

    def _delete(self, begin, end, keep=False):
        if keep and begin < end:
            self._killed = self._text[begin:end]
        self._text = self._text[:begin] + self._text[end:]
        self._cursor = begin
        self._refresh()

    def _move(self, cursor):
        cursor = min(max(cursor, 0), len(self._text))
        if cursor != self._cursor:
            self._cursor = cursor
            self._refresh()

    def _replace(self, text):
        self._text = text
        self._cursor = len(text)
        self._refresh()

    def _refresh(self):
        """Draws prompt and line over what was there, and puts the cursor."""
        columns = max(1, self._columns())
        before = _width(self._prompt) + _width(self._text[: self._cursor])
        total = _width(self._prompt) + _width(self._text)
        out = "\x1b[%dA" % self._row if self._row else ""
        out += "\r" + self._prompt + self._text + "\x1b[J"
        if total and total % columns == 0:
            out += "\n"  # Terminals keep the cursor in the last column until one more comes.
        up = total // columns - before // columns
        out += ("\x1b[%dA" % up if up else "") + "\r"
        out += "\x1b[%dC" % (before % columns) if before % columns else ""
        self._row = before // columns
        self._write(out)

    def _left(self):
        self._move(self._cursor - 1)

    def _right(self):
        self._move(self._cursor + 1)

    def _home(self):
        self._move(0)

    def _end(self):
        self._move(len(self._text))

    def _word_left(self):
        self._move(self._word_start())

    def _word_right(self):
        self._move(self._word_end())

    def _word_start(self):
        match = _WORD.search(self._text[: self._cursor])
        return match.start() if match else 0

    def _word_end(self):
        return self._cursor + _NEXT_WORD.match(self._text[self._cursor :]).end()

    def _backspace(self):
        if self._cursor:
            self._delete(self._cursor - 1, self._cursor)

    def _delete_char(self):
        if self._cursor < len(self._text):
            self._delete(self._cursor, self._cursor + 1)

    def _kill_end(self):
        self._delete(self._cursor, len(self._text), keep=True)

    def _kill_start(self):
        self._delete(0, self._cursor, keep=True)

    def _kill_blank_word(self):
        head = self._text[: self._cursor].rstrip()
        self._delete(len(head) - len(head.split(" ")[-1]), self._cursor, keep=True)

    def _kill_word_left(self):
        self._delete(self._word_start(), self._cursor, keep=True)

    def _kill_word_right(self):
        self._delete(self._cursor, self._word_end(), keep=True)

    def _yank(self):
        self._insert(self._killed)

    def _clear_screen(self):
        self._row = 0
        self._write("\x1b[H\x1b[2J")
        self._refresh()

    def _recall(self, step):
        if 0 <= self._at + step < len(self._lines):
            self._lines[self._at] = self._text
            self._at += step
            self._replace(self._lines[self._at])
        else:
            self._write("\a")

    def _older(self):
        self._recall(-1)

    def _newer(self):
        self._recall(1)

    def _search(self):
        """^R: the newest line that contains what is typed; again ^R for an older one."""
        wanted, at, kept, prompt = "", len(self._lines) - 1, self._text, self._prompt
        try:
            while True:
                self._prompt = "(reverse-i-search)`%s': " % wanted
                self._refresh()
                key = self._key()
                if key == "\x12":
                    at -= 1
                elif key in ("\x7f", "\b"):
                    wanted, at = wanted[:-1], len(self._lines) - 1
                elif len(key) == 1 and key.isprintable():
                    wanted += key
                else:
                    if key == "\x07":
                        self._text = kept
                    else:
                        self._pushed = key
                    break
                found = [i for i in range(at + 1) if wanted in self._lines[i]]
                if wanted and found:
                    at = found[-1]
                    self._text = self._lines[at]
                    self._cursor = len(self._text)
                else:
                    at = max(at, 0)
        finally:
            self._prompt = prompt
        self._replace(self._text)

    def _tab(self):
        begin = self._cursor
        while begin and self._text[begin - 1] not in _DELIMITERS:
            begin -= 1
        word = self._text[begin : self._cursor]
        if not self._text[: self._cursor].strip():
            return self._insert("    ")
        found = sorted(set(self._complete(self._text, begin, self._cursor)))
        common = _common_start(found)
        if len(common) > len(word):
            self._insert(common[len(word) :])
        elif len(found) > 1:
            self._list(found)
        else:
            self._write("\a")

    def _list(self, found):
        """Shows the candidates in columns below the line, then the line anew."""
        names = [name.rpartition(".")[2] or name for name in found[:_MAX_LISTED]]
        width = max(map(len, names)) + 2
        per_row = max(1, self._columns() // width)
        rows = [names[i : i + per_row] for i in range(0, len(names), per_row)]
        out = "\n".join("".join(n.ljust(width) for n in row).rstrip() for row in rows)
        if len(found) > _MAX_LISTED:
            out += "\n(and %d more)" % (len(found) - _MAX_LISTED)
        cursor = self._cursor
        self._move(len(self._text))
        self._write("\n" + out + "\n")
        self._row = 0
        self._cursor = cursor
        self._refresh()


_KEYS = {
    "\x01": Editor._home,
    "\x02": Editor._left,
    "\x04": Editor._delete_char,
    "\x05": Editor._end,
    "\x06": Editor._right,
    "\b": Editor._backspace,
    "\t": Editor._tab,
    "\x0b": Editor._kill_end,
    "\x0c": Editor._clear_screen,
    "\x0e": Editor._newer,
    "\x10": Editor._older,
    "\x12": Editor._search,
    "\x15": Editor._kill_start,
    "\x17": Editor._kill_blank_word,
    "\x19": Editor._yank,
    "\x7f": Editor._backspace,
    "\x1b\x7f": Editor._kill_word_left,
    "\x1bb": Editor._word_left,
    "\x1bd": Editor._kill_word_right,
    "\x1bf": Editor._word_right,
    "\x1b[1;5C": Editor._word_right,
    "\x1b[1;5D": Editor._word_left,
    "\x1b[1~": Editor._home,
    "\x1b[3~": Editor._delete_char,
    "\x1b[4~": Editor._end,
}
for _lead in ("\x1b[", "\x1bO"):
    _KEYS.update(
        {
            _lead + "A": Editor._older,
            _lead + "B": Editor._newer,
            _lead + "C": Editor._right,
            _lead + "D": Editor._left,
            _lead + "H": Editor._home,
            _lead + "F": Editor._end,
        }
    )


def _width(text):
    """How many columns a text takes."""
    if text.isascii() and "\x1b" not in text:
        return len(text)
    text = _ANSI.sub("", text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def _common_start(words):
    """The longest text that all words begin with."""
    if not words:
        return ""
    first, last = min(words), max(words)
    length = 0
    while length < len(first) and first[length] == last[length : length + 1]:
        length += 1
    return first[:length]
