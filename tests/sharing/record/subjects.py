"""Subjects of records that need no training: a run of a race, inspected and trained again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from components.experiments.queue.store import Store
from components.experiments.queue.sweeps import SweepOrder
from components.experiments.races.kinds.without import race_without
from components.experiments.races.plan import plan_race, requests, run_groups
from components.experiments.races.setup import Race
from components.experiments.races.stored_race import StoredRace
from components.experiments.training.requests import RunRequest
from components.sharing.record.subject import RecordSubject, subject_of_run
from sample_data.loading.sources import parse as parse_data
from tests.experiments.inspection.models import bayes, whole
from tests.experiments.races.support import events, small_race

STRATEGIES = {"add": 0.51, "multiply": 0.97}
WITHOUT = {"": 0.97, "a": 0.52, "b": 0.5}


def stored_run(store: Store) -> str:
    """Return the id of a run of a race on xor, with an inspection and a race without its inputs."""
    race = small_race("add,multiply", (parse_data("xor", samples=64),), 3)
    _store_race(store, race, lambda request: STRATEGIES[request.architecture.merges[0].kind])  # type: ignore[attr-defined]
    request = next(r for r in requests(race) if r.architecture.merges[0].title == "Multiply")
    run = store.latest([request.digest])[request.digest].id
    text = whole(bayes("xor", 60)).json_text()
    store.keep_result(run, "inspection", text.replace('"in_0"', '"a"').replace('"in_1"', '"b"'))
    _store_race(store, race_without(request, 3), _reached_without, run)
    return run


def _reached_without(request: RunRequest) -> float:
    names = {branch.name for branch in request.architecture.inputs}
    return WITHOUT["".join({"a", "b"} - names)]


def _store_race(
    store: Store, race: Race, reached: Callable[[RunRequest], float], refits: str = ""
) -> None:
    plan = plan_race(race)
    groups = [list(group.values()) for group in run_groups(plan)]
    sweep = store.sweeps.create(SweepOrder(groups, StoredRace(plan).text(), refits=refits))
    for request in requests(race):
        if not store.latest([request.digest]):
            value = reached(request) + 0.01 * request.settings.seed
            store.append(store.create(request, sweep=sweep), *events(value))


def subject_in(store: Store, run_id: str, inspected: bool = True) -> RecordSubject:
    """Return the subject of a stored run, as the command line makes it."""
    run, inspection = store.get(run_id), store.result(run_id, "inspection") if inspected else None
    sweeps = store.sweeps.find(run.sweep), store.sweeps.refit_of(run_id)
    return subject_of_run(run, store.report(run_id), inspection, sweeps, store)


def database(folder: Path) -> str:
    """Return the URL of a database in a folder."""
    return f"sqlite:///{folder / 'runs.sqlite'}"
