"""A single training that pauses after an epoch, and continues with identical results."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.base import clock
from components.base.database.database import remove_old
from components.base.errors import RunError
from components.base.text import DAY_SECONDS
from components.base.versions import CHECKPOINT, KEY
from components.base.workers.host import Way
from components.experiments.inspection.basis.xray_results import parse_xray
from components.experiments.queue import run_service
from components.experiments.queue.run_service import Service
from components.experiments.queue.runner import LocalRunner
from components.experiments.queue.store import Store
from components.experiments.queue.sweeps import SweepOrder
from components.experiments.training.checkpoint import Checkpoint
from components.experiments.training.control import PauseAfter, RunControl, Work
from components.experiments.training.events import (
    NEVER_STARTED,
    STARTED_AGAIN,
    STOPPED_PAUSED,
    End,
    Epoch,
    Event,
    Failed,
    Finished,
    Paused,
    Report,
    Started,
    Stopped,
    Surface,
    Xrayed,
)
from components.experiments.training.limits import Limits, QueueLimits
from components.experiments.training.models import CHECKPOINT as ENDING
from components.experiments.training.models import ModelFolder, SaveOptions
from components.experiments.training.requests import RunRequest
from tests.experiments.queue.backends import LIMITS, training_host
from tests.experiments.queue.fake_runner import FakeServer
from tests.experiments.queue.test_child_process import child_of
from tests.experiments.queue.test_store import epoch
from tests.experiments.training.support import (
    DROPPED,
    LACKING,
    LONG,
    SCALARS,
    TWO_HEADS,
    WEIGHTED,
    request,
    rows_at,
    wait_for,
    wait_for_end,
)
from tests.matrix import cases
from tests.postgres import both_databases
from tests.waiting import wait_until

pytestmark = pytest.mark.clock

Train = Callable[..., None]
STARTED = Started(parameters=1)


# In a child


def trained(children: Train, asked: RunRequest, folder: Path, pauses: list[int]) -> list[Event]:
    """Return the events of a run that moves to a new child at each of these epochs."""
    events: list[Event] = []
    save = SaveOptions(str(folder / "run.keras"), 10**9, str(folder / f"run{ENDING}"))
    for pause in (*pauses, None):
        control = RunControl(pause=PauseAfter(pause))

        def send(_: int, event: Event, control: RunControl = control) -> None:
            events.append(event)
            control.interrupted = control.interrupted or isinstance(event, Paused)

        children(Work([asked], [save]), send, control)
        assert isinstance(events[-1], End if pause is None else Paused)
    return events


@pytest.mark.parametrize(
    ("asked", "pauses"),
    [
        (
            request(
                DROPPED, epochs=7, batch_size=16, seed=5, schedule="cosine", warmup_epochs=2,
                learning_rate=0.05, patience=3, restore_best=True,
            ),
            [6],  # The fifth is the best epoch.
        ),
        (request(LACKING, epochs=3, seed=2, learning_rate=0.05), [1]),
        pytest.param(
            request(
                TWO_HEADS, epochs=4, schedule="step", decay_epochs=2, optimizer="momentum",
                class_weights="balanced", clip_norm=0.5,
            ),
            [1, 3],
            marks=pytest.mark.matrix,
        ),
    ],
    ids=["dropout, cosine, early stopping", "missing inputs", "three heads, steps, momentum"],
)  # fmt: skip
def test_a_paused_run_is_identical_to_one_without_a_pause(
    children: Train, tmp_path: Path, asked: RunRequest, pauses: list[int]
) -> None:
    folders = [tmp_path / name for name in ("paused", "not paused")]
    for folder in folders:
        folder.mkdir()
    paused, whole = (
        trained(children, asked.inspected(), folder, stops)
        for folder, stops in zip(folders, (pauses, []), strict=True)
    )
    assert [e.epoch for e in paused if isinstance(e, Paused)] == pauses
    (logs, of_whole) = ([e.logs for e in all if isinstance(e, Epoch)] for all in (paused, whole))
    assert logs == of_whole
    (report, other) = ([e for e in all if isinstance(e, Report)] for all in (paused, whole))
    assert (report[0].epoch, report[0].heads) == (other[0].epoch, other[0].heads)
    (xrays, others) = ([e.xray for e in all if isinstance(e, Xrayed)] for all in (paused, whole))
    assert xrays[-1] == others[-1]
    assert paused[-1].kind == whole[-1].kind == "finished"


def test_a_paused_child_shows_its_epoch_and_continues_from_there(
    children: Train, tmp_path: Path
) -> None:
    """Choose *One epoch* twice, then *Resume*: one child trains all epochs."""
    events: list[Event] = []
    save = SaveOptions(str(tmp_path / "run.keras"), 10**9, str(tmp_path / f"run{ENDING}"))
    control, next_pauses = RunControl(), iter((PauseAfter(6), PauseAfter()))

    def send(_: int, event: Event) -> None:
        events.append(event)
        if isinstance(event, Paused):
            control.pause = next(next_pauses)

    asked = request(SCALARS, epochs=40).inspected()  # The pause makes an X-ray of its sixth epoch.
    children(Work([asked], [save], PauseAfter(5)), send, control)
    assert [event.epoch for event in events if isinstance(event, Paused)] == [5, 6]
    assert [e.epoch for e in events if isinstance(e, Epoch)] == list(range(1, 41))
    before = events[: events.index(Paused(epoch=6))]
    assert [e.epoch for e in before if isinstance(e, Surface)][-1] == 6
    shown = parse_xray([e.xray for e in before if isinstance(e, Xrayed)][-1])
    assert shown is not None
    assert shown.epochs[-1].epoch == 6
    assert events[-1].kind == "finished"


def test_a_paused_child_is_stopped_with_its_report_and_its_model(
    children: Train, tmp_path: Path
) -> None:
    events: list[Event] = []
    save = SaveOptions(str(tmp_path / "run.keras"), 10**9, str(tmp_path / f"run{ENDING}"))
    control = RunControl()

    def send(_: int, event: Event) -> None:
        events.append(event)
        control.stopped = control.stopped or isinstance(event, Paused)

    children(Work([request(WEIGHTED, epochs=9)], [save], PauseAfter(2)), send, control)
    report = next(event for event in events if isinstance(event, Report))
    assert (report.epoch, events[-1].kind) == (2, "stopped")
    assert Path(save.path).exists()


def test_a_paused_run_outlives_its_child(children: Train, way: Way, tmp_path: Path) -> None:
    save = SaveOptions(str(tmp_path / "run.keras"), 10**9, str(tmp_path / f"run{ENDING}"))
    events: list[Event] = []

    def send(_: int, event: Event) -> None:
        events.append(event)
        if isinstance(event, Paused):
            child_of(way).kill()

    children(Work([request()], [save], PauseAfter(1)), send)
    assert isinstance(events[-1], Paused)
    assert Path(save.checkpoint).exists()


def test_the_time_limit_counts_what_another_child_has_trained(
    children: Train, tmp_path: Path
) -> None:
    asked, path = request(**LONG), tmp_path / f"run{ENDING}"
    save = SaveOptions(str(tmp_path / "run.keras"), 10**9, str(path))
    interrupted = RunControl(interrupted=True)
    children(Work([asked], [save], PauseAfter(1)), lambda *_: None, interrupted)
    kept = Checkpoint.read(path)
    assert kept is not None
    replace(kept, seconds=10_000.0).write(path)
    events: list[Event] = []
    limits = Limits(seconds=5_000)
    children(Work([asked], [save]), lambda _, event: events.append(event), limits=limits)
    assert isinstance(events[-1], Failed)
    assert "a run may take 5000 here" in events[-1].message


# In the queue


@pytest.fixture
def service(way: Way, tmp_path: Path) -> Iterator[Service]:
    """Start a service for one training at a time, in real children."""
    with closing(Store(f"sqlite:///{tmp_path / 'runs.sqlite'}")) as store:
        service = Service(store, lambda one: LocalRunner(1, one, training_host(way)), LIMITS)
        yield service
        service.shutdown()


def test_a_paused_run_gives_its_slot_to_a_waiting_one_and_continues(service: Service) -> None:
    store = service.store
    asked = request(DROPPED, epochs=4, schedule="cosine")
    first = service.submit(asked, "ada", pause_after=2)
    second = service.submit(asked, "ben")
    whole = wait_for_end(store, second)
    assert whole.status == "finished"
    assert (store.get(first).status, len(store.points(first))) == ("paused", 2)
    checkpoint = store.models.checkpoint(first)
    assert checkpoint.exists()
    service.pause_after(first, None)
    assert wait_for_end(store, first).status == "finished"
    logs = [[point.logs for point in store.points(run_id)] for run_id in (first, second)]
    assert logs[0] == logs[1]
    wait_until(lambda: not checkpoint.exists())


def changed(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the content of a checkpoint."""
    content = pickle.loads(path.read_bytes())
    path.write_bytes(pickle.dumps(change(content), protocol=5))


