"""A database of an earlier version opens: its runs, their curves and reports, and its races."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.race.evaluation import evaluate
from components.race.outcomes import look_up
from components.race.plan import plan_race, run_groups
from components.race.setup import Race, parse_race
from components.race.tables import json_of as figures_of
from components.training.events import Epoch, Event
from components.training.loop import train
from components.training.store import Store
from components.ui.kit import stored_race
from tests.compatibility.support import FIXTURES, Capture, json_of, leaves, output_of, text_of

RUNS: dict[str, Any] = json_of("runs.json")
RACES: dict[str, Any] = json_of("races.json")
JUDGED = frozenset({"judged", "best", "wins", "rank", "tied", "p", "difference", "detectable"})
SENTENCES = JUDGED | {"title", "verdict", "notes", "message", "matching"}
"""Verdicts and texts of a race, which later versions may reach and word differently."""
TRAINED_AGAIN = ("three heads, kept", "image and series, renamed", "cars")

each_run = pytest.mark.parametrize("run_id", RUNS)
each_race = pytest.mark.parametrize("race_id", RACES)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the database, with the model that one of its runs kept beside it."""
    folder = tmp_path_factory.mktemp("database")
    shutil.copy(FIXTURES / "runs.sqlite", folder)
    shutil.copytree(FIXTURES / "models", folder / "models")
    return folder / "runs.sqlite"


