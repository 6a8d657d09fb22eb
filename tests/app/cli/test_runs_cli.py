"""The commands `runs …`: list, delete, stop, vacuum; and `status`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from components.__main__ import main
from components.base import clock
from components.base.paths import ROOT
from components.experiments.queue.store import Store
from components.experiments.queue.sweeps import SweepOrder
from components.experiments.training.events import Epoch, Failed, Finished, Started
from components.teaching.people.draft_store import DraftStore
from tests.app.cli import test_cli
from tests.experiments.training.support import request
from tests.experiments.training.test_events import REPORT, SURFACE

pytestmark = pytest.mark.clock

Capture = pytest.CaptureFixture[str]
Printed = Callable[..., str]
MODEL = b"a model"


@pytest.fixture
def runs(capsys: Capture) -> Printed:
    """Return a function that runs a command that must succeed, and returns its output."""

    def runs(*arguments: str) -> str:
        capsys.readouterr()
        code = main(["runs", *arguments])
        printed, errors = capsys.readouterr()
        assert code == 0, errors
        return printed

    return runs


@pytest.fixture
def refused(capsys: Capture) -> Printed:
    """Return a function that runs a command that must fail with code 2, and returns its
    only line.
    """
    return partial(test_cli.refused, capsys, "runs")


def ended(store: Store, name: str = "one", **settings: Any) -> str:
    run_id = store.create(request(epochs=2, **settings), owner="0123abcd", name=name)
    epochs = [Epoch(epoch=n, logs={"loss": 1 / n}, seconds=0.5) for n in (1, 2)]
    started = Started(parameters=321)
    store.append(run_id, started, *epochs, SURFACE, REPORT, Finished(seconds=1.5, message="Early."))
    return run_id


def test_runs_are_listed(store: Store, runs: Printed) -> None:
    first, second = ended(store, "gated"), store.create(request(), name="added")
    swept = store.create(request(), sweep="race")
    lines = runs("list").splitlines()
    assert [line.split()[0] for line in lines] == [second, first]
    assert lines[1].endswith("finished         2 epochs  gated")
    (listed,) = json.loads(runs("list", "--json", "--status", "finished"))
    assert (listed["id"], listed["status"], listed["parameters"]) == (first, "finished", 321)
    assert "0123abcd" not in json.dumps(listed)
    assert [run["id"] for run in json.loads(runs("list", "--json", "--races", "--limit", "1"))] == [
        swept
    ]


def test_runs_are_deleted_by_id_and_by_options(
    store: Store, runs: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    shift = clock.now() - clock.file_now() - 30 * 86400
    monkeypatch.setenv(clock.SHIFT, str(shift))
    old, pinned = ended(store), ended(store)
    monkeypatch.undo()
    monkeypatch.setenv("FUSION_DATABASE_URL", str(store.database._url))
    store.pin(pinned)
    new, failed, waiting = ended(store), store.create(request()), store.create(request())
    store.append(failed, Failed(message="No."))
    store.keep_model(new, MODEL)
    assert "1 run deleted" in runs("delete", "--older-than", "7", "--yes")
    assert {run.id for run in store.list()} == {pinned, new, failed, waiting}
    assert "1 run deleted" in runs("delete", "--status", "failed", "--yes")
    assert "No run fits" in runs("delete", "--status", "failed", "--yes")
    assert "2 runs deleted" in runs("delete", new, pinned, "--yes")
    assert [run.id for run in store.list()] == [waiting]
    assert not store.models.path(new).exists()
    assert store.find(old) is None


def test_deleting_asks_first(
    store: Store, runs: Printed, refused: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = ended(store)
    assert "Add `--yes`" in refused("delete", run_id)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    answers = iter(["n", "y"])
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: next(answers))
    assert main(["runs", "delete", run_id]) == 130
    assert store.find(run_id)
    runs("delete", run_id)
    assert not store.find(run_id)


def test_what_can_not_be_deleted_is_one_line(store: Store, refused: Printed) -> None:
    waiting = store.create(request())
    assert "by id, or choose them by options" in refused("delete")
    assert "by id, or choose them by options" in refused("delete", waiting, "--status", "failed")
    assert "which is queued" in refused("delete", waiting, "--yes")
    assert "There is no run" in refused("delete", "nobody", "--yes")
    assert "--older-than" in refused("delete", "--older-than", "-1")
    for days in ("nan", "inf"):
        assert "number of days" in refused("delete", "--older-than", days, "--yes")
    assert "? is not text in UTF-8" in refused("delete", "\udcff", "--yes")
    assert "'done' is not one of" in refused("list", "--status", "done")
    assert "is not in the range" in refused("list", "--limit", "9" * 20)
    assert "Missing command" in refused()


def test_vacuum_frees_the_space_of_deleted_runs(store: Store, runs: Printed) -> None:
    kept = ended(store)
    store.keep_model(kept, MODEL)
    for run_id in [store.create(request()) for _ in range(300)]:
        store.append(run_id, Finished(seconds=1.0))
        store.delete(run_id)
    store.models.path("gone").write_bytes(b"x" * 1000)
    before = store.database.size()
    printed = runs("vacuum")
    assert "1 KB of models freed" in printed
    assert not printed.startswith("0 B")
    assert store.database.size() < before / 2
    assert store.models.path(kept).read_bytes() == MODEL
    assert len(store.points(kept)) == 2


def test_vacuum_removes_what_was_deleted_of_every_package(store: Store) -> None:
    drafts = DraftStore(store.database)
    drafts.save("ann", "mine", "A model", b"model")
    (model,) = drafts.list("ann", saved=True)
    drafts.delete("ann", model.id)
    subprocess.run([sys.executable, "-m", "components", "runs", "vacuum"], cwd=ROOT, check=True)
    drafts.restore("ann", model.id)
    assert drafts.find("ann", model.id) is None


def test_runs_and_races_are_stopped_by_id_or_all_together(
    store: Store, runs: Printed, refused: Printed
) -> None:
    single, other = store.create(request(), "ann"), store.create(request(seed=1), "ben")
    races = [
        store.sweeps.create(SweepOrder([[request(seed=seed)]], name="race")) for seed in (2, 3)
    ]
    for race in races:
        store.sweeps.ask(race)
    assert "1 run or race asked" in runs("stop", single)
    assert "1 run or race asked" in runs("stop", races[0])
    assert [store.get(run_id).status for run_id in (single, other)] == ["stopped", "queued"]
    assert [store.sweeps.get(race).state for race in races] == ["stopped", "running"]
    assert "Add `--yes`" in refused("stop", "--all")
    assert "2 runs and races asked" in runs("stop", "--all", "--yes")
    assert not store.unfinished_ids()
    assert "Nothing is trained or waits" in runs("stop", "--all", "--yes")
    assert "by id, or stop all" in refused("stop")
    assert "There is no run" in refused("stop", "nobody")
    assert "? is not text in UTF-8" in refused("stop", "\udcff")


def test_the_status_names_servers_people_and_running_work(store: Store, capsys: Capture) -> None:
    assert main(["status"]) == 0
    assert "none is up" in capsys.readouterr().out
    store.services.register("here", 2)
    run_id = store.create(request(), "ann", name="gated")
    race = store.sweeps.create(SweepOrder([[request(seed=1)]], name="all merges"))
    store.sweeps.ask(race)
    assert main(["status"]) == 0
    printed = capsys.readouterr().out
    assert re.search(r"server +process \d+, 2 runs at a time, [\d.]+ [MG]B of memory", printed)
    assert re.search(r"people +1 in the last 10 minutes", printed)
    assert re.search(r"queue +0 in training, 2 waiting", printed)
    assert [line.split()[0] for line in printed.splitlines()[-2:]] == [run_id, race]
    assert main(["status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["work"][0]["id"] == run_id
