"""Connects stdin and stdout to the API of this sidecar: how a client reaches it by an exec.

Ends when the API closes, or soon after stdin has ended: a client that is gone must leave nothing
running here. Says why on stderr where it cannot connect.
"""

import os
import socket
import sys
import threading

PORT = 7007
CHUNK = 65536

# Seconds that the API may take to close after the client has.
GOODBYE = 5


def main():
    try:
        api = socket.create_connection(("127.0.0.1", PORT))
    except OSError as error:
        sys.exit("refused: %s" % error.strerror)
    api.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    threading.Thread(target=send, args=(api,), daemon=True).start()
    try:
        while True:
            received = api.recv(CHUNK)
            if not received:
                break
            write(received)
    except OSError:
        pass  # either side has gone
    os._exit(0)


def send(api):
    """From stdin to the API."""
    try:
        while True:
            typed = os.read(0, CHUNK)
            if not typed:
                break
            api.sendall(typed)
        api.shutdown(socket.SHUT_WR)
    except OSError:
        os._exit(0)
    threading.Timer(GOODBYE, os._exit, (0,)).start()


def write(received):
    while received:
        received = received[os.write(1, received):]


if __name__ == "__main__":
    main()
