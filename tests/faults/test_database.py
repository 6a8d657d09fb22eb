"""Faults of the database of runs: reported in one sentence, and over without a restart."""

from __future__ import annotations

import logging
import os
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text, update

from components.base.database.database import Database
from components.base.errors import PlaygroundError, StoreError
from components.experiments.queue.store import Store
from components.experiments.queue.tables import RunRow
from components.experiments.training.events import Epoch
from components.experiments.training.requests import RunRequest
from tests.experiments.queue.fake_runner import FakeServer
from tests.experiments.training.support import request
from tests.faults import database_faults as faults
from tests.faults.database_faults import Fault
from tests.postgres import PostgresServer
from tests.waiting import wait_until

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows neither renames nor deletes a file that is open."
)
SENTENCES: dict[Fault, str] = {
    faults.disk_full: "The disk of the database (is full|can't be read or written)",
    faults.locked: "Another program is writing to the database",
    faults.read_only: "The database file can't be written",
    faults.in_the_way: "The database file can't be opened",
}
TEMPORARY = [faults.disk_full, faults.locked]
"""Faults that affect an open database. The others affect only opening it."""
ASKED: RunRequest = request()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.base.database.database.BUSY_SECONDS", 0.1)
    monkeypatch.setattr("components.experiments.queue.action_thread.RETRY_SECONDS", 0.05)
    monkeypatch.setattr("components.experiments.queue.run_service.BEAT_SECONDS", 0.1)


@pytest.fixture
def path(database_url: str) -> Path:
    return Path(database_url.removeprefix("sqlite:///"))


def create_many(store: Store) -> None:
    for _ in range(100):
        store.create(ASKED)


def in_training(server: FakeServer) -> str:
    run_id = server.service.submit(ASKED)
    wait_until(lambda: server.store.points(run_id))
    return run_id


def finish(server: FakeServer, run_id: str) -> None:
    server.finish(run_id)
    wait_until(lambda: server.store.get(run_id).ended)
    assert server.store.get(run_id).status == "finished"


@pytest.mark.parametrize("fault", SENTENCES)
def test_opening_the_database_fails_with_a_sentence_and_can_be_tried_again(
    store: Store, database_url: str, path: Path, fault: Fault
) -> None:
    run_id = store.create(ASKED)
    store.close()
    with fault(path), pytest.raises(StoreError, match=SENTENCES[fault]) as raised:
        create_many(Store(database_url))
    assert str(path) in raised.value.received
    assert raised.value.fix
    again = Store(database_url)
    assert again.get(run_id).status == "queued"
    again.close()


@pytest.mark.parametrize("fault", TEMPORARY)
def test_a_server_continues_once_the_cause_is_gone(
    server: FakeServer, path: Path, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    run_id, waiting = in_training(server), server.service.submit(ASKED)
    with fault(path):
        with pytest.raises(StoreError, match=SENTENCES[fault]):
            server.service.submit(ASKED)
        server.runner.send(run_id, Epoch(epoch=2, logs={"loss": 0.5}, seconds=0.1))
        server.finish(run_id)
        wait_until(lambda: "It is tried again and again" in caplog.text)
        assert server.store.get(run_id).status == "running"
        assert [run.id for run in server.store.list()] == [waiting, run_id]
    wait_until(lambda: server.store.get(run_id).ended)
    assert server.store.get(run_id).status == "finished"
    assert [point.epoch for point in server.store.points(run_id)] == [1, 2]
    wait_until(lambda: server.runner.key_of(waiting))
    finish(server, waiting)
    assert server.runner.started == [run_id, waiting]
    wait_until(lambda: "can be used again" in caplog.text)
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) < 10
    assert not any(record.exc_info for record in warnings)


@pytest.mark.parametrize("fault", TEMPORARY)
def test_a_server_without_its_database_ends_its_children(
    database_url: str, path: Path, fault: Fault
) -> None:
    server = FakeServer(database_url)
    run_id = in_training(server)
    with fault(path):
        server.close()
        assert server.runner.closed
    store = Store(database_url)
    assert store.get(run_id).status == "running"
    store.services.unregister(server.service.id)
    assert store.mark_interrupted() == (run_id,)
    store.close()


