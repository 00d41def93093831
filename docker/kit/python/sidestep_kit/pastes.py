"""What is pasted at a prompt: several lines, of which each statement is given as a whole."""

import codeop
import re
import warnings

#: What goes on with the statement above though it is not indented.
_GOES_ON = re.compile(r"(elif|else|except|finally)\b|[)\]}]")


def plain(text):
    """A paste as lines of text: without what a terminal would act on, or Python not take."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join("".join(filter(str.isprintable, line.expandtabs(4))) for line in lines)


def statements(text):
    """The statements of a text, each with the end of its last line; the last one may be a line
    that has none."""
    found = []
    for line in text.split("\n"):
        if found and (_goes_on(line) or _is_open(found[-1])):
            found[-1] += line + "\n"
        elif line.strip():
            found.append(line + "\n")
    if found and not text.endswith("\n") and found[-1].count("\n") == 1:
        found[-1] = found[-1][:-1]
    return found


def _goes_on(line):
    return line.strip() and (line[0] == " " or _GOES_ON.match(line))


def _is_open(text):
    """Whether a bracket or a quote is open still, or a decorator stands alone."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return codeop.compile_command(text + "\n") is None
    except (SyntaxError, ValueError, OverflowError):
        return False
