"""A real server in its own process, for tests and benchmarks."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from components.base.paths import ROOT
from components.base.workers.keras_import import REFUSAL
from tests.waiting import wait_until

START_SECONDS = 60
END_SECONDS = 30


@dataclass(frozen=True)
class ServerProcess:
    """Running server and its address."""

    address: str
    process: subprocess.Popen[bytes]
    log: Path | None = None

    def loads_keras(self) -> list[str]:
        """Return traces of Keras in the web process: libraries on Linux, refused imports."""
        linux = sys.platform == "linux"
        maps = psutil.Process(self.process.pid).memory_maps() if linux else []
        log = self.log.read_text(encoding="utf-8").splitlines() if self.log else []
        return [
            *(part.path for part in maps if "tensorflow" in part.path),
            *(line for line in log if REFUSAL in line),
        ]

    def end(self, by: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal to the server, wait for its end, and kill it if it does not end."""
        self.process.send_signal(by)
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def server_process(
    script: Path = ROOT / "app.py",
    env: Mapping[str, str] | None = None,
    log: Path | None = None,
    options: Mapping[str, str] | None = None,
    port: int | None = None,
    module: str = "streamlit",
) -> Iterator[ServerProcess]:
    """Run a Streamlit server of a script on a port, or on a free one; its output goes to `log`."""
    port = port or free_port()
    options = {"server.port": str(port), "server.headless": "true", **(options or {})}
    with open(log or os.devnull, "wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", module, "run", str(script)]
            + [part for name, value in options.items() for part in (f"--{name}", value)],
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = ServerProcess(f"http://127.0.0.1:{port}", process, log)
    try:
        path = "/".join(filter(None, (server.address, options.get("server.baseUrlPath"))))
        wait_until(lambda: _is_up(path, process), START_SECONDS)
        yield server
    finally:
        if process.poll() is None:
            server.end()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_up(address: str, process: subprocess.Popen[bytes]) -> bool:
    """Return `True` if the server responds. Raises `RuntimeError` if it has ended."""
    if process.poll() is not None:
        raise RuntimeError(f"The server ended with code {process.returncode}.")
    with suppress(OSError), urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
        return True
    return False
