"""Rights of a visitor on the runs and races of another: the single check, without a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from components.base.errors import RunError
from components.experiments.queue.store import Store
from components.experiments.queue.sweeps import LESSON_PLAN, SweepOrder
from components.experiments.queue.visitor_runs import HIDDEN_FILE, HIDDEN_MESSAGE, VisitorRuns
from components.experiments.training.events import Finished
from components.experiments.training.requests import RunRequest
from tests.experiments.queue.test_store import epoch
from tests.experiments.training.support import VECTORS, request
from tests.experiments.training.test_events import REPORT, SURFACE
from tests.house import MODULES, imported

OWNER, STRANGER = "a" * 32, "b" * 32
FILE = "/data/uploads/salaries.npz"
ON_FILE = RunRequest(architecture=VECTORS, data=FILE)


class Calls:
    """Service that records its calls."""

    def __init__(self, store: Store) -> None:
        self.store, self.names = store, list[str]()

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_, **__: self.names.append(name)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Any]:
    with closing(Store(f"sqlite:///{tmp_path / 'runs.sqlite'}")) as store:
        yield Calls(store)


@pytest.fixture
def owner(service: Any) -> VisitorRuns:
    return VisitorRuns(service, OWNER)


@pytest.fixture
def stranger(service: Any) -> VisitorRuns:
    return VisitorRuns(service, STRANGER)


def a_run(service: Any, asked: RunRequest | None = None, **more: Any) -> str:
    run_id: str = service.store.create(asked or request(), OWNER, "my secret", **more)
    end = Finished(seconds=1, message=f"Read `{FILE}`.")
    service.store.append(run_id, epoch(1), REPORT, SURFACE, end)
    return run_id


def a_race(service: Any, asked: RunRequest | None = None) -> str:
    asked = asked or request()
    plan = f'{{"race": "{{\\"data\\": [\\"{FILE}\\"]}}"}}' if isinstance(asked.data, str) else ""
    sweep_id: str = service.store.sweeps.create(
        SweepOrder([[asked]], plan, "salaries: a race"), OWNER
    )
    return sweep_id


CHANGES: dict[str, Callable[[VisitorRuns, str], object]] = {
    "stop": lambda runs, run: runs.stop(run),
    "wait": lambda runs, run: runs.pause_after(run, 0),
    "rename": lambda runs, run: runs.rename(run, "other"),
    "pin": lambda runs, run: runs.pin(run),
    "note": lambda runs, run: runs.annotate(run, "mine alone"),
    "share": lambda runs, run: runs.share(run),
    "download": lambda runs, run: runs.keras_file(runs.run(run)),
    "delete": lambda runs, run: runs.delete(run),
    "inspect": lambda runs, run: runs.keep_result(run, "inspection", "{}"),
    "X-ray": lambda runs, run: runs.keep_result(run, "xray", "{}"),
}
RACE_CHANGES: dict[str, Callable[[VisitorRuns, str], object]] = {
    "pause": lambda runs, race: runs.pause(race),
    "resume": lambda runs, race: runs.resume(race),
    "end": lambda runs, race: runs.end(race),
    "share": lambda runs, race: runs.share_sweep(race),
}
READS: dict[str, Callable[[VisitorRuns, str], object]] = {
    "run": lambda runs, run: runs.run(run),
    "repeat": lambda runs, run: runs.repeat(run),
}


@pytest.mark.parametrize("shared", [False, True])
def test_a_stranger_changes_no_run_shared_or_not(
    service: Any, owner: VisitorRuns, stranger: VisitorRuns, shared: bool
) -> None:
    run_id = a_run(service)
    service.store.share(run_id, shared)
    before = service.store.get(run_id)
    for name, change in CHANGES.items():
        with pytest.raises(RunError) as refused:
            change(stranger, run_id)
        assert ("Only the owner" in str(refused.value)) == shared, name
    assert service.store.get(run_id) == before
    assert service.names == []
    for name in ("stop", "rename", "pin", "note", "share", "delete"):
        CHANGES[name](owner, run_id)
    assert service.store.find(run_id) is None


@pytest.mark.parametrize("shared", [False, True])
def test_a_stranger_changes_no_race_shared_or_not(
    service: Any, owner: VisitorRuns, stranger: VisitorRuns, shared: bool
) -> None:
    race = a_race(service)
    service.store.sweeps.share(race, shared)
    for name, change in RACE_CHANGES.items():
        with pytest.raises(RunError) as refused:
            change(stranger, race)
        assert ("Only the owner" in str(refused.value)) == shared, name
    assert service.names == []
    states = []
    for change in RACE_CHANGES.values():
        change(owner, race)
        states.append(service.store.sweeps.get(race).state)
    assert states == ["paused", "paused", "stopped", "stopped"]
    assert service.names == ["resume"]


def test_an_unshared_run_seems_not_to_exist(service: Any, stranger: VisitorRuns) -> None:
    run_id, race = a_run(service), a_race(service, request(seed=5))
    for received in (run_id, "nothing", run_id[:-1]):
        for read in READS.values():
            with pytest.raises(RunError) as refused:
                read(stranger, received)
            assert str(refused.value).count(run_id) == (received == run_id)
        assert not stranger.can_read(received)
    for received in (race, "nothing"):
        with pytest.raises(RunError, match="shared with you"):
            stranger.sweep(received)
    assert stranger.list(shared=True) == ()
    assert stranger.sweeps() == ()


def test_a_share_is_read_and_repeated_without_the_owners_secret(
    service: Any, owner: VisitorRuns, stranger: VisitorRuns
) -> None:
    run_id, race = a_run(service), a_race(service)
    owner.share(run_id)
    owner.annotate(run_id, "for me alone")
    owner.share_sweep(race)
    assert [run.id for run in stranger.list(shared=True)] == [run_id]
    assert stranger.list() == ()
    assert [run.id for run in owner.list()] == [run_id]
    run = stranger.run(run_id)
    assert (run.owner, run.name, run.pinned, run.note) == ("", "my secret", False, "")
    assert stranger.report(run) == REPORT
    assert stranger.surface(run) == SURFACE
    assert len(stranger.points(run)) == 1
    assert stranger.sweep(race).owner == ""
    stranger.repeat(run_id)
    assert service.names == ["submit"]
    owner.share(run_id, False)
    owner.share_sweep(race, False)
    assert not stranger.can_read(run_id)
    with pytest.raises(RunError, match="shared with you"):
        stranger.sweep(race)


def test_the_runs_behind_a_shared_race_can_be_read_without_their_names(
    service: Any, owner: VisitorRuns, stranger: VisitorRuns
) -> None:
    run_id, race = a_run(service), a_race(service)
    owner.share_sweep(race)
    assert stranger.run(run_id).name == VECTORS.name
    (outcome,) = stranger.latest([request().digest]).values()
    assert (outcome.id, outcome.owner) == (run_id, "")
    with pytest.raises(RunError, match="Only the owner"):
        stranger.delete(run_id)


def test_others_see_neither_samples_nor_names_of_ones_own_data(
    service: Any, owner: VisitorRuns, stranger: VisitorRuns
) -> None:
    run_id, race = a_run(service, ON_FILE), a_race(service, ON_FILE)
    owner.share(run_id)
    owner.share_sweep(race)
    owner.keep_result(run_id, "xray", "numbers of samples")
    mine, theirs = owner.run(run_id), stranger.run(run_id)
    assert (owner.result(mine, "xray"), stranger.result(theirs, "xray")) == (
        "numbers of samples",
        None,
    )
    assert mine.request.data == FILE
    assert owner.report(mine) == REPORT
    assert theirs.request.data == HIDDEN_FILE
    assert theirs.message == HIDDEN_MESSAGE
    report = stranger.report(theirs)
    assert report is not None
    for head, bare in zip(REPORT.heads.values(), report.heads.values(), strict=True):
        assert (bare.points, bare.worst) == ((), ())
        assert (bare.measures, bare.confusion) == (head.measures, head.confusion)
    assert stranger.surface(theirs) is None
    shown = stranger.sweep(race)
    assert FILE in owner.sweep(race).plan
    assert shown.plan == owner.sweep(race).plan.replace(FILE, HIDDEN_FILE)
    for seen in (theirs, report, shown, stranger.list(shared=True)):
        assert "salaries" not in repr(seen)
    with pytest.raises(RunError, match="Only the owner of a data file may train on it"):
        stranger.repeat(run_id)
    with pytest.raises(RunError, match="Only the owner of a data file may train on it"):
        stranger.submit_sweep(SweepOrder([[request()], [theirs.request]]))
    assert service.names == []


SHOWN = ("components.app.pages.", "components.app.parts.", "components.app.page")
ALL_OWNERS = {"Service", "service", "Store", "SweepStore", "ModelFolder", "Database", "artifacts"}
"""Names of objects that work on everybody's runs, which pages must not use."""


