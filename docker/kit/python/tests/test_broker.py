"""The broker: gives its terminal to whoever has the token, and ends when it should."""

import array
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import unittest

from .sidecar import BROKER, PATIENCE, TOKEN, Terminal, until


class BrokerTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="kit-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.path = self.folder + "/pty.sock"
        self.terminal = Terminal(self.path)
        self.addCleanup(self.terminal.end)
        self.broker = self.terminal.broker
        until(lambda: os.path.exists(self.path), "the broker")

    def dial(self, hello='{"type":"hello","token":"%s"}\n' % TOKEN):
        connection = socket.socket(socket.AF_UNIX)
        self.addCleanup(connection.close)
        connection.settimeout(PATIENCE)
        connection.connect(self.path)
        connection.sendall(hello.encode())
        return connection

    def receive(self, connection):
        """The byte and the descriptor that come with it."""
        data, extra, _, _ = connection.recvmsg(1, socket.CMSG_SPACE(4))
        self.assertEqual(data, b"\0")
        fd = array.array("i", extra[0][2])[0]
        self.addCleanup(os.close, fd)
        return fd

    def test_passes_its_terminal(self):
        self.assertEqual(os.stat(self.path).st_mode & 0o777, 0o777)
        connection = self.dial()
        fd = self.receive(connection)
        self.assertTrue(os.isatty(fd))
        os.write(fd, b"hello from the kit\n")
        self.terminal.expect("hello from the kit")

    def test_ends_when_the_connection_is_closed(self):
        connection = self.dial()
        self.receive(connection)
        connection.close()
        self.assertEqual(self.broker.wait(PATIENCE), 0)
        self.assertEqual(os.listdir(self.folder), [])

    def test_ends_when_the_master_is_closed(self):
        for connect in (True, False):
            with self.subTest(connected=connect):
                if not connect:
                    self.setUp()
                connection = self.dial() if connect else None
                if connection:
                    self.receive(connection)
                self.terminal.close()
                self.assertEqual(self.broker.wait(PATIENCE), 0)
                if connection:
                    self.assertEqual(connection.recv(100), b"")
                self.assertEqual(os.listdir(self.folder), [])

    def test_tells_of_each_interrupt(self):
        connection = self.dial()
        self.receive(connection)
        for _ in range(2):
            self.terminal.type("\x03")
            self.assertEqual(connection.recv(100), b'{"type":"interrupt"}\n')

    def test_quit_and_suspend_do_nothing(self):
        connection = self.dial()
        self.receive(connection)
        self.terminal.type("\x1c\x1a\x03")
        self.assertEqual(connection.recv(100), b'{"type":"interrupt"}\n')

    def test_an_interrupt_before_anybody_came(self):
        self.terminal.type("\x03")
        self.receive(self.dial())

    def test_strangers_are_refused_and_do_not_keep_others_out(self):
        idle = [self.dial("") for _ in range(20)]
        for hello in (
            '{"type":"hello","token":"wrong"}\n',
            '{"type":"hello","token":"\u00fc"}\n',
            '{"type":"hello"}\n',
            '{"type":"pause","token":"%s"}\n' % TOKEN,
            "[]\n",
            "\xff not json\n",
            "x" * 5000,
            "[" * 3000 + "\n",
        ):
            with self.subTest(hello[:30]):
                try:
                    self.assertEqual(self.dial(hello).recv(1), b"")
                except (ConnectionResetError, BrokenPipeError):
                    pass  # Refused before all was read.
        self.assertEqual(idle[0].recv(1), b"")
        self.receive(self.dial())

    def test_one_connection_only(self):
        self.receive(self.dial())
        with self.assertRaises(OSError):
            self.dial()

    def test_a_kit_that_does_not_read_costs_no_memory(self):
        connection = self.dial()
        self.receive(connection)
        for _ in range(3000):
            self.broker.send_signal(signal.SIGINT)
        connection.sendall(b"x" * 100000)
        self.assertIsNone(self.broker.poll())
        with open("/proc/%d/status" % self.broker.pid) as status:
            rss = [int(l.split()[1]) for l in status if l.startswith("VmRSS")][0]
        self.assertLess(rss, 30000)

    def test_wrong_use_is_explained(self):
        for arguments, environment, words in (
            ([], {}, "usage: "),
            (["x"], {"SIDESTEP_TOKEN": "t"}, "not a terminal"),
        ):
            result = subprocess.run(
                [sys.executable, "-I", BROKER, *arguments],
                stdin=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=environment,
            )
            self.assertEqual(result.returncode, 1)
            self.assertIn(words, result.stderr.decode())
            self.assertNotIn("Traceback", result.stderr.decode())


class RawModeTest(BrokerTest):
    """The tests of the class above hold for a terminal whose modes the kit has changed."""

    def receive(self, connection):
        fd = super().receive(connection)
        mode = termios.tcgetattr(fd)
        mode[3] &= ~(termios.ICANON | termios.ECHO)
        termios.tcsetattr(fd, termios.TCSANOW, mode)
        return fd
