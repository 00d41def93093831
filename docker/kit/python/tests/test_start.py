"""What the kit does when Python starts, and what it leaves alone."""

import os
import shutil
import subprocess
import sys
import unittest

from .case import KIT, KitTestCase

BREAK = "breakpoint(); print('done')"

#: Runs a command where nothing can be written.
READ_ONLY = (
    "unshare", "-m", "sh", "-c",
    "for d in / /tmp /var /home /root; do"
    " [ $d = / ] || mount --bind $d $d; mount -o remount,bind,ro $d || exit 1; done; exec \"$@\"",
    "sh",
)


def can_mount():
    """Whether this test run may change mounts of its own."""
    if not shutil.which("unshare"):
        return False
    return not subprocess.call([*READ_ONLY, "true"], stderr=subprocess.DEVNULL)


class StartTest(KitTestCase):
    def run_python(self, *arguments, **environment):
        """Runs Python under the kit to its end; what it wrote."""
        result = subprocess.run(
            [sys.executable, *arguments],
            env=self.environment(**environment),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=20,
        )
        return result.stdout.decode()

    def test_no_thread_no_socket_and_no_heavy_module(self):
        show = (
            "import sys, os\n"
            "print(len(os.listdir('/proc/self/task')), len(os.listdir('/proc/self/fd')))\n"
            "print(*sorted(sys.modules))"
        )
        *counts, modules = self.run_python("-c", show).splitlines()
        *plain_counts, plain_modules = self.run_python("-c", show, PYTHONPATH=None).splitlines()
        self.assertEqual(counts, plain_counts)
        self.assertEqual(
            set(modules.split()) - set(plain_modules.split()) - {"sitecustomize"},
            {"sidestep_kit"}
            | {"sidestep_kit." + name for name in ("start", "config", "hooks", "servers")},
        )
        self.assertEqual(self.sidecar.messages, [])

    def test_the_path_is_as_without_the_kit(self):
        show = "import sys; print(sys.path)"
        self.assertEqual(self.run_python("-c", show), self.run_python("-c", show, PYTHONPATH=None))

    def test_without_a_session_nothing_is_installed(self):
        answer = self.run_python(
            "-c",
            "import sys; print(sys.breakpointhook is sys.__breakpointhook__)",
            SIDESTEP_KIT_SOCKET=None,
        )
        self.assertEqual(answer.strip(), "True")

    def test_the_apps_own_sitecustomize_runs_too(self):
        self.write("own/sitecustomize.py", "import sys\nsys.own = __file__\n")
        app = self.start(
            "-c",
            "import sys, sitecustomize; print(sys.own, sitecustomize.__file__); breakpoint()",
            PYTHONPATH=KIT + os.pathsep + self.folder + "/own",
        )
        self.sidecar.terminal().type("c\r")
        self.assertEqual(app.wait(), 0)
        own = self.folder + "/own/sitecustomize.py"
        self.assertIn(own + " " + own, app.log)

    def test_an_own_sitecustomize_that_fails_fails_as_without_the_kit(self):
        self.write("own/sitecustomize.py", "raise ValueError('mine')\n")
        with_kit = self.run_python(
            "-c", "print('on')", PYTHONPATH=KIT + os.pathsep + self.folder + "/own"
        )
        without = self.run_python("-c", "print('on')", PYTHONPATH=self.folder + "/own")
        self.assertIn("ValueError: mine", with_kit)
        self.assertEqual(with_kit, without)

    def test_a_kit_that_cannot_start_says_so_and_lets_the_app_run(self):
        self.write("broken/sidestep_kit/__init__.py", "raise SystemExit(5)\n")
        with open(os.path.join(KIT, "sitecustomize.py"), encoding="utf-8") as file:
            self.write("broken/sitecustomize.py", file.read())
        answer = self.run_python("-c", "print('on')", PYTHONPATH=self.folder + "/broken")
        self.assertIn("sidestep: the kit did not start", answer)
        self.assertIn("on\n", answer)

    def test_a_launcher_with_a_sitecustomize_of_its_own(self):
        """As `opentelemetry-instrument` does: its folder first on the path, then exec."""
        self.write("agent/sitecustomize.py", "print('the agent runs', flush=True)\n")
        app = self.start(
            "-c",
            "import os, sys\n"
            "os.environ['PYTHONPATH'] = %r + os.pathsep + os.environ['PYTHONPATH']\n"
            "os.execl(sys.executable, sys.executable, '-c', %r)" % (self.folder + "/agent", BREAK),
        )
        self.sidecar.terminal().type("c\r")
        self.assertEqual(app.wait(), 0)
        self.assertIn("the agent runs", app.log)
        self.assertIn("done", app.log)

    def test_exec_with_an_environment(self):
        app = self.start(
            "-c",
            "import os, sys\n"
            "path = '/nowhere' + os.pathsep + os.environ['PYTHONPATH']\n"
            "env = dict(os.environ, PYTHONPATH=path)\n"
            "os.execve(sys.executable, [sys.executable, '-c', %r], env)" % BREAK,
        )
        self.sidecar.terminal().type("c\r")
        self.assertEqual(app.wait(), 0)

    def test_a_module_that_is_hooked_keeps_its_loader(self):
        answer = self.run_python(
            "-c",
            "import pdb, inspect; print(type(pdb.__loader__).__name__, pdb.set_trace.__module__,"
            " 'class Pdb' in inspect.getsource(pdb), vars(pdb.__loader__).keys())",
        )
        self.assertIn("SourceFileLoader sidestep_kit.patch_pdb True", answer)
        self.assertNotIn("exec_module", answer)

    @unittest.skipUnless(can_mount(), "mounts need root, and a root folder that is a mount")
    def test_a_read_only_root(self):
        program = "import os\nprint('writable', os.access('/', 2), os.access('/tmp', 2))\n" + BREAK
        app = self.start(
            "-c", "import os, sys; os.execvp(sys.argv[1], sys.argv[1:])",
            *READ_ONLY, sys.executable, "-c", program
        )
        self.sidecar.terminal().type("c\r")
        self.assertEqual(app.wait(), 0)
        self.assertIn("writable False False", app.log)
        self.assertIn("done", app.log)