def test_pages_reach_runs_by_the_one_check_only() -> None:
    ways = {
        module: names
        for module, path in MODULES.items()
        if module.startswith((*SHOWN, "pages"))
        and (names := {name.rpartition(".")[2] for name in imported(path)} & ALL_OWNERS)
    }
    assert ways.keys() == {"components.app.parts.frame.visitor"}
    for module, path in MODULES.items():
        if module.startswith(SHOWN):
            source = path.read_text(encoding="utf-8")
            assert "._store" not in source, module
            assert "._service" not in source, module


def test_runs_of_a_lesson_are_opened_as_no_race(owner: VisitorRuns, service: Any) -> None:
    sweep_id = service.store.sweeps.create(SweepOrder([[request()]], LESSON_PLAN, "mine"), OWNER)
    with pytest.raises(RunError, match="There is no race"):
        owner.sweep(sweep_id)


def test_a_race_of_a_run_is_found_by_its_readers_and_started_by_its_owner_alone(
    owner: VisitorRuns, stranger: VisitorRuns, service: Any
) -> None:
    run_id = a_run(service)
    with pytest.raises(RunError, match="none that is shared with you"):
        stranger.submit_sweep(SweepOrder([[request()]], refits=run_id))
    owner.share(run_id)
    run = stranger.run(run_id)
    with pytest.raises(RunError, match="Only the owner of a run may train its model again"):
        stranger.submit_sweep(SweepOrder([[request()]], refits=run_id))
    assert service.names == []
    assert stranger.refit(run) is None
    first, latest = (
        service.store.sweeps.create(SweepOrder([[request()]], "{}", "mine", refits=run_id), OWNER)
        for _ in range(2)
    )
    assert [sweep.id for sweep in owner.sweeps()] == [latest, first]
    read = stranger.refit(run)
    assert read is not None
    assert (read.id, read.owner) == (latest, "")
    with pytest.raises(RunError, match="none that is shared with you"):
        stranger.end(latest)
    service.store.remove([run_id])
    assert owner.sweep(latest).refits == run_id
