"""The replica's main terminal, for debuggers that PYTHONBREAKPOINT names: ipdb, pudb and others.

They read descriptor 0, which servers point at /dev/null in their workers. And what is typed there
is for the debugger: ^C would end the server, since the whole container hears it.
"""

import os
import stat
import sys
import termios

from . import log

#: Docker's console of a container with a TTY: a slave of a PTY.
_CONSOLE = "/dev/console"
#: Major numbers of such slaves.
_PTY_SLAVES = range(136, 144)


def protect():
    """Keeps ^C, ^\\ and ^Z typed in the main terminal from the processes of the container."""
    fd = _open()
    if fd is None:
        return
    try:
        mode = termios.tcgetattr(fd)
        for key in (termios.VINTR, termios.VQUIT, termios.VSUSP):
            mode[6][key] = b"\0"
        termios.tcsetattr(fd, termios.TCSANOW, mode)
    except (termios.error, OSError) as error:
        log.once("^C in the main terminal ends the server: %r" % (error,))
    finally:
        os.close(fd)


def lend():
    """Makes the main terminal this process's standard input, and output if that is none; whether
    there is a main terminal."""
    fd = _open()
    if fd is None:
        return False
    try:
        _lend(fd, 0, sys.stdin, "r")
        _lend(fd, 1, sys.stdout, "w")
    finally:
        os.close(fd)
    return True


def _lend(fd, number, stream, mode):
    if os.isatty(number):
        return
    os.dup2(fd, number, inheritable=True)
    try:
        if stream.fileno() == number:
            return  # That object reads and writes the terminal from now on.
    except (AttributeError, OSError, ValueError):
        pass  # Closed, or something else in its place.
    name = "stdin" if mode == "r" else "stdout"
    setattr(sys, name, open(number, mode, closefd=False))


def _open():
    """A descriptor of the main terminal, or None where the container has none."""
    try:
        found = os.stat(_CONSOLE)
        if not stat.S_ISCHR(found.st_mode) or os.major(found.st_rdev) not in _PTY_SLAVES:
            return None
    except OSError:
        return None
    for path in (_CONSOLE, "/dev/tty"):
        try:
            return os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError:
            continue
    return None
