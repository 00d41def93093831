"""Keeps an Engine running, as a service manager does: it holds the Engine's socket, so that the
containers which have it mounted keep it, and starts the Engine again a second after its end.
SOCKET may be empty: then the Engine makes its socket itself, another one at each start.

    keeper.py SOCKET PID_FILE DOCKERD ARGUMENT...

Ends on SIGTERM, when the Engine has.
"""

import os
import signal
import socket
import sys
import time

AGAIN_SECONDS = 1


def main(path, pid_file, *command):
    listener = None
    if path:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen(128)
    wanted = True
    engine = 0

    def stop(_signal, _frame):
        nonlocal wanted
        wanted = False
        if engine:
            os.kill(engine, signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    while wanted:
        engine = os.fork()
        if engine == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            if listener:
                os.dup2(listener.fileno(), 3)
                os.set_inheritable(3, True)  # It may have been that one, which dup2 leaves alone.
                os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
            os.execv(command[0], command)
        with open(pid_file, "w") as file:
            file.write(str(engine))
        os.waitpid(engine, 0)
        engine = 0
        if wanted:
            time.sleep(AGAIN_SECONDS)


main(*sys.argv[1:])
