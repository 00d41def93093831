"""What the kit says of a second instance: schedulers, consumers, and SQLite on a volume."""

import os
import shutil
import subprocess
import sys
import unittest

from .case import KIT, KitTestCase
from .sidecar import until

#: Loaded as by a server's hook; what is risky is looked for now and again a moment later.
READY = """
import os, sys, threading, time
sys.path.insert(0, %r)
from sidestep_kit import hazards, serving
hazards.LOOK_AGAIN = (0.2, 0.4, 0.8, 1.6)
def ready():
    serving.loaded("test 1.0")
def rest():
    threading.Event().wait()
""" % KIT


class ThreadsTest(KitTestCase):
    def notices(self, text, count=1):
        """What the kit says of this app; at least so many."""
        self.run_app(READY + text)
        until(lambda: len(self.sidecar.seen("notice")) >= count, "%d notices" % count)
        return {notice["reason"]: notice["message"] for notice in self.sidecar.seen("notice")}

    def test_a_scheduler_by_its_library(self):
        self.write("apscheduler/__init__.py", "")
        self.write("apscheduler/schedulers/__init__.py", "")
        self.write(
            "apscheduler/schedulers/blocking.py",
            """
            import threading
            def _main_loop():
                threading.Event().wait()
            """,
        )
        notices = self.notices(
            """
from apscheduler.schedulers.blocking import _main_loop
threading.Thread(target=_main_loop, name="APScheduler", daemon=True).start()
ready()
rest()
"""
        )
        self.assertEqual(
            notices,
            {
                "HazardScheduler": "thread APScheduler runs scheduled jobs (APScheduler) here too,"
                " so they run twice: --original pause, or switch it off with --env"
            },
        )

    def test_a_loop_of_the_apps_own(self):
        self.write("schedule.py", "def run_pending(): pass\n")
        notices = self.notices(
            """
import schedule
def loop():
    while True:
        schedule.run_pending()
        time.sleep(0.01)
ready()
time.sleep(0.3)
threading.Thread(target=loop, daemon=True).start()
rest()
"""
        )
        self.assertIn("(schedule)", notices["HazardScheduler"])

    def test_consumers_as_threads_and_as_tasks(self):
        self.write("aiokafka/__init__.py", "")
        self.write("aiokafka/consumer.py", "async def getone(future): await future\n")
        notices = self.notices(
            """
import asyncio
from aiokafka.consumer import getone
threading.Thread(target=rest, name="order-consumer", daemon=True).start()
async def main():
    task = asyncio.ensure_future(getone(asyncio.get_running_loop().create_future()))
    ready()
    await task
asyncio.run(main())
""",
            2,
        )
        self.assertIn("HazardConsumer", notices)
        texts = " ".join(n["message"] for n in self.sidecar.seen("notice"))
        self.assertIn("thread order-consumer takes messages (the app) here too", texts)
        self.assertIn("takes messages (Kafka) here too", texts)

    def test_what_comes_to_all_who_listen(self):
        self.write("redis/__init__.py", "")
        self.write(
            "redis/client.py",
            """
            import threading
            def get_message():
                threading.Event().wait()
            """,
        )
        notices = self.notices(
            """
from redis.client import get_message
threading.Thread(target=get_message, name="prices", daemon=True).start()
ready()
rest()
"""
        )
        self.assertIn(
            "thread prices listens (Redis pub/sub) here too, so each message is handled twice",
            notices["HazardConsumer"],
        )

    def test_nothing_risky_is_nothing_said(self):
        self.write("confluent_kafka.py", "")
        app = self.run_app(
            READY
            + """
import asyncio, sqlite3, concurrent.futures, confluent_kafka
loop = asyncio.new_event_loop()
threading.Thread(target=loop.run_forever, daemon=True).start()
looks, look = [], hazards.look
def counted():
    look()
    looks.append(1)
hazards.look = counted
sqlite3.connect(":memory:").execute("select 1")
sqlite3.connect("").execute("select 1")
pool = concurrent.futures.ThreadPoolExecutor(2)
pool.submit(time.sleep, 0.1)
ready()
while len(looks) < 1 + len(hazards.LOOK_AGAIN):
    time.sleep(0.01)
"""
        )
        self.assertEqual(app.wait(), 0)
        self.assertEqual(self.sidecar.seen("notice"), [])
        self.assertNotIn("sidestep", app.log)

    def test_it_is_said_again_to_a_sidecar_that_was_restarted(self):
        self.notices(
            """
threading.Thread(target=rest, name="cron", daemon=True).start()
ready()
rest()
"""
        )
        self.sidecar.stop()
        self.sidecar.start()
        self.assertEqual(
            self.sidecar.expect("notice", 2)["reason"], "HazardScheduler"
        )


