"""The base of the tests: a sidecar, and apps that run under the kit in processes of their own."""

import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest

from .sidecar import PATIENCE, Sidecar, until

KIT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class App:
    """A process that runs a script, or other arguments of Python, under the kit."""

    def __init__(self, arguments, environment, folder):
        self.log_path = tempfile.mktemp(dir=folder, suffix=".log")
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                cwd=folder,
            )

    @property
    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def expect(self, text):
        """Waits until the app's log has `text`."""
        try:
            until(lambda: text in self.log, repr(text))
        except AssertionError as error:
            raise AssertionError("%s; the log: %s" % (error, self.log)) from None

    def wait(self):
        """Waits for the end of the process; its exit code."""
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError("the app does not end; its log: %s" % self.log) from None


class KitTestCase(unittest.TestCase):
    """Gives `self.sidecar` and `self.run_app`."""

    def setUp(self):
        # Short, since the name of a unix socket may not be long.
        self.folder = tempfile.mkdtemp(prefix="kit-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.sidecar = Sidecar(self.folder)
        self.addCleanup(self.sidecar.end)

    def environment(self, **more):
        """The replica's environment; a value of None takes a name away."""
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": KIT,
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOME": self.folder,
            **self.sidecar.environment(),
            **more,
        }
        return {name: value for name, value in environment.items() if value is not None}

    def write(self, name, text):
        """Writes a file into the test's folder; its path."""
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(text))
        return path

    def start(self, *arguments, **environment):
        """Starts Python under the kit."""
        app = App(arguments, self.environment(**environment), self.folder)

        def end():
            if app.process.poll() is None:
                app.process.kill()
            app.process.wait()

        self.addCleanup(end)
        return app

    def run_app(self, text, **environment):
        """Starts a script under the kit."""
        return self.start(self.write("app.py", text), **environment)
