"""`pdb.post_mortem()` and `pdb.pm()`, called by the app or at a prompt."""

from .case import KitTestCase

APP = """
import pdb, sys

def price(missing):
    return missing["price"]

def view():
    try:
        price({})
    except KeyError as error:
        caught = error
        pdb.post_mortem()
        pdb.post_mortem(error.__traceback__)
    pdb.post_mortem(caught.__traceback__)
    sys.last_value = sys.last_exc = caught
    sys.last_type, sys.last_traceback = type(caught), caught.__traceback__
    pdb.pm()
    try:
        pdb.post_mortem()
    except ValueError as error:
        print("refused:", error, flush=True)

view()
print("the end", flush=True)
"""


class PostMortemTest(KitTestCase):
    def test_stops_in_the_frame_that_raised_and_goes_on(self):
        app = self.run_app(APP)
        for number in (1, 2, 3, 4):
            terminal = self.sidecar.terminal(number)
            self.assertIn("return missing", terminal.shown)
            self.assertIn("{}", terminal.ask("p missing"))
            self.assertIn("price({})", terminal.ask("up"))
            terminal.type("c\r")
        app.expect("the end")
        self.assertEqual(app.wait(), 0)
        self.assertIn("refused: A valid traceback must be passed", app.log)
        self.assertIn("KeyError", self.sidecar.seen("pause")[0]["reason"])
        self.assertEqual(len(self.sidecar.seen("resume")), 4)
