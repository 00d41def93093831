"""Source in colours, as pdb shows it. Viewers who want none are sent none by the sidecar.

Not with `tokenize`: pieces of a file, such as eleven lines from the middle of a function, are no
program, and each Python gives up at another place. An error in here shows the text as it is.
"""

import builtins
import keyword
import re

_RESET = "\x1b[0m"
_COLOURS = {
    "comment": "\x1b[90m",
    "string": "\x1b[32m",
    "number": "\x1b[36m",
    "keyword": "\x1b[34m",
    "definition": "\x1b[1m",
    "builtin": "\x1b[35m",
    "decorator": "\x1b[33m",
}

_TOKEN = re.compile(
    r"""
    (?P<comment>\#[^\n]*)
    | (?P<string>(?:\b[rRbBuUfFtT]{1,2})?(?:
        \"\"\"(?:\\.|.)*?(?:\"\"\"|\Z)
        | '''(?:\\.|.)*?(?:'''|\Z)
        | "(?:\\.|[^"\\\n])*(?:"|$)
        | '(?:\\.|[^'\\\n])*(?:'|$)
      ))
    | (?P<decorator>^[ \t]*@[\w.]+)
    | (?P<defines>\b(?:def|class)[ \t]+)(?P<definition>\w+)
    | (?P<number>\b(?:0[xXoObB][\da-fA-F_]+|\d[\d_]*\.?[\d_]*(?:[eE][+-]?\d+)?[jJ]?))
    | (?P<attribute>\.\s*\w+)
    | (?P<name>\b[^\W\d]\w*)
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)

_BUILTINS = {name for name in dir(builtins) if not name.startswith("_")} | {"self", "cls"}


def lines(source):
    """Lines of source, each in colours and without the blanks at its end."""
    plain = [line.rstrip() for line in source]
    try:
        coloured = _highlight("\n".join(plain)).split("\n")
    except Exception:
        return plain
    return coloured if len(coloured) == len(plain) else plain


def entry(text, prefix):
    """A stack entry `FILE(LINE)FUNCTION()PREFIX SOURCE`: its source in colours."""
    place, found, source = text.partition(prefix)
    if not found or not prefix.strip():
        return text
    return place + prefix + lines([source])[0]


def _highlight(source):
    return _TOKEN.sub(_paint, source)


def _paint(match):
    kind, text = match.lastgroup, match.group()
    if kind == "definition":
        before = _painted("keyword", match.group("defines"))
        return before + _painted("definition", match.group("definition"))
    if kind == "name":
        if keyword.iskeyword(text):
            kind = "keyword"
        elif text in _BUILTINS:
            kind = "builtin"
    return _painted(kind, text)


def _painted(kind, text):
    """A colour never goes over the end of a line: what shows the lines adds to each."""
    code = _COLOURS.get(kind)
    if code is None:
        return text
    return "\n".join(code + line + _RESET if line else "" for line in text.split("\n"))
