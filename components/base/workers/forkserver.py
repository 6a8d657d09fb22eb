"""The forkserver: a process that has imported Keras and forks children, which start at once.

`python -m components.base.workers.forkserver FD MODULE ...` imports Keras and the modules, and
listens on the socket FD. Each message carries two file descriptors: the child's connection to its
parent, and the one on which the forkserver reports the child's exit code. It runs no TensorFlow
operation itself: otherwise it could not be forked.
"""

from __future__ import annotations

import os
import select
import socket
import sys
import warnings
from contextlib import suppress
from multiprocessing.connection import Connection

from components.base.logs import configure_logging
from components.base.workers.child import load_modules, run_child
from components.base.workers.processes import WATCH_SECONDS, die_with_parent, kill_family


def serve(control: socket.socket, failure: str) -> None:
    """Fork a child for each message until the socket closes; then kill the remaining ones.

    `failure` is the error of importing Keras, if it can't be imported.
    """
    exits: dict[int, Connection] = {}
    """Connections for exit codes, by process id of the child."""
    while True:
        timeout = WATCH_SECONDS if exits else None
        if select.select([control], [], [], timeout)[0]:
            _, handles, *_ = socket.recv_fds(control, 1, 2)
            if not handles:
                break
            connection, exit_end = (Connection(handle) for handle in handles)
            pid = os.fork()
            if pid == 0:
                die_with_parent()
                control.close()
                for other in (exit_end, *exits.values()):
                    other.close()
                run_child(connection, failure)
            connection.close()
            exits[pid] = exit_end
        for pid in list(exits):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                with exits.pop(pid) as exit_end, suppress(OSError):
                    exit_end.send(os.waitstatus_to_exitcode(status))
    for pid in exits:
        kill_family(pid)


def main() -> None:
    """Import what every child needs, and serve."""
    configure_logging()
    control = socket.socket(fileno=int(sys.argv[1]))
    failure = load_modules(sys.argv[2:])
    # The one other thread is that of an allocator (jemalloc, in pyarrow), which is made for forks.
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    serve(control, failure)


if __name__ == "__main__":
    main()
