"""The function `open`, which shows a model in the Viewer of the app."""

from __future__ import annotations

import atexit
import socket
import subprocess
import time
import webbrowser
from typing import Any

from components.base.errors import ServerError
from components.base.network import free_port
from components.base.paths import ours_first
from components.models.imported.handed_over import PARAMETER, hand_over
from components.models.imported.live import read_live
from fusion_playground.__main__ import server_command
from fusion_playground.packages import require_packages

HOST = "127.0.0.1"
FIRST_PORT = 8501
PAUSE_SECONDS = 0.1
"""Pause between two attempts to reach the app, in seconds."""
_apps: list[tuple[subprocess.Popen[bytes], int]] = []
"""Apps that this process has started, with their ports; only the last one may still run."""


def open(model: Any, *, inputs: Any = None) -> str:
    """Show a Keras 3 model of this process in the app's Viewer, in the browser.

    Return the address. The first call starts the app on this computer. It runs until this process
    ends. `inputs` are as for `draw`.

    >>> import fusion_playground as fp
    >>> fp.open(model)
    """
    require_packages()
    token = hand_over(read_live(model, inputs).model)
    address = f"http://{HOST}:{_app_port()}/Viewer?{PARAMETER}={token}"
    webbrowser.open(address)
    return address


def _app_port() -> int:
    """Return the port of the app, and start the app if it is not running. Raises `ServerError`."""
    if _apps and _apps[-1][0].poll() is None:
        return _apps[-1][1]
    port = free_port(HOST, FIRST_PORT)
    process = subprocess.Popen(
        [*server_command(HOST, port), "--server.headless", "true"],
        env={**ours_first(), "KERAS_BACKEND": "tensorflow"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Interrupting a notebook cell must not end the app.
    )
    atexit.register(process.terminate)
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                _apps.append((process, port))
                return port
        time.sleep(PAUSE_SECONDS)
    raise ServerError(
        "The app could not be started.",
        f"it ended with code {process.returncode}",
        "Start it with its own command, which says why.",
    )
