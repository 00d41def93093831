"""Conditions and log messages of breakpoints: parsed, checked, and evaluated in a frame.

Also a program, for a sidecar whose replica cannot be asked: JSON lines of `{if, log}` on stdin are
answered with the problem of each, or null.
"""

import json
import sys

#: A value in a log line is cut to so many characters.
MAX_VALUE = 2000
#: So deep may brackets and chains be nested: compilers have crashed on more.
_MAX_DEPTH = 80
_CLOSES = {"(": ")", "[": "]", "{": "}"}
_CODE = type((lambda: None).__code__)


class Problem(ValueError):
    """A text that is no expression. `text` is what was given, `at` where it is wrong, from 0."""

    def __init__(self, message, text, at):
        super().__init__(message)
        self.text, self.at = text, max(0, min(at, len(text)))


class Expression:
    """One expression of Python, to be evaluated in frames."""

    def __init__(self, text, whole=None, offset=0):
        """Raises Problem; `text` is a part of `whole`, at `offset`."""
        self.text = text.strip()
        self._code = _compile(text, text if whole is None else whole, offset)
        #: Comprehensions and lambdas see the names of the frame as globals only.
        self._nested = any(isinstance(const, _CODE) for const in self._code.co_consts)

    def value(self, frame):
        """Its value in the frame; raises what the expression raises."""
        names = dict(frame.f_locals)
        try:
            if self._nested:
                return eval(self._code, {**frame.f_globals, **names})
            return eval(self._code, frame.f_globals, names)
        finally:
            # Before Python 3.13, what the expression changed in closures would be undone by an
            # older picture of the locals: take a new one.
            frame.f_locals


class Message:
    """A text with `{expressions}`, as in an f-string: `!r`, `:format`, `{name=}`, `{{` and `}}`."""

    def __init__(self, text):
        """Raises Problem."""
        parts, end = _parse(text, 0, False)
        assert end == len(text)
        self._parts = parts

    def text(self, frame):
        """What it says in the frame; an expression that raises says that in its place."""
        return "".join(_show(part, frame) for part in self._parts)


def described(error):
    """An exception on one line: `ZeroDivisionError: division by zero`."""
    name = type(error).__name__
    try:
        text = str(error)
    except Exception:
        text = ""
    return "%s: %s" % (name, _cut(text)) if text else name


def problem(condition, message):
    """What is wrong with a condition or a log message, as a dict for the wire; None if nothing."""
    for field, kind, text in (("if", Expression, condition), ("log", Message, message)):
        if text is None:
            continue
        try:
            kind(text)
        except Problem as error:
            return {"field": field, "message": str(error), "at": error.at}
    return None


def _compile(text, whole, offset):
    if not text.strip():
        raise Problem("an expression is missing", whole, offset)
    _check_depth(text, whole, offset)
    lead = len(text) - len(text.lstrip())
    try:
        # The end of the line is what makes Python say where the text ends too early.
        return compile(text.strip() + "\n", "<breakpoint>", "eval", 0, True)
    except SyntaxError as error:
        at = lead + _position(error, text.strip())
        raise Problem(error.msg or "invalid syntax", whole, offset + at) from None
    except (ValueError, MemoryError, RecursionError, OverflowError) as error:
        raise Problem(str(error) or "too complex", whole, offset) from None


def _position(error, text):
    """Where in `text` the error is: Python counts lines and columns from 1."""
    lines = text.split("\n")
    if not error.lineno or error.lineno > len(lines):
        return len(text)
    row = error.lineno - 1
    column = min(max(error.offset or 1, 1) - 1, len(lines[row]))
    return sum(len(line) + 1 for line in lines[:row]) + column


def _check_depth(text, whole, offset):
    """What the parser does with deep nesting is not for an app's process to find out."""
    depth = run = 0
    for at, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        run = run + 1 if char in "-+~" else run * (char in " \t\n")
        if depth > _MAX_DEPTH or run > _MAX_DEPTH:
            raise Problem("too deeply nested", whole, offset + at)
    if text.count("not ") + text.count("lambda") + text.count("**") > _MAX_DEPTH:
        raise Problem("too deeply nested", whole, offset)


def _parse(text, at, in_format):
    """Parts of a message from `at` on: texts, and `(source, Expression, conversion, format)`."""
    parts, literal = [], ""
    while at < len(text):
        char = text[at]
        if not in_format and text[at : at + 2] in ("{{", "}}"):
            literal, at = literal + char, at + 2
        elif char == "{":
            field, at = _field(text, at)
            parts, literal = parts + [literal, field], ""
        elif char == "}":
            if in_format:
                break
            raise Problem("single '}' is not allowed: write '}}' for a brace", text, at)
        else:
            literal, at = literal + char, at + 1
    return parts + [literal], at


def _field(text, start):
    """The `{expression!r:format}` that begins at `start`, and where it ends."""
    end = _end_of_expression(text, start)
    source, at, label = text[start + 1 : end], end, ""
    stripped = source.rstrip()
    if stripped.endswith("=") and stripped[-2:-1] not in ("=", "!", "<", ">"):
        label, source = source, stripped[:-1]
    expression = Expression(source, text, start + 1)
    conversion, form = "", [""]
    if text[at] == "!":
        conversion = text[at + 1 : at + 2]
        if conversion not in ("r", "s", "a") or text[at + 2 : at + 3] not in (":", "}"):
            raise Problem("after '!' comes r, s or a", text, at + 1)
        at += 2
    elif label and text[at] == "}":
        conversion = "r"
    if text[at] == ":":
        form, at = _parse(text, at + 1, True)
        if at >= len(text):
            raise Problem("'{' was never closed", text, start)
    return (source, expression, conversion, form, label), at + 1


def _end_of_expression(text, start):
    """Where the expression after the brace at `start` ends: at `}`, `!` or `:` outside of all."""
    open_brackets, at = [], start + 1
    while at < len(text):
        char = text[at]
        if char in "'\"":
            at = _end_of_string(text, at)
            continue
        if char in _CLOSES:
            open_brackets.append(_CLOSES[char])
        elif open_brackets and char == open_brackets[-1]:
            open_brackets.pop()
        elif not open_brackets:
            if char in "}:" or (char == "!" and text[at + 1 : at + 2] != "="):
                return at
        at += 1
    raise Problem("'{' was never closed", text, start)


def _end_of_string(text, start):
    quote = text[start] * 3 if text[start : start + 3] == text[start] * 3 else text[start]
    at = start + len(quote)
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text.startswith(quote, at):
            return at + len(quote)
        else:
            at += 1
    raise Problem("a string was never closed", text, start)


def _show(part, frame):
    if isinstance(part, str):
        return part
    source, expression, conversion, form, label = part
    try:
        value = expression.value(frame)
        if conversion:
            value = {"r": repr, "s": str, "a": ascii}[conversion](value)
        return label + _cut(format(value, "".join(_show(each, frame) for each in form)))
    except (Exception, SystemExit) as error:
        return "{%s}: %s" % (source.strip(), described(error))


def _cut(text):
    return text if len(text) <= MAX_VALUE else text[:MAX_VALUE] + "\u2026"


def _main():
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(problem(asked.get("if"), asked.get("log"))), flush=True)


if __name__ == "__main__":
    _main()
