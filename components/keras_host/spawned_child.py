"""The process of a spawned child: import Keras, then run the `main` that its parent names.

`python -m components.keras_host.spawned_child MODULE ...` imports the modules, too. Its standard
input and output are the connection to its parent; what the code prints goes to standard error. When
the input ends, the parent has ended or needs the child no more: the process kills itself.
"""

from __future__ import annotations

import importlib
import os
import socket
import sys
import threading
import traceback
from contextlib import suppress

from components.core.logs import configure_logging
from components.keras_host import frames
from components.keras_host.child import encode_line, load_modules
from components.keras_host.processes import kill_family

_BYTES = 65536


def main() -> None:
    """Import what every child needs, and run one `main`."""
    configure_logging()
    requests, answers = _standard_streams()
    ours, theirs = socket.socketpair()
    threading.Thread(target=_pass_input_on, args=(requests, theirs), daemon=True).start()
    failure = load_modules(sys.argv[1:])
    if failure:
        _write(answers, encode_line({"kind": "unusable", "error": failure}))
        return
    _write(answers, encode_line({"kind": "spawned", "pid": os.getpid()}))
    output = threading.Thread(target=_pass_output_on, args=(theirs, answers), daemon=True)
    output.start()
    code = 1
    try:
        importlib.import_module(frames.receive(ours)).main(ours)
        code = 0
    except Exception:
        traceback.print_exc()
    ours.shutdown(socket.SHUT_WR)
    output.join()
    sys.stderr.flush()
    os._exit(code)


def _standard_streams() -> tuple[int, int]:
    """Standard input and output for this module alone: what others read is empty.

    This comes before any import that may ask Windows what standard input is: the question would
    wait for the thread that reads it.
    """
    requests, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return requests, answers


def _pass_input_on(requests: int, connection: socket.socket) -> None:
    while data := os.read(requests, _BYTES):
        with suppress(OSError):
            connection.sendall(data)
    kill_family(os.getpid())


def _pass_output_on(connection: socket.socket, answers: int) -> None:
    while data := connection.recv(_BYTES):
        _write(answers, data)


def _write(answers: int, data: bytes) -> None:
    """Write all of the data, unless the parent has ended."""
    rest = memoryview(data)
    with suppress(OSError):
        while rest:
            rest = rest[os.write(answers, rest) :]


if __name__ == "__main__":
    main()
