"""Start a real server with a database of its own, and a waiting run of a server that has ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psutil
import pytest

from components.experiments.queue.store import Store
from tests.app.server.web import ask
from tests.experiments.training.support import request
from tests.serving import ServerProcess, server_process
from tests.waiting import wait_until


@dataclass(frozen=True)
class Serving:
    """Server that is ready, its database, and the run that waited for it.

    One of its settings is a secret of its host.
    """

    server: ServerProcess
    store: Store
    run: str

    def processes(self) -> list[psutil.Process]:
        """Return the server and all processes that it started."""
        server = psutil.Process(self.server.process.pid)
        return [server, *server.children(recursive=True)]

    def text_of_log(self) -> str:
        """Return all that the server has written."""
        assert self.server.log is not None
        return self.server.log.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    folder = tmp_path_factory.mktemp("server")
    url = f"sqlite:///{folder / 'runs.sqlite'}"
    store = Store(url)
    run = store.create(
        request(samples=20_000, epochs=1000, batch_size=8),
        "f" * 32,
        "before",
        "a server that ended",
    )
    env = {
        "FUSION_DATABASE_URL": url,
        "FUSION_BUILDERS": "1",
        "FUSION_LOG": "json",
        "FUSION_ALLOWED_HOSTS": "play.example.org, *.school.example:8443",
        "FUSION_MEMORY_LIMIT": str(10**10),
        "FUSION_HELD_BYTES_EACH": "3000000",
        "FUSION_HELD_BYTES": "5000000",
    }
    secrets = folder / "secrets.toml"
    secrets.write_text('FUSION_FRAME_ANCESTORS = "https://hub.example.org"\n', encoding="utf-8")
    options = {"secrets.files": str(secrets)}
    with server_process(env=env, log=folder / "server.log", options=options) as server:
        wait_until(lambda: ask(server.address, "/ready").status == 200)
        yield Serving(server, store, run)
    store.close()