@pytest.fixture(scope="module")
def store(database: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{database}")
    yield store
    store.close()


def race_of(store: Store, race_id: str) -> Race:
    """The race that a sweep of the store was made for."""
    return stored_race.of(store.sweeps.get(race_id)).race


def approximately(figures: Any) -> Any:
    """A race's figures to compare with, without its sentences."""
    return pytest.approx(leaves(figures, SENTENCES), rel=1e-6, abs=1e-9)


def test_the_runs_are_listed_newest_first(store: Store) -> None:
    listed = store.list(limit=500, sweeps=True)
    assert [run.id for run in listed] == list(RUNS)
    own = [run_id for run_id, stored in RUNS.items() if not stored["sweep"]]
    assert [run.id for run in store.list()] == own
    assert {run.status for run in listed} == {
        "running",
        "interrupted",
        "stopped",
        "failed",
        "finished",
    }


@each_run
def test_a_run_is_what_it_was(store: Store, run_id: str) -> None:
    run, stored = store.get(run_id), RUNS[run_id]
    for name in (
        "name", "owner", "status", "digest", "pinned", "sweep", "epochs", "parameters", "message",
        "seconds", "model_digest", "model_bytes",
    ):  # fmt: skip
        assert getattr(run, name) == stored[name], name


@each_run
def test_a_run_keeps_its_request_and_digest(store: Store, run_id: str) -> None:
    run = store.get(run_id)
    assert run.request.digest == RUNS[run_id]["digest"]
    assert run.request.json_text() == run.request_json
    assert run.request.architecture.data() == run.architecture


@each_run
def test_a_run_keeps_its_curve_report_and_surface(store: Store, run_id: str) -> None:
    stored, points = RUNS[run_id], store.points(run_id)
    assert [point.epoch for point in points] == list(range(1, stored["epochs_done"] + 1))
    assert store.histories([run_id]).get(run_id, ()) == points
    if not stored["sweep"]:
        assert [point.logs for point in points] == stored["history"]
    report, surface = store.report(run_id), store.surface(run_id)
    measures = report and {name: head.measures for name, head in report.heads.items()}
    assert measures == stored["report"]
    plane = surface and [surface.epoch, surface.x, surface.y, sorted(surface.heads)]
    assert plane == stored["surface"]


def test_a_trained_model_is_beside_its_run(store: Store) -> None:
    (run_id,) = (path.stem for path in (FIXTURES / "models").iterdir())
    model = store.models.path(run_id).read_bytes()
    assert hashlib.sha256(model).hexdigest() == store.get(run_id).model_digest


def test_a_run_without_a_server_is_interrupted_and_the_others_stay(tmp_path: Path) -> None:
    shutil.copy(FIXTURES / "runs.sqlite", tmp_path)
    store = Store(f"sqlite:///{tmp_path / 'runs.sqlite'}")
    abandoned = tuple(run_id for run_id, stored in RUNS.items() if stored["status"] == "running")
    assert store.mark_interrupted() == abandoned
    for run_id, stored in RUNS.items():
        wanted = "interrupted" if run_id in abandoned else stored["status"]
        assert store.get(run_id).status == wanted
    store.close()


@pytest.mark.matrix
@pytest.mark.parametrize("name", TRAINED_AGAIN)
def test_a_stored_request_trains_to_the_same_curve(store: Store, name: str) -> None:
    (run_id,) = (run_id for run_id, stored in RUNS.items() if stored["name"] == name)
    epochs: list[Epoch] = []

    def report(event: Event) -> None:
        if isinstance(event, Epoch):
            epochs.append(event)

    train(store.get(run_id).request, report, lambda: False)
    assert len(epochs) == len(RUNS[run_id]["history"])
    for epoch, stored in zip(epochs, RUNS[run_id]["history"], strict=True):
        assert epoch.logs == pytest.approx(stored, rel=1e-5, abs=1e-7)


@each_race
def test_a_race_is_what_it_was(store: Store, race_id: str) -> None:
    sweep, stored = store.sweeps.get(race_id), RACES[race_id]
    assert (sweep.name, sweep.owner, sweep.state) == (
        stored["name"], stored["owner"], stored["state"],
    )  # fmt: skip
    assert [list(group) for group in sweep.groups] == stored["groups"]
    assert race_id in [listed.id for listed in store.sweeps.list()]


@each_race
def test_a_race_keeps_its_plan_bet_and_digests(store: Store, race_id: str) -> None:
    plan, stored = stored_race.of(store.sweeps.get(race_id)), RACES[race_id]
    assert plan.race.digest == stored["digest"]
    assert plan.text() == store.sweeps.get(race_id).plan
    bet = plan.bet and {"entry": plan.bet.entry, "margin": plan.bet.margin}
    assert bet == stored["bet"]
    digests = {digest for group in run_groups(plan_race(plan.race)) for digest in group}
    assert digests == {digest for group in stored["groups"] for digest in group}


def test_a_plan_without_room_for_a_bet_is_read(store: Store) -> None:
    alone = text_of("race_alone.json").strip()
    race = parse_race(alone)
    assert race.json_text() == alone
    assert stored_race.read(alone) == stored_race.StoredRace(race)
    assert race == race_of(store, next(iter(RACES)))


@each_race
def test_a_race_has_the_same_figures(store: Store, race_id: str) -> None:
    race, stored = race_of(store, race_id), RACES[race_id]
    plan = plan_race(race)
    outcomes = look_up(plan.digests, store)
    assert {digest: run.status for digest, run in outcomes.items()} == stored["statuses"]
    figures = json.loads(json.dumps(figures_of(evaluate(plan, outcomes))))
    assert leaves(figures, SENTENCES) == approximately(stored["standing"])


def test_the_command_line_finds_the_finished_race(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """The same race as options: every run is in the database, so none is trained."""
    monkeypatch.setenv("FUSION_DATABASE_URL", f"sqlite:///{database}")
    race = json_of("race_alone.json")
    architecture = tmp_path / "architecture.json"
    architecture.write_text(json.dumps(race["architecture"]), encoding="utf-8")
    printed = output_of(
        capsys, "compare", str(architecture), "--data", "xor,additive:noise=0.5",
        "--merges", "add,multiply,late_sum:outputs=1,concatenate:then=dense", "--samples", "160",
        "--epochs", "3", "--learning-rate", "0.02", "--seeds", "3", "--json",
    )  # fmt: skip
    (stored,) = (stored for stored in RACES.values() if stored["state"] == "finished")
    assert leaves(json.loads(printed), SENTENCES) == approximately(stored["standing"])
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM runs").fetchone() == (len(RUNS),)
    connection.close()
