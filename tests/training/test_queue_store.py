from __future__ import annotations

import pytest

from components.core.errors import RunError
from components.training.events import Finished, Stopped
from components.training.limits import QueueLimits
from components.training.queue_store import QueuePosition, WaitingRun, in_turns
from components.training.store import Store
from tests.training.support import request


def submitted(owners: str) -> list[WaitingRun]:
    return [WaitingRun(str(index), owner) for index, owner in enumerate(owners)]


@pytest.mark.parametrize(
    ("owners", "last_turns", "order"),
    [
        ("", {}, ""),
        ("aaa", {}, "012"),
        ("aabab", {}, "02143"),
        ("abc", {"a": 3.0, "b": None, "c": 2.0}, "120"),
        ("aabb", {"a": 2.0, "b": 1.0}, "2031"),
    ],
)
def test_owners_take_turns(owners: str, last_turns: dict[str, float | None], order: str) -> None:
    assert "".join(run.id for run in in_turns(submitted(owners), last_turns)) == order


def test_nobody_has_a_second_turn_before_everybody_had_one(store: Store) -> None:
    names = {
        store.create(request(), owner=owner, service="me"): f"{owner}{index}"
        for index, owner in enumerate("aabbccc")
    }
    taken = []
    while waiting := store.queue.waiting("me"):
        assert store.queue.take(waiting[0].id, "me")
        taken.append(names[waiting[0].id])
    assert taken == ["a0", "b2", "c4", "a1", "b3", "c5", "c6"]


def test_a_run_is_taken_once_and_by_its_service_only(store: Store) -> None:
    run_id = store.create(request(), service="me")
    assert not store.queue.take(run_id, "other")
    assert store.queue.take(run_id, "me")
    assert not store.queue.take(run_id, "me")
    store.queue.put_back(run_id)
    assert store.queue.take(run_id, "me")
    stopped = store.create(request(), service="me")
    store.append(stopped, Stopped(seconds=0.0))
    assert not store.queue.take(stopped, "me")
    assert store.queue.waiting("me") == []


def test_waiting_runs_of_dead_services_are_taken_over(store: Store) -> None:
    waiting, theirs, taken, swept = (
        store.create(request(), service=service, sweep=sweep)
        for service, sweep in (("dead", ""), ("living", ""), ("dead", ""), ("dead", "sweep"))
    )
    assert store.queue.take(taken, "dead")
    store.queue.adopt("me", ["me", "living"])
    services = [store.get(run_id).service for run_id in (waiting, theirs, taken, swept)]
    assert services == ["me", "living", "dead", "dead"]
    store.services.register("me")
    store.services.register("living")
    assert store.mark_interrupted() == (taken, swept)


def test_the_wait_follows_from_the_latest_runs(store: Store) -> None:
    first, second = (store.create(request(), service="me") for _ in range(2))
    assert store.queue.position(second, "me", 1) == QueuePosition(2, 60.0)
    for seconds in (4.0, 6.0):
        store.append(store.create(request()), Finished(seconds=seconds))
    assert store.queue.position(first, "me", 1) == QueuePosition(1, 5.0)
    assert store.queue.position(second, "me", 2) == QueuePosition(2, 5.0)
    assert store.queue.position(second, "other", 1) is None


def test_a_full_queue_says_when_to_try_again(store: Store) -> None:
    limits = QueueLimits(waiting=3, waiting_each=2, running_each=1)
    for owner in ("ben", "ada", "ada"):
        store.queue.require_room(owner, "me", limits, 1)
        store.create(request(), owner, service="me")
    with pytest.raises(RunError, match=r"At most 2 runs of yours may wait.*again in about 60 s"):
        store.queue.require_room("ada", "me", limits, 1)
    with pytest.raises(RunError, match=r"At most 3 runs may wait.*again in about 15 s"):
        store.queue.require_room("ben", "me", limits, 2)
    store.queue.require_room("ada", "other", limits, 1)


@pytest.mark.parametrize("value", ["0", "many", "-1", "²"])
def test_the_limits_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    assert QueueLimits() == QueueLimits(200, 10, 4)
    monkeypatch.setenv("FUSION_RUNS_WAITING_EACH", "3")
    assert QueueLimits().waiting_each == 3
    monkeypatch.setenv("FUSION_RUNS_WAITING", value)
    with pytest.raises(RunError, match="FUSION_RUNS_WAITING must be a whole number of runs"):
        QueueLimits()
