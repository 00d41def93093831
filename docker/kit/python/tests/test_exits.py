"""How a worker ended is told by its parent."""

from .case import KitTestCase

PARENT = """
import os, signal, time
from sidestep_kit import exits

for end in (lambda: os._exit(1), lambda: os.kill(os.getpid(), signal.SIGSEGV), lambda: os._exit(0)):
    child = os.fork()
    if child == 0:
        end()
    while True:
        ended = exits.peek()
        if ended is not None:
            break
        time.sleep(0.01)
    exits.tell(ended, "a server 1.0")
    print("left to the server", os.waitpid(child, 0)[0] == child, flush=True)
print("no child", exits.peek(), flush=True)
"""


class ExitsTest(KitTestCase):
    def test_exit_codes_and_signals_but_not_a_good_end(self):
        app = self.run_app(PARENT)
        self.assertEqual(app.wait(), 0)
        told = [(each["code"], each["signal"]) for each in self.sidecar.seen("exited")]
        self.assertEqual(told, [(1, None), (None, "SIGSEGV")])
        self.assertEqual(app.log.count("left to the server True"), 3)
        self.assertIn("no child None", app.log)

    def test_a_sidecar_that_is_gone_is_said_once(self):
        self.sidecar.stop()
        app = self.run_app(PARENT)
        self.assertEqual(app.wait(), 0)
        self.assertIn("could not tell how process", app.log)
        self.assertNotIn("Traceback", app.log)
