"""Process of a spawned child: import Keras, then run the `main` that its parent names.

`python -m components.base.workers.spawned_child HANDLE LIFELINE MODULE ...` imports the modules,
too. The first handle is that of the connection to its parent. Nothing is sent on the second: when
it closes, the parent has ended, and the process kills itself.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from multiprocessing.connection import Connection

from components.base.logs import configure_logging
from components.base.workers.child import load_modules, run_child
from components.base.workers.processes import kill_family

if sys.platform == "win32":
    from multiprocessing.connection import PipeConnection as Connection


def main() -> None:
    """Import what every child needs, and run one `main`."""
    configure_logging()
    connection, lifeline = (Connection(int(handle)) for handle in sys.argv[1:3])
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    run_child(connection, load_modules(sys.argv[3:]))


def _end_with(lifeline: Connection) -> None:
    with suppress(EOFError, OSError):
        lifeline.recv()
    kill_family(os.getpid())


if __name__ == "__main__":
    main()
