"""The debugger of a thread: pdb on a terminal that the sidecar gives, which never harms the app."""

import os
import pdb
import sys
import threading

from . import colour, interrupts, log, pause, postmortem, redirect, shell
from .console import Console
from .link import NOBODY
from .terminal import Released, TerminalLost

_NEW_ENOUGH_FOR_CHAINS = sys.version_info >= (3, 13)
_NEW_ENOUGH_FOR_INLINE = sys.version_info >= (3, 14)
#: After so many terminals in a row on which nothing was typed, the thread goes on.
_MAX_REDIALS = 10

_of_thread = threading.local()


def stop(frame, header=None, commands=None):
    """Pauses the calling thread at `frame`, the caller's line as each Python shows it."""
    tracing = sys.gettrace()
    if _prepare(header):
        # The last thing done here: from now on every call in this thread is traced.
        _of_thread.debugger.begin(frame, commands)
    else:
        sys.settrace(tracing)


def post_mortem(error, traceback):
    """Pauses the calling thread where `error` was raised, until it is let go on."""
    tracing = sys.gettrace()
    if getattr(getattr(_of_thread, "debugger", None), "busy", False):
        return  # Of something that was typed: it is shown there.
    if _prepare(None):
        debugger = _of_thread.debugger
        debugger.post_mortem(error, traceback)
        if getattr(tracing, "__self__", None) is debugger or debugger.breaks:
            tracing = debugger.trace_dispatch if debugger.breaks else None
    sys.settrace(tracing)


def stop_at(frame):
    """Pauses the calling thread on the line that `frame` is about to run: a breakpoint from
    outside. Tracing goes on as it was, unless somebody steps."""
    debugger = getattr(_of_thread, "debugger", None)
    if debugger is not None and debugger.busy:
        return
    tracing = sys.gettrace()
    if _prepare(None):
        _of_thread.debugger.enter(frame)
        if _of_thread.debugger.stepping or _is_ours(tracing):
            return
    sys.settrace(tracing)


def _is_ours(tracing):
    return isinstance(getattr(tracing, "__self__", None), Debugger)


async def stop_async(frame, header=None, commands=None):
    """Python 3.14's `set_trace_async`: like `stop`, and what is typed may await."""
    tracing = sys.gettrace()
    if _prepare(header):
        await _of_thread.debugger.set_trace_async(frame, commands=commands)
    else:
        sys.settrace(tracing)


def _prepare(header):
    """Whether this thread can be paused now. Leaves the thread untraced."""
    debugger = getattr(_of_thread, "debugger", None)
    if debugger is not None and debugger.busy:
        debugger.message("(a breakpoint in what was typed is passed over; use `debug STATEMENT`)")
        return False
    # A step into `breakpoint()` must not stop in the kit.
    sys.settrace(None)
    try:
        if not pause.link().connect():
            log.once(NOBODY)
            return False
        if debugger is None:
            debugger = _of_thread.debugger = Debugger()
        if header is not None:
            debugger.message(header)
        return True
    except Exception as error:
        log.once("breakpoint() passed over: %r" % (error,))
        return False