#: Runs a command with a folder that is a mount of its own.
MOUNTED = ("unshare", "-m", "sh", "-c", 'mount --bind "$0" "$0" && exec "$@"')


def can_mount():
    return bool(shutil.which("unshare")) and not subprocess.call(
        [*MOUNTED, "/mnt", "true"], stderr=subprocess.DEVNULL
    )


class SqliteTest(KitTestCase):
    def run_with(self, mounted, text):
        """Starts an app for which that folder is a volume."""
        self.write("app.py", READY + text)
        path = os.path.join(self.folder, mounted)
        os.makedirs(path, exist_ok=True)
        become = "import os, sys; os.execvp(sys.argv[1], sys.argv[1:])"
        command = [*MOUNTED, path, sys.executable, "app.py"]
        return self.start("-c", become, *command, DATA=path)

    @unittest.skipUnless(can_mount(), "mounts need root")
    def test_a_database_on_a_volume_however_it_is_named(self):
        self.run_with(
            "data",
            """
import sqlite3
from sqlite3 import dbapi2
data = os.environ["DATA"]
ready()
time.sleep(0.3)
os.chdir(data)
sqlite3.connect("one.db").execute("create table t (a)")
os.chdir("/")
dbapi2.connect(database="file:%s/two.db?cache=shared" % data, uri=True).execute("select 1")
sqlite3.connect(os.path.join(data, "one.db"))
sqlite3.connect("file:%s/one.db?mode=ro" % data, uri=True)
rest()
""",
        )
        data = self.folder + "/data"
        until(lambda: len(self.sidecar.seen("notice")) >= 2, "two notices")
        texts = sorted(n["message"] for n in self.sidecar.seen("notice"))
        self.assertEqual(len(texts), 2)
        self.assertTrue(texts[0].startswith("SQLite database %s/one.db is on a volume" % data))
        self.assertTrue(texts[1].startswith("SQLite database %s/two.db is on a volume" % data))
        self.assertEqual(
            {n["reason"] for n in self.sidecar.seen("notice")}, {"HazardSqliteShared"}
        )

    def test_connect_is_what_it_was(self):
        app = self.run_app(
            """
            import inspect, pickle, sqlite3, sys
            from sqlite3 import dbapi2
            assert sqlite3.connect is dbapi2.connect
            class Pool:
                connect = sqlite3.connect
            assert Pool().connect(":memory:").execute("select 2").fetchone() == (2,)
            assert "database" in sqlite3.connect.__doc__
            class Own(sqlite3.Connection):
                pass
            assert type(sqlite3.connect(":memory:", factory=Own)) is Own
            try:
                sqlite3.connect("/nowhere/at/all")
            except sqlite3.OperationalError as error:
                print(error)
            try:
                sqlite3.connect()
            except TypeError as error:
                print(error)
            """
        )
        self.assertEqual(app.wait(), 0, app.log)
        self.assertIn("unable to open database file", app.log)
        self.assertNotIn("sidestep", app.log)


class MountsTest(unittest.TestCase):
    MOUNTS = """\
700 600 0:50 / / rw,relatime master:1 - overlay overlay rw,lowerdir=a
701 700 0:51 / /proc rw,nosuid - proc proc rw
702 700 0:52 / /cache rw - tmpfs tmpfs rw
703 700 8:1 /volumes/data /data rw,relatime - ext4 /dev/sda1 rw
704 700 8:1 /host/conf /data/conf ro,relatime - ext4 /dev/sda1 rw
705 700 0:60 / /my\\040files rw - fuse.grpcfuse grpcfuse rw
broken
"""

    def test_where_a_file_is(self):
        sys.path.insert(0, KIT)
        self.addCleanup(sys.path.remove, KIT)
        from sidestep_kit import mounts

        for path, kind in (
            ("/app/db.sqlite3", "own"),
            ("/database/x.db", "own"),
            ("/data/x.db", "shared"),
            ("/data/conf/x.db", "private"),
            ("/cache/x.db", "private"),
            ("/my files/x.db", "shared"),
        ):
            self.assertEqual(mounts.kind(path, self.MOUNTS), kind, path)
        self.assertEqual(mounts.kind("/x", ""), "private")
