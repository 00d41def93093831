"""Joins its standard input and output with a TCP port of this network namespace's loopback.

The end of one direction is passed on as the end of that direction only. Exit code 1, and a line on
stderr: no connection came about.
"""

import os
import socket
import sys
import threading

CHUNK = 65536


def dial(port):
    """The app may listen on either loopback address."""
    last = None
    for host in ("127.0.0.1", "::1"):
        try:
            return socket.create_connection((host, port))
        except OSError as error:
            last = last or error
    raise last


def upload(connection):
    """Ends with the client's side, or with the connection."""
    try:
        while True:
            data = os.read(0, CHUNK)
            if not data:
                break
            connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def main():
    try:
        connection = dial(int(sys.argv[1]))
    except OSError as error:
        sys.stderr.write("%s\n" % (error.strerror or error))
        return 1
    threading.Thread(target=upload, args=(connection,), daemon=True).start()
    try:
        while True:
            data = connection.recv(CHUNK)
            if not data:
                return 0
            while data:
                data = data[os.write(1, data) :]
    except OSError:
        return 0


if __name__ == "__main__":
    # At once: the other thread waits for a client that may say nothing any more.
    os._exit(main() or 0)
