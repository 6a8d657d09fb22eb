"""A PostgreSQL server for the tests, with its data and its socket in a temporary folder."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from tests.waiting import PATIENCE_SECONDS, wait_until

both_databases = pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.matrix)], indirect=True
)
_USER = "postgres"
_FAST = ("fsync=off", "full_page_writes=off", "shared_buffers=16MB", "max_connections=60")


class PostgresServer:
    """Server that runs during a `with` block, as the user `postgres` if the tests run as root."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="fusion-pg-"))
        self._user = _USER if os.geteuid() == 0 else None
        self._numbers = count(1)
        self._process: subprocess.Popen[bytes] | None = None

    @staticmethod
    def programs() -> Path | None:
        """Return the folder of the newest installed server; `None` if there is none."""
        installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
        newest = sorted(installed, key=lambda path: float(path.parts[-3]))
        program = newest[-1] if newest else shutil.which("initdb")
        return Path(program).parent if program else None

    def __enter__(self) -> Self:
        folder = self._folder
        if self._user:
            shutil.chown(folder, self._user)
        data = str(folder / "data")
        user = ("--username", _USER, "--auth", "trust")
        self._run("initdb", "--pgdata", data, *user, "--no-sync", "--encoding", "UTF8").wait()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self._folder)

    @property
    def url(self) -> str:
        """URL of the database that every server has."""
        return f"postgresql+psycopg://{_USER}@/{_USER}?host={quote(str(self._folder))}"

    def new_database(self) -> str:
        """Return the URL of an empty schema, which serves as a database and is created faster."""
        name = f"test_{next(self._numbers)}"
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE SCHEMA {name}")
        engine.dispose()
        return f"{self.url}&options={quote(f'-csearch_path={name}')}"

    def start(self) -> None:
        """Start the server, and wait until it responds."""
        folder = self._folder
        settings = (*_FAST, f"unix_socket_directories={folder}", "listen_addresses=")
        options = [word for setting in settings for word in ("-c", setting)]
        self._process = self._run("postgres", "-D", str(folder / "data"), *options)
        try:
            wait_until(self._answers)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server, which may happen at any time in real use."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(
                signal.SIGINT
            )  # With this signal, it does not wait for clients.
            self._process.wait(PATIENCE_SECONDS)

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._folder / "log").read_text()
        with suppress(OperationalError):
            create_engine(self.url).connect().close()
            return True
        return False

    def _run(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        folder = self.programs()
        assert folder is not None
        options: dict[str, Any] = {"user": self._user} if self._user else {}
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                [folder / program, *arguments], stdout=log, stderr=log, cwd=self._folder, **options
            )