def moved(path: Path) -> None:
    """Name modules that are not there."""
    before = path.read_bytes()
    assert b"components." in before
    path.write_bytes(before.replace(b"components.", b"moved_away."))


SPOILT: dict[str, Callable[[Path], object]] = {
    "other number": lambda path: changed(path, lambda content: content | {KEY: CHECKPOINT + 1}),
    "no number": lambda path: changed(path, lambda content: content.pop(KEY) and content),
    "no mapping": lambda path: changed(path, lambda content: Ellipsis),
    "another field": lambda path: changed(path, lambda content: content | {"more": 1}),
    "weights of another model": lambda path: changed(
        path, lambda content: content | {"model": content["model"][:-1]}
    ),
    "state of another watcher": lambda path: changed(
        path, lambda content: content | {"watcher": 1}
    ),
    "moved modules": moved,
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:-9]),
    "missing": Path.unlink,
}
SPOILT_OFTEN = (("other number",), ("weights of another model",))
"""A file that can't be read, and one that can't be used, for every test run."""


@pytest.mark.parametrize("name", cases([(name,) for name in SPOILT], SPOILT_OFTEN))
def test_a_run_whose_checkpoint_cannot_be_read_starts_again_to_the_same_numbers(
    service: Service, name: str
) -> None:
    store = service.store
    asked = request(DROPPED, epochs=3, schedule="cosine", patience=2).inspected()
    first = service.submit(asked, "ada", pause_after=2)
    second = service.submit(asked, "ben")
    assert wait_for_end(store, second).status == "finished"
    assert (store.get(first).status, store.get(first).message) == ("paused", "")
    SPOILT[name](store.models.checkpoint(first))
    service.pause_after(first, None)
    run = wait_for_end(store, first)
    assert (run.status, run.message) == ("finished", STARTED_AGAIN)
    logs = [[point.logs for point in store.points(run_id)] for run_id in (first, second)]
    assert logs[0] == logs[1]
    wait_until(lambda: not store.models.checkpoint(first).exists())


