"""pdb's `interact`: a Python shell on the terminal of the pause."""

import code
import rlcompleter
import sys

from . import redirect

BANNER = "*interactive* (^D goes back to pdb)"


class Shell(code.InteractiveConsole):
    """Reads and writes the console instead of descriptor 0."""

    def __init__(self, namespace, console):
        super().__init__(namespace)
        self._console = console

    def run(self):
        """Returns at ^D and `exit()`."""
        former, self._console.complete = self._console.complete, self._complete
        had_prompt = hasattr(sys, "ps1")
        try:
            with redirect.to(self._console):
                self.interact(BANNER, exitmsg="")
        except SystemExit:
            pass
        finally:
            self._console.complete = former
            if not had_prompt and hasattr(sys, "ps1"):
                del sys.ps1  # Its presence tells libraries that the process is interactive.

    def raw_input(self, prompt=""):
        self._console.write(prompt)
        line = self._console.readline()
        if not line:
            raise EOFError
        line = line.rstrip("\r\n")
        return line + "\n" if "\n" in line else line  # An empty line ends a block.

    def write(self, data):
        self._console.write(data)

    def _complete(self, line, begin, end):
        completer = rlcompleter.Completer(self.locals)
        word = line[begin:end]
        return completer.attr_matches(word) if "." in word else completer.global_matches(word)
