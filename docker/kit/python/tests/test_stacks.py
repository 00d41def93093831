"""Where is it stuck: what the kit tells of threads and tasks that wait, run or are paused."""

import json
import os
import signal

from .case import KitTestCase

#: Dials home as a server's hook does, and says which threads are up.
READY = """
import os, sys, threading, time
sys.path.insert(0, %r)
from sidestep_kit import pause, request
def ready():
    pause.link().ready("test 1.0")
"""


class StacksTest(KitTestCase):
    def run_ready(self, text, **environment):
        """Starts an app that calls `ready()` itself once its threads are on their way."""
        return self.run_app(READY % self.environment()["PYTHONPATH"] + text, **environment)

    def ask(self, query="q1"):
        """Asks for the stacks; all of them, by the name of the thread or task."""
        # A listening socket makes a link of its own first, of a server that nobody knows.
        self.sidecar.expect("hello", server="test 1.0")
        self.sidecar.send({"type": "stacks", "query": query})
        self.end = self.sidecar.expect("stacks", query=query)
        stacks = self.sidecar.seen("stack", query=query)
        return {stack.get("task") or stack["thread"]: stack for stack in stacks}

    def ask_until(self, name, function):
        """Asks until the innermost frame of a thread or task is in that function; all stacks."""
        for number in range(200):
            # The answers to what was asked before are still there.
            stacks = self.ask("%s%d" % (name, number))
            frames = stacks.get(name, {}).get("frames")
            if frames and frames[0]["function"].rpartition(".")[2] == function:
                return stacks
        raise AssertionError("%s is not in %s: %r" % (name, function, stacks))

    def test_a_thread_that_waits_for_a_lock_and_one_that_sleeps(self):
        app = self.run_ready(
            """
lock = threading.Lock()
lock.acquire()
def update_stock():
    lock.acquire()
def nap():
    time.sleep(60)
def rest():
    lock.acquire()
for run in (update_stock, nap):
    threading.Thread(target=run, name=run.__name__, daemon=True).start()
ready()
rest()
"""
        )
        self.ask_until("nap", "nap")
        self.ask_until("MainThread", "rest")
        stacks = self.ask_until("update_stock", "update_stock")
        self.assertEqual(self.end["pid"], app.process.pid)
        self.assertEqual(set(stacks), {"MainThread", "update_stock", "nap"})
        frame = stacks["update_stock"]["frames"][0]
        self.assertEqual(frame["source"], "lock.acquire()")
        self.assertEqual(frame["file"], self.folder + "/app.py")
        self.assertEqual(stacks["update_stock"]["state"], "waiting for a lock")
        self.assertEqual(stacks["nap"]["state"], "sleeping")
        outermost = stacks["MainThread"]["frames"][-1]
        self.assertEqual(outermost["source"], "rest()")
        for stack in stacks.values():
            self.assertEqual((stack["pause"], stack["request"]), (None, None))

    def test_a_request_that_waits_for_a_socket(self):
        self.run_ready(
            """
import socket
listener = socket.create_server(("127.0.0.1", 0))
def app(environ, start_response):
    other = socket.create_connection(listener.getsockname())
    print("port", listener.getsockname()[1], flush=True)
    other.recv(1)
ready()
request.track(app)({
    "REQUEST_METHOD": "POST", "PATH_INFO": "/pay", "QUERY_STRING": "by=card",
    "HTTP_X_FORWARDED_FOR": "10.1.2.3, 10.0.0.1", "REMOTE_ADDR": "10.0.0.1",
}, None)
"""
        )
        stack = self.ask_until("MainThread", "app")["MainThread"]
        self.assertEqual(stack["frames"][0]["source"], "other.recv(1)")
        self.assertEqual(
            stack["request"], {"method": "POST", "path": "/pay?by=card", "client": "10.1.2.3"}
        )
        self.assertRegex(stack["state"], r"^waiting to read from 127\.0\.0\.1:\d+$")
        # The kit's own frames are not the app's.
        self.assertFalse([f for f in stack["frames"] if "sidestep_kit" in f["file"]])

    def test_a_thread_that_runs(self):
        self.run_ready(
            """
def count():
    while True:
        pass
threading.Thread(target=count, name="count", daemon=True).start()
ready()
threading.Event().wait()
"""
        )
        stack = self.ask_until("count", "count")["count"]
        self.assertEqual(stack["state"], "running")
        self.assertIn(stack["frames"][0]["source"], ("while True:", "pass"))

    def test_tasks_that_wait(self):
        self.run_ready(
            """
import asyncio
async def handler(scope, receive, send):
    await charge()
async def charge():
    await asyncio.get_running_loop().create_future()
async def rows():
    yield 1
    await asyncio.sleep(60)
async def report():
    async for row in rows():
        pass
async def main():
    scope = {"type": "http", "method": "GET", "path": "/order/1", "query_string": b"x=1",
             "headers": [], "client": ("10.0.0.9", 1234)}
    tasks = [asyncio.ensure_future(handler(scope, None, None)), asyncio.ensure_future(report())]
    if hasattr(tasks[0], "set_name"):
        tasks[0].set_name("order"), tasks[1].set_name("report")
    await asyncio.sleep(0)
    ready()
    await asyncio.gather(*tasks)
asyncio.run(main())
"""
        )
        stacks = self.ask_until("order", "charge")
        order = stacks["order"]
        self.assertEqual(
            [frame["function"].rpartition(".")[2] for frame in order["frames"]],
            ["charge", "handler"],
        )
        self.assertEqual(
            order["request"], {"method": "GET", "path": "/order/1?x=1", "client": "10.0.0.9"}
        )
        self.assertEqual((order["thread"], order["state"]), ("MainThread", "awaiting"))
        functions = [f["function"].rpartition(".")[2] for f in stacks["report"]["frames"]]
        self.assertEqual(functions[-1], "report")
        self.assertIn("MainThread", stacks)

    def test_a_thread_that_is_paused(self):
        app = self.run_ready(
            """
def view():
    total = 1
    breakpoint()
    return total
ready()
view()
"""
        )
        terminal = self.sidecar.terminal()
        paused = self.sidecar.seen("pause")[0]
        stack = self.ask()["MainThread"]
        self.assertEqual((stack["pause"], stack["state"]), (paused["id"], "paused"))
        self.assertEqual(stack["frames"][0]["function"], "view")
        self.assertEqual(stack["frames"][0]["line"], paused["line"])
        # Nothing was disturbed.
        self.assertIn("1", terminal.ask("p total"))
        terminal.type("c\r")
        self.assertEqual(app.wait(), 0)

    def test_a_deep_stack_is_told_from_its_inner_end(self):
        app = self.run_ready(
            """
sys.setrecursionlimit(5000)
def deep(left):
    if left:
        deep(left - 1)
    else:
        ready()
        while not os.path.exists("go"):
            time.sleep(0.01)
deep(1000)
"""
        )
        stack = self.ask_until("MainThread", "deep")["MainThread"]
        self.assertEqual(len(stack["frames"]), 200)
        self.assertEqual(stack["omitted"], 802)
        self.assertEqual(stack["frames"][0]["source"], "time.sleep(0.01)")
        self.write("go", "")
        self.assertEqual(app.wait(), 0)

    def test_a_line_never_exceeds_what_the_sidecar_takes(self):
        self.run_ready(
            """
def rest():
    time.sleep(60)
name = "\\u00e9" * 120
exec(compile("def %s(left):\\n"
             "    if left: %s(left - 1)\\n"
             "    else: ready(); rest()\\n" % (name, name), "/%s.py" % ("\\u00e9" * 500), "exec"))
globals()[name](300)
"""
        )
        stack = self.ask_until("MainThread", "rest")["MainThread"]
        self.assertLess(len(json.dumps(stack)), 64 * 1024)
        self.assertLess(len(stack["frames"]), 200)
        self.assertEqual(stack["omitted"] + len(stack["frames"]), 303)

    def test_sources_that_are_no_files(self):
        self.run_ready(
            """
os.mkfifo("fifo")
exec(compile("def view(): ready(); time.sleep(60)\\nview()", "fifo", "exec"))
"""
        )
        frame = self.ask_until("MainThread", "view")["MainThread"]["frames"][0]
        self.assertIsNone(frame["source"])

    def test_a_fork_answers_for_itself(self):
        app = self.run_ready(
            """
ready()
child = os.fork()
def first():
    time.sleep(60)
def second():
    ready()
    time.sleep(60)
(second if child == 0 else first)()
"""
        )
        self.sidecar.expect("ready", 2)
        self.ask_until("MainThread", "second")
        self.sidecar.send({"type": "stacks", "query": "q"})
        self.sidecar.expect("stacks", 2, query="q")
        pids = {end["pid"] for end in self.sidecar.seen("stacks", query="q")}
        self.assertIn(app.process.pid, pids)
        self.assertEqual(len(pids), 2)
        sleeping = self.sidecar.seen("stack", query="q", thread="MainThread", state="sleeping")
        self.assertEqual(len(sleeping), 2)
        for pid in pids - {app.process.pid}:
            os.kill(pid, signal.SIGKILL)
