"""Which lines of a file have code, and in which functions: where a breakpoint can be."""

import dis
import opcode
import sys

_CODE = type((lambda: None).__code__)
_OPTIMIZED = 0x01
#: What runs on the line of `def` when a function is entered: no line event comes of it.
_ENTRY = {
    opcode.opmap[name]
    for name in ("RESUME", "CACHE", "MAKE_CELL", "COPY_FREE_VARS", "RETURN_GENERATOR")
    if name in opcode.opmap
}


def lines_of(code):
    """The lines of one code object at which line events come, nested ones left out."""
    if sys.version_info < (3, 10):
        return frozenset(line for _, line in dis.findlinestarts(code) if line)
    found, first = set(), []
    for start, end, line in code.co_lines():
        if not line or end <= start:
            continue
        if line == code.co_firstlineno:
            first.append((start, end))
        else:
            found.add(line)
    if any(_runs(code, start, end) for start, end in first):
        found.add(code.co_firstlineno)
    return frozenset(found)


def _runs(code, start, end):
    """Whether there is more in the range than what enters a function."""
    if sys.version_info < (3, 11):
        return True
    operations = code.co_code[start:end:2]
    if code.co_flags & 0x2A0:  # Generators and coroutines drop what they were started with.
        return any(op not in _ENTRY and op != opcode.opmap["POP_TOP"] for op in operations)
    return any(op not in _ENTRY for op in operations)


class Block:
    """The lines of a code object, and the blocks of those nested in it."""

    def __init__(self, code):
        self.name = code.co_name
        self.lines = lines_of(code)
        self.first = code.co_firstlineno
        self.function = bool(code.co_flags & _OPTIMIZED) and not code.co_name.startswith("<")
        self.blocks = [Block(const) for const in code.co_consts if isinstance(const, _CODE)]
        ends = [max(self.lines, default=self.first)] + [block.last for block in self.blocks]
        self.last = max(ends)

    def walk(self):
        """This block and all in it, outer ones first."""
        yield self
        for block in self.blocks:
            yield from block.walk()


def place(whole, wanted):
    """`(line, names of the functions)` where a breakpoint for line `wanted` has to be, or None.

    A line without code moves on to the next that has some; `def` and its decorators move into the
    function, since they run but once.
    """
    blocks = list(whole.walk())
    line = wanted
    while line <= whole.last:
        header = _function_with_header(blocks, line)
        if header:
            line = min(header.lines)
            continue
        names = [block.name for block in blocks if line in block.lines]
        if names:
            return line, list(dict.fromkeys(names))
        line = _next(blocks, line)
        if line is None:
            break
    return None


def _function_with_header(blocks, line):
    """The function whose `def`, decorators or parameters are on this line."""
    for block in reversed(blocks):
        if block.function and block.lines and block.first <= line < min(block.lines):
            return block
    return None


def _next(blocks, line):
    """The next line with code in the innermost block around `line`."""
    around = [block for block in blocks if block.first <= line <= block.last] or blocks[:1]
    innermost = min(reversed(around), key=lambda block: block.last - block.first)
    later = [each for block in innermost.walk() for each in block.lines if each > line]
    return min(later, default=None)