class Debugger(pdb.Pdb):
    """One for each thread, kept across its pauses with its breakpoints and aliases."""

    def __init__(self):
        self.guard = interrupts.Interrupts(self._at_prompt, self._stop_soon, self._note)
        self.console = Console(self.guard)
        self.console.complete = self._candidates
        self.busy = False
        self._pause = None
        self._continuing = False
        #: The exception of a post-mortem.
        self._mourned = None
        #: The frame of a `breakpoint()` that has not stopped yet.
        self._beginning = None
        options = {
            "stdin": self.console,
            "stdout": self.console,
            "nosigint": True,
            "skip": ["sidestep_kit", "sidestep_kit.*", "bdb", "pdb"],
        }
        if _NEW_ENOUGH_FOR_INLINE:
            # Of the two ways to trace, this is the one that several threads can use at once.
            options.update(mode="inline", backend="settrace")
        try:
            super().__init__(**options)
        except (OSError, ValueError):
            super().__init__(readrc=False, **options)  # A .pdbrc that cannot be read.

    def begin(self, frame, commands):
        """Starts to trace; the stop comes with the next event of `frame`."""
        if commands is not None:
            self.rcLines.extend(commands)
        self._beginning = frame
        self.set_trace(frame)

    def post_mortem(self, error, traceback):
        """The dialogue after the fact: frames can be looked at, there is nothing to step."""
        if getattr(self, "botframe", None) is None:
            self.reset()
            # Where `c` goes: with none, breakpoints set here would make it stop at every line.
            self.botframe = postmortem.outermost(sys._getframe())
        self._mourned = error
        self.message(postmortem.introduction(error))
        try:
            with postmortem.traceback_of(error, traceback):
                self.interaction(None, error if _NEW_ENOUGH_FOR_CHAINS else traceback)
        finally:
            self._mourned = None
            if self._pause is not None:
                self._close()

    def enter(self, frame):
        """Stops at once, and traces only if what is typed asks for it."""
        self.reset()
        self.botframe = frame
        while self.botframe.f_back is not None:
            self.botframe = self.botframe.f_back
        # Newer versions of bdb look for it there.
        self.enterframe = frame
        try:
            self.interaction(frame, None)
        finally:
            self.enterframe = None
        if self.stepping:
            while frame is not None:
                frame.f_trace = self.trace_dispatch
                frame = frame.f_back
            sys.settrace(self.trace_dispatch)

    @property
    def stepping(self):
        """Whether the thread is to stop again by itself."""
        return not self._continuing

    # Breakpoints from outside, while pdb traces the thread itself

    def dispatch_line(self, frame):
        outside = _outside()
        if outside is not None and outside.stepped(frame):
            self.set_step()
        return super().dispatch_line(frame)

    def stop_here(self, frame):
        # What the interpreter calls of its own accord before that (a weak reference's
        # callback, a signal's handler) is not where the user asked to stop.
        if self._beginning is not None and frame is not self._beginning:
            return False
        return super().stop_here(frame)

    def break_anywhere(self, frame):
        outside = _outside()
        watched = outside is not None and outside.watches(frame.f_code)
        return watched or super().break_anywhere(frame)

    # What pdb calls when it stops

    def interaction(self, frame, tb_or_exc):
        at = frame or postmortem.place(tb_or_exc)
        self._hold(at, lambda: super(Debugger, self).interaction(frame, tb_or_exc))

    def bp_commands(self, frame):
        if getattr(self, "currentbp", False) not in self.commands:
            return super().bp_commands(frame)
        return self._hold(frame, lambda: super(Debugger, self).bp_commands(frame))

    def _hold(self, frame, interact):
        """Runs pdb's dialogue with a terminal; without one the thread goes on."""
        if self.busy:
            return interact()
        self.busy = True
        self._beginning = None
        self._continuing = False
        try:
            self.guard.start()
            self.guard.enter(interrupts.WAITING)
            if self._open(frame):
                return interact()
            self.set_continue()
        except (Released, TerminalLost):
            self.set_continue()
        except Exception as error:
            log.once("the debugger failed, the thread goes on: %r" % (error,))
            self.set_continue()
        finally:
            self.busy = False
            if self._continuing:
                self._close()
            self.guard.enter(interrupts.RUNNING)

    def _open(self, frame):
        """Whether there is a terminal to talk on; keeps the one that this pause has."""
        if self._pause is not None and self._pause.id not in pause.known():
            self._pause = None  # Its parent's, or given up.
        first = self._pause is None
        if first:
            reason = "breakpoint"
            if self._mourned is not None:
                reason = "exception: " + postmortem.headline(self._mourned)
            self._pause = pause.Pause(self.guard, frame, reason)
        if self._pause.released:
            return False
        if not first and not self._pause.terminal.lost:
            return True
        return self._dial(frame, 0 if first else pause.GONE_SECONDS)

    def _dial(self, frame, patience):
        self._pause.at(frame)
        opened = self._pause.open(patience)
        if opened is None:
            return False
        self.console.attach(opened, self._pause.history)
        return True

    def _close(self):
        """The thread goes on: the terminal is given back."""
        self.console.detach()
        former, self._pause = self._pause, None
        if former is not None:
            former.close()
        self.guard.stop()
        # CPython remembers that a KeyboardInterrupt left eval() and would end the process by
        # SIGINT at its exit, even though it was caught; the next eval() forgets it.
        eval("None")

    def _cmdloop(self):
        """The dialogue, over as many terminals as it takes."""
        redials = 0
        while True:
            try:
                return super()._cmdloop()
            except TerminalLost:
                redials = redials + 1 if self.lastcmd == "" else 0
                former = self.guard.enter(interrupts.WAITING)
                frame = self.curframe
                if redials > _MAX_REDIALS or not self._dial(frame, pause.GONE_SECONDS):
                    return self.set_continue()
                self.guard.enter(former)
                self._print_location()
            except Released:
                return self.set_continue()

    def _print_location(self):
        kept = dict(_locals(self)) if sys.version_info < (3, 13) else {}
        self.print_stack_entry(self.stack[self.curindex])
        # Before Python 3.13 printing reads f_locals anew, which undoes what was assigned.
        _locals(self).update(kept)

    def onecmd(self, line):
        """A command that fails or is interrupted gives the prompt back, never more."""
        if self._mourned is not None and self.parseline(line)[0] in postmortem.STEPS:
            self.error(postmortem.NO_STEPS)
            return False
        try:
            return self.guard.run(lambda: super(Debugger, self).onecmd(line))
        except KeyboardInterrupt:
            self.message("--KeyboardInterrupt--")
        except (Exception, SystemExit) as error:
            self.error("%s: %s" % (type(error).__name__, error))
        return False

    def set_continue(self):
        self._continuing = True
        super().set_continue()
        if not self.breaks and self.botframe is not None:
            self.botframe.f_trace = None  # The only one that bdb leaves behind.
        outside = _outside()
        if outside is not None:
            outside.resume()

    # What is shown

    def format_stack_entry(self, frame_lineno, lprefix=": "):
        return colour.entry(super().format_stack_entry(frame_lineno, lprefix), lprefix)

    def _print_lines(self, lines, *args, **options):
        super()._print_lines(colour.lines(lines), *args, **options)

    # Commands that are different here

    def do_quit(self, _arg):
        """q(uit) | exit | ^D

        Like continue: the request goes on. The process is the app's, not the debugger's.
        """
        self.message("(continuing; the request goes on)")
        self.set_continue()
        return 1

    do_q = do_exit = do_EOF = do_quit

    def do_run(self, _arg):
        """run | restart

        Not possible here: the process is the app's.
        """
        self.error("the app cannot be restarted from here; restart the session instead")

    do_restart = do_run

    def do_interact(self, _arg):
        """interact

        A Python shell with the names of the current frame; ^D or exit() goes back to pdb.
        """
        frame = self.curframe
        shell.Shell({**frame.f_globals, **_locals(self)}, self.console).run()

    def do_debug(self, arg):
        """debug code

        Steps through the code, in a recursive debugger on this terminal.
        """
        nested = pdb.Pdb(self.completekey, self.console, self.console, nosigint=True, readrc=False)
        nested.prompt = "(%s) " % self.prompt.strip()
        self.message("ENTERING RECURSIVE DEBUGGER")
        sys.settrace(None)
        try:
            sys.call_tracing(nested.run, (arg, self.curframe.f_globals, _locals(self)))
        except Exception as error:
            self.error("%s: %s" % (type(error).__name__, error))
        finally:
            sys.settrace(self.trace_dispatch)
            self.lastcmd = nested.lastcmd
        self.message("LEAVING RECURSIVE DEBUGGER")

    def do_help(self, arg):
        # `help pdb` starts a pager, which has to be on the terminal.
        with redirect.to(self.console):
            return super().do_help(arg)

    do_h = do_help

    def default(self, line):
        """A statement: what it prints and reads is this terminal, in this thread only."""
        if "\n" in line:
            line += "\n"  # An empty line ends a block: the next one is not asked for.
        with redirect.to(self.console) as (stdin, stdout):
            self.stdin, self.stdout = stdin, stdout
            try:
                return super().default(line)
            finally:
                self.stdin = self.stdout = self.console

    def displayhook(self, obj):
        redirect.display(obj)

    # From other threads, and from the signal handler

    def _at_prompt(self):
        opened = self._pause and self._pause.terminal
        if opened:
            opened.wake(KeyboardInterrupt)

    def _stop_soon(self, frame):
        """^C while the app runs between two prompts: stops at the next line of any frame."""
        if self.busy or self._pause is None or self._pause.released:
            return
        self._note("\nProgram interrupted: it stops at its next line. (Use 'cont' to resume).\n")
        frame = frame or sys._current_frames().get(self._pause.thread)
        while frame is not None:
            frame.f_trace = self.trace_dispatch
            frame = frame.f_back
        self.set_step()

    def _note(self, text):
        opened = self._pause and self._pause.terminal
        if opened:
            opened.write(text)

    def _candidates(self, line, begin, end):
        """What may stand at `line[begin:end]`: as cmd.Cmd.complete, without readline."""
        stripped = line.lstrip()
        begin, end = begin - len(line) + len(stripped), end - len(line) + len(stripped)
        word = stripped[begin:end]
        if begin <= 0:
            return self.completenames(word, stripped, begin, end) or self._complete_expression(
                word, stripped, begin, end
            )
        command = self.parseline(stripped)[0]
        complete = getattr(self, "complete_%s" % command, None) if command else None
        return (complete or self._complete_expression)(word, stripped, begin, end)


def _outside():
    """The breakpoints from outside; None where there were never any."""
    return sys.modules.get(__package__ + ".breakpoints")


def _locals(debugger):
    """The names of the current frame, with what was assigned to them at the prompt."""
    if sys.version_info >= (3, 13):
        return debugger.curframe.f_locals
    # Before, reading f_locals anew would undo assignments.
    return debugger.curframe_locals


def _after_fork_in_child():
    """The child runs free: stepping goes on in the parent, which has the terminal."""
    debugger = getattr(_of_thread, "debugger", None)
    if debugger is None:
        return
    debugger.console.detach()
    debugger.guard.abandon()
    if not debugger.busy and getattr(sys.gettrace(), "__self__", None) is debugger:
        sys.settrace(None)
        if _outside() is not None:
            _outside().resume()


os.register_at_fork(after_in_child=_after_fork_in_child)