def test_a_deleted_file_is_created_again(
    server: FakeServer, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = in_training(server)
    faults.delete(path)
    run_id = server.service.submit(ASKED)
    assert server.store.notice == "The database file was deleted. A new one is in use."
    monkeypatch.setattr("components.base.database.database.NOTICE_SECONDS", 0.0)
    assert not server.store.notice
    server.finish(lost)
    wait_until(lambda: server.runner.key_of(run_id))
    finish(server, run_id)
    assert [run.id for run in Store(f"sqlite:///{path}").list()] == [run_id]


def test_a_file_from_a_backup_is_used_as_it_is(server: FakeServer, path: Path) -> None:
    backup = Store(f"sqlite:///{path.with_name('backup')}")
    old = backup.create(ASKED, name="old")
    backup.close()
    faults.delete(path)
    path.with_name("backup").rename(path)
    assert server.store.get(old).name == "old"
    wait_until(lambda: server.runner.key_of(old))
    finish(server, old)


@pytest.mark.parametrize("damage", [faults.fill_with_garbage, faults.cut_off])
def test_a_damaged_file_is_set_aside(
    store: Store, database_url: str, path: Path, damage: Callable[[Path], None]
) -> None:
    for _ in range(20):
        store.create(ASKED, sweep="of another server")
    store.close()  # The file is read again when a connection is opened.
    damage(path)
    damaged = path.read_bytes()
    errors: list[str] = []

    def created() -> str:
        try:
            return store.create(ASKED)
        except StoreError as error:
            errors.append(str(error))
            return ""

    run_id = wait_until(created)
    assert all("The database file is damaged" in error for error in errors)
    kept = [
        file for file in path.parent.glob("*.set-aside-*") if not file.name.endswith(("l", "m"))
    ]
    assert [file.read_bytes() for file in kept] == [damaged]
    assert kept[0].name in store.notice
    with closing(FakeServer(database_url)) as server:
        server.in_training(run_id)
        finish(server, run_id)


def test_opening_a_damaged_file_creates_a_new_one(
    store: Store, database_url: str, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store.create(ASKED)
    store.close()
    faults.damage_pages(path)
    again = Store(database_url)
    assert again.list() == ()
    assert "The database file is damaged" in again.notice
    assert again.notice in caplog.text
    again.close()


@pytest.mark.parametrize(
    "change",
    ["ALTER TABLE runs ADD COLUMN more TEXT", "ALTER TABLE points RENAME COLUMN logs TO curves"],
)
def test_a_file_of_another_version_is_set_aside(
    store: Store, database_url: str, path: Path, change: str
) -> None:
    before = store.create(ASKED)
    store.database.execute(text(change))
    store.close()
    again = Store(database_url)
    assert again.list() == ()
    assert "or its tables were changed" in again.notice
    run_id = again.create(ASKED)
    again.close()
    (kept,) = path.parent.glob("*.set-aside-*[0-9]")
    with closing(sqlite3.connect(kept)) as connection:
        assert connection.execute("SELECT id FROM runs").fetchall() == [(before,)]
    with closing(Store(database_url)) as third:
        assert [run.id for run in third.list()] == [run_id]


def test_a_file_of_another_kind_is_left_alone(tmp_path: Path) -> None:
    picture = tmp_path / "me.png"
    picture.write_bytes(b"\x89PNG\r\n" + os.urandom(5000))
    picture.chmod(0o644)
    content = picture.read_bytes()
    with pytest.raises(StoreError, match="The database is not an SQLite file"):
        Database(f"sqlite:///{picture}")
    assert [*tmp_path.iterdir()] == [picture]
    assert picture.read_bytes() == content
    assert picture.stat().st_mode & 0o777 == 0o644


def test_a_file_that_may_not_grow_is_like_a_full_disk(store: Store) -> None:
    def limit(file: Any, _: object) -> None:
        file.execute("PRAGMA max_page_count=1")

    store.close()  # The next access opens a new connection.
    event.listen(Engine, "connect", limit)
    try:
        with pytest.raises(StoreError, match="The disk of the database is full"):
            create_many(store)
    finally:
        event.remove(Engine, "connect", limit)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("no url", "FUSION_DATABASE_URL is not the URL of a database"),
        ("sqlite:////nowhere/at/all/runs.sqlite", "The database file can't be opened"),
        ("sqlite:////", "The database file can't be opened"),
        (f"sqlite:///{Path(__file__).parent}", "The database file can't be opened"),
        ("nonsense://host/name", "The driver of the database is not installed"),
        ("mysql+pymysql://host/name", "The driver of the database is not installed"),
        ("postgresql+psycopg://me:secret@127.0.0.1:9/fusion", "The database server doesn't answer"),
    ],
)
def test_a_wrong_address_is_reported_in_one_sentence(url: str, sentence: str) -> None:
    with pytest.raises(StoreError, match=sentence) as raised:
        Database(url)
    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_bad_statement_is_no_fault_of_the_database(store: Store, database_url: str) -> None:
    database = Database(database_url)
    first, second = store.create(ASKED), store.create(ASKED)
    with pytest.raises(Exception, match="UNIQUE") as raised:
        database.execute(update(RunRow).where(RunRow.id == first).values(id=second))
    assert not isinstance(raised.value, PlaygroundError)
    database.close()


@pytest.mark.matrix
def test_a_database_server_that_was_away_is_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    if PostgresServer.programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with PostgresServer() as postgres:
        server = FakeServer(postgres.new_database())
        run_id = in_training(server)
        postgres.stop()
        with pytest.raises(StoreError, match="The database server doesn't answer"):
            server.service.submit(ASKED)
        server.finish(run_id)
        postgres.start()
        wait_until(lambda: server.store.get(run_id).ended)
        assert server.store.get(run_id).status == "finished"
        finish(server, in_training(server))
        server.close()
