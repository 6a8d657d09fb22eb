from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from sqlalchemy import select

from components.base.errors import RunError
from components.experiments.queue.queue import Asked, QueuePosition
from components.experiments.queue.store import Store
from components.experiments.queue.tables import RunRow
from components.experiments.queue.visitor_runs import VisitorRuns
from components.experiments.training.events import Finished, Stopped
from components.experiments.training.limits import QueueLimits
from tests.experiments.queue.fake_runner import FakeServer
from tests.experiments.training.support import request, rows_at
from tests.postgres import both_databases


def taken_by(store: Store, service: str, running_each: int = 9) -> str | None:
    """Return the only run that a service takes; `None` if it takes none."""
    return next(iter(store.queue.take(service, running_each)), None)


@pytest.mark.parametrize(
    ("owners", "last_turns", "order"),
    [
        ("", "", ""),
        ("aaa", "", "012"),
        ("aabab", "", "02143"),
        ("abc", "ca", "120"),
        ("aabb", "ba", "2031"),
    ],
)
@both_databases
def test_owners_take_turns(store: Store, owners: str, last_turns: str, order: str) -> None:
    for owner in last_turns:
        store.append(str(taken_by(store, store.create(request(), owner))), Finished(seconds=1.0))
    ids = [store.create(request(), owner) for owner in owners]
    assert "".join(str(ids.index(run.id)) for run in store.queue.waiting()) == order


def test_turns_are_counted_and_not_timed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, third, fourth = (store.create(request(), owner) for owner in "abab")
    taken = [taken_by(store, "me", 9)]
    monkeypatch.setattr("time.time", lambda: 0.0)
    taken += [taken_by(store, name, 9) for name in ("other", "me")]
    monkeypatch.undo()
    assert [*taken, taken_by(store, "me", 9)] == [first, second, third, fourth]


@both_databases
def test_a_run_is_taken_once_by_any_service(store: Store) -> None:
    run_id = store.create(request(), service="me")
    assert taken_by(store, "other", 9) == run_id
    assert taken_by(store, "me", 9) is None
    assert store.get(run_id).service == "other"
    assert store.queue.taken("other") == [run_id]
    store.queue.put_back([run_id])
    assert taken_by(store, "me", 9) == run_id
    stopped = store.create(request(), service="me")
    store.append(stopped, Stopped(seconds=0.0))
    assert taken_by(store, "me", 9) is None
    assert store.queue.waiting() == []


@both_databases
def test_the_limit_of_running_runs_counts_those_of_all_services(store: Store) -> None:
    runs = [store.create(request(), owner=owner) for owner in "aaab"]
    assert [taken_by(store, name, 2) for name in ("one", "two", "one", "two")] == [
        runs[0], runs[3], runs[1], None,
    ]  # fmt: skip
    store.append(runs[0], Finished(seconds=1.0))
    assert taken_by(store, "two", 2) == runs[2]


@both_databases
def test_threads_take_each_run_once(store: Store) -> None:
    runs = [store.create(request(), owner=owner) for owner in "abc" * 4]

    def take_all(service: str) -> list[str]:
        return list(iter(lambda: taken_by(store, service, 99), None))

    with ThreadPoolExecutor(4) as pool:
        taken = [run_id for ids in pool.map(take_all, "wxyz") for run_id in ids]
    assert sorted(taken) == sorted(runs)


@both_databases
def test_a_stop_reaches_the_service_that_has_the_run(store: Store) -> None:
    taken, waiting = store.create(request()), store.create(request())
    assert taken_by(store, "other", 9) == taken
    for run_id in (taken, waiting):
        store.queue.request_stop(run_id)
    assert (store.get(waiting).status, store.get(waiting).message) == (
        "stopped", "Stopped before it started.",
    )  # fmt: skip
    assert store.get(taken).status == "queued"
    assert store.queue.asked("other") == {taken: Asked(stop=True, pause_after=None)}
    assert store.queue.asked("me") == {}
    store.queue.put_back([taken])
    assert store.get(taken).status == "stopped"
    assert store.queue.asked("other") == {}


def test_the_wait_follows_from_the_latest_runs(store: Store) -> None:
    first, second = (store.create(request(), service="me") for _ in range(2))
    assert store.queue.position(second, 1) == QueuePosition(2, 60.0)
    for seconds in (4.0, 6.0):
        store.append(store.create(request()), Finished(seconds=seconds))
    assert store.queue.position(first, 1) == QueuePosition(1, 5.0)
    assert store.queue.position(second, 2) == QueuePosition(2, 5.0)
    assert store.queue.position("nobody", 1) is None


@both_databases
def test_a_full_queue_says_when_to_try_again(store: Store) -> None:
    limits = QueueLimits(waiting=3, waiting_each=2, running_each=1)

    def submit(owner: str, service: str = "me") -> None:
        store.create(request(), owner, service=service, limits=limits)

    for owner in ("ben", "ada", "ada"):
        submit(owner)
    with pytest.raises(RunError, match=r"At most 2 runs of yours may wait.*again in about 60 s"):
        submit("ada", "other")
    store.services.register("me", 1)
    store.services.register("other", 1)
    with pytest.raises(RunError, match=r"At most 3 runs may wait.*again in about 15 s"):
        submit("ben")
    assert len(store.list()) == 3


@both_databases
def test_an_address_has_a_share_of_the_queue_while_its_runs_wait(
    store: Store, database_url: str
) -> None:
    limits = QueueLimits(waiting=5, waiting_each=2, running_each=1)

    def submit(owner: str, sender: str) -> str:
        return store.create(request(), owner, service="me", limits=limits, sender=sender)

    first, second, _ = (submit(owner, "10.0.0.9") for owner in ("ada", "ben", "cleo"))
    with pytest.raises(RunError, match="At most 3 runs from your network address may wait"):
        submit("dan", "10.0.0.9")
    submit("dan", "10.0.0.8")
    assert taken_by(store, "me", 1) == first
    submit("dan", "10.0.0.9")
    store.queue.request_stop(second)
    submit("eve", "10.0.0.9")
    submit("fay", "")
    with pytest.raises(RunError, match="At most 5 runs may wait"):
        submit("fay", "")
    with rows_at(database_url) as session:
        left = select(RunRow.sender).where(RunRow.id.in_([first, second]))
        assert set(session.scalars(left)) == {""}, "no address is kept after the wait"


def test_submissions_are_limited_by_the_settings_of_the_servers_owner(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUSION_RUNS_WAITING", "1")
    with closing(FakeServer(database_url, slots=0)) as server:
        ada, ben = (VisitorRuns(server.service, name, "10.0.0.9") for name in ("ada", "ben"))
        ada.submit(request())
        with pytest.raises(RunError, match="from your network address may wait"):
            ben.submit(request())


def test_the_share_of_an_address_follows_from_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    assert QueueLimits() == QueueLimits(200, 10, 4)
    assert QueueLimits().waiting_sender == 150
    monkeypatch.setenv("FUSION_RUNS_WAITING", "1")
    assert QueueLimits().waiting_sender == 1