def test_a_paused_run_stays_paused_when_its_server_ends(way: Way, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'runs.sqlite'}"
    for epochs in (1, None):
        with closing(Store(url)) as store:
            service = Service(store, lambda one: LocalRunner(1, one, training_host(way)), LIMITS)
            if epochs is not None:
                run_id = service.submit(request(), pause_after=epochs)
                wait_for(store, run_id, lambda run: run.status == "paused")
            else:
                assert store.get(run_id).status == "paused"
                service.pause_after(run_id, None)
                assert wait_for_end(store, run_id).status == "finished"
            service.shutdown()


def paused_run(server: FakeServer, owner: str = "ada") -> str:
    """Return a run that is paused in its child after its first epoch."""
    run_id = server.service.submit(request(), owner)
    server.in_training(run_id)
    server.service.pause_after(run_id, 0)
    wait_for(server.store, run_id, lambda run: run.status == "paused")
    return run_id


def test_a_run_keeps_its_child_for_a_minute_only(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = paused_run(server)
    assert server.runner.key_of(run_id)
    monkeypatch.setattr(run_service, "PAUSE_SECONDS", 0.0)
    wait_until(lambda: not server.runner.key_of(run_id))
    wait_until(lambda: not server.store.queue.asked(server.service.id))
    assert server.store.get(run_id).status == "paused"
    server.service.pause_after(run_id, None)
    server.in_training(run_id)


def test_nobody_waits_for_people_who_pause(server: FakeServer) -> None:
    """Use one slot before the minute is over: each paused run passes it on to the next."""
    paused = [paused_run(server, f"visitor {number}") for number in range(30)]
    last = server.service.submit(request(), "eve")
    server.in_training(last)
    assert {server.store.get(run_id).status for run_id in paused} == {"paused"}


def kept_run(store: Store, owner: str = "ada") -> str:
    """Return a run that is paused after its first epoch and that no server has."""
    run_id = store.create(request(), owner, pause_after=1)
    store.queue.take("me", 9)
    store.append(run_id, STARTED, epoch(1), Paused(epoch=1))
    store.queue.put_back([run_id])
    return run_id


def checkpoint_of(store: Store, run_id: str) -> Path:
    """Create the checkpoint of a run, and return its path."""
    path = store.models.checkpoint(run_id)
    path.parent.mkdir(exist_ok=True)
    path.touch()
    return path


@both_databases
def test_a_run_without_a_server_stays_paused_until_it_is_continued(store: Store) -> None:
    run_id = kept_run(store)
    assert store.mark_interrupted() == ()
    assert store.queue.take("me", 9) == ()
    limits = QueueLimits()
    store.queue.pause_after(run_id, 1, "", limits, 1)
    assert store.get(run_id).status == "paused"
    store.queue.pause_after(run_id, 2, "", limits, 1)
    assert store.get(run_id).status == "queued"
    assert store.queue.take("me", 9) == (run_id,)


@both_databases
def test_a_run_that_starts_again_keeps_no_epoch_and_says_so_to_its_end(store: Store) -> None:
    run_id = kept_run(store)
    store.keep_result(run_id, "xray", "{}")
    store.queue.pause_after(run_id, None, "", QueueLimits(), 1)
    store.queue.take("me", 9)
    store.append(run_id, STARTED)
    assert (store.points(run_id), store.result(run_id, "xray")) == ((), None)
    assert (store.get(run_id).status, store.get(run_id).message) == ("running", STARTED_AGAIN)
    store.append(run_id, epoch(1), Finished(seconds=1.0, message="Ended early."))
    assert store.get(run_id).message == f"{STARTED_AGAIN} Ended early."


@both_databases
def test_a_continued_run_comes_after_those_with_an_earlier_turn(store: Store) -> None:
    earlier = store.create(request(), "ben")
    store.queue.take("me", 9)
    store.append(earlier, STARTED, Stopped(seconds=1.0))
    paused = kept_run(store, "ada")
    waiting = store.create(request(), "ben")
    store.queue.pause_after(paused, None, "", QueueLimits(), 1)
    assert [run.id for run in store.queue.waiting()] == [waiting, paused]


def test_a_continued_run_waits_for_a_place_in_the_queue(store: Store) -> None:
    run_id = kept_run(store)
    store.create(request(), "ada")
    with pytest.raises(RunError, match="At most 1 run of yours may wait"):
        store.queue.pause_after(run_id, None, "", QueueLimits(waiting_each=1), 1)
    run = store.get(run_id)
    assert (run.status, run.pause_after) == ("paused", 1)


def test_a_run_that_is_continued_while_it_returns_its_slot_waits_for_another(store: Store) -> None:
    run_id = store.create(request(), pause_after=1)
    store.queue.take("me", 9)
    store.append(run_id, STARTED, epoch(1), Paused(epoch=1))
    store.queue.pause_after(run_id, None, "", QueueLimits(), 1)
    assert store.get(run_id).status == "paused"
    store.queue.put_back([run_id])
    assert store.get(run_id).status == "queued"


def test_a_run_that_is_stopped_while_paused_has_no_checkpoint_any_more(store: Store) -> None:
    run_id = kept_run(store)
    checkpoint = checkpoint_of(store, run_id)
    store.stop(run_id)
    run = store.get(run_id)
    assert run.status == "stopped"
    assert run.message == "Stopped while it was paused: its epochs are kept, but no model."
    assert not checkpoint.exists()
    store.delete(run_id)


def test_a_run_that_is_stopped_before_it_continues_has_started(store: Store) -> None:
    run_id = kept_run(store)
    store.queue.pause_after(run_id, None, "", QueueLimits(), 1)
    assert store.queue.take("me", 9) == (run_id,)
    store.append(run_id, Stopped(seconds=0.0, message=NEVER_STARTED))
    assert store.get(run_id).message == STOPPED_PAUSED


def test_a_run_of_a_race_is_not_paused_alone(service: Service) -> None:
    run_id = service.store.create(request(), sweep="a race")
    with pytest.raises(RunError, match="only be paused with the whole race"):
        service.pause_after(run_id, 0)


@pytest.mark.parametrize(("cluster", "can_pause"), [("", True), ("tcp://127.0.0.1:9", False)])
def test_pausing_is_known_to_be_possible_before_the_runner_has_started(
    store: Store, monkeypatch: pytest.MonkeyPatch, cluster: str, can_pause: bool
) -> None:
    monkeypatch.setenv(run_service.CLUSTER, cluster)
    service = Service(store)
    assert service.can_pause == can_pause
    service.shutdown()


def test_a_run_is_paused_for_a_day(store: Store, database_url: str) -> None:
    old, young = kept_run(store), kept_run(store, "ben")
    checkpoints = [checkpoint_of(store, run_id) for run_id in (old, young)]
    with rows_at(database_url) as session:
        session.connection().exec_driver_sql(
            "UPDATE runs SET paused = ? WHERE id = ?", (clock.now() - DAY_SECONDS - 1, old)
        )
    remove_old(store.database)
    ended = store.get(old)
    assert (ended.status, ended.message.split(",")[0]) == (
        "stopped", "Paused for more than a day",
    )  # fmt: skip
    assert store.get(young).status == "paused"
    assert [path.exists() for path in checkpoints] == [False, True]


def test_a_race_does_not_wait_for_a_paused_run_of_the_same_request(store: Store) -> None:
    kept_run(store)
    sweep = store.sweeps.create(SweepOrder([[request()]]), "ben", "me")
    assert store.sweeps.ask(sweep)
    store.append(store.queue.take("me", 9)[0], epoch(1), Stopped(seconds=1.0))
    assert store.sweeps.done("me") == (sweep,)


def test_checkpoints_count_to_the_space_of_models(tmp_path: Path) -> None:
    folder = ModelFolder(tmp_path, max_bytes=10)
    for number, name in enumerate(("old", "pinned", "new")):
        folder.checkpoint(name).write_bytes(b"x" * 4)
        os.utime(folder.checkpoint(name), (number, number))
    folder.prune({"pinned", "new"})
    left: set[Any] = {path.stem for path in tmp_path.iterdir()}
    assert left == {"pinned", "new"}
