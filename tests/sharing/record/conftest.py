from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime

import pytest

from components.base import clock
from components.experiments.queue.store import Store
from components.sharing.record.subject import RecordSubject
from tests.sharing.record.subjects import database, stored_run, subject_in


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> RecordSubject:
    """Return a run with all possible findings."""
    with closing(Store(database(tmp_path_factory.mktemp("store")))) as store:
        return subject_in(store, stored_run(store))


@pytest.fixture(autouse=True)
def _one_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all records be of one day, also around midnight."""
    day = datetime(2026, 1, 2, tzinfo=UTC)
    monkeypatch.setattr(clock, "utc_now", lambda: day)
