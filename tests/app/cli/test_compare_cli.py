from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from components.__main__ import main
from components.app.cli.compare import split_names
from components.base.paths import ROOT
from components.experiments.queue.store import Store
from components.experiments.races.kinds import parse_race
from tests.app.cli.test_cli import refused, tiny
from tests.experiments.races.support import FakeTrainer, trains

__all__ = ["tiny"]
Capture = pytest.CaptureFixture[str]


def level(kind: str, relation: str, seed: int) -> float:
    return {"add": 0.5, "late_sum": 0.51, "multiply": 0.97}[kind] + 0.002 * ((seed * 3) % 5)


@pytest.fixture
def trainer(monkeypatch: pytest.MonkeyPatch) -> FakeTrainer:
    """Replace the trainer."""
    return trains(monkeypatch, FakeTrainer(level))


USUAL = ("--merges", "add,multiply,late_sum", "--data", "xor", "--epochs", "2", "--seeds", "3")


def test_the_table_has_ceilings_and_json_trains_nothing_again(
    tiny: str, store: Store, trainer: FakeTrainer, capsys: Capture
) -> None:
    assert main(["compare", tiny, *USUAL]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("Xor\n")
    assert "Multiply is best" in out
    assert "9/9" in err
    assert len(trainer.trained) == 9

    assert store.list() == ()
    assert len(store.list(sweeps=True)) == 9
    assert main(["compare", tiny, *USUAL, "--json"]) == 0
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    found = json.loads(out)
    assert (found["done"], found["total"], found["complete"]) == (9, 9, True)
    assert found["tables"][0]["best"] == ["multiply"]
    assert len(trainer.trained) == 9
    assert len(store.latest(trainer.trained)) == 9


def test_csv_goes_to_a_file_or_to_standard_output(
    tiny: str, store: Store, trainer: FakeTrainer, capsys: Capture, tmp_path: Path
) -> None:
    file = tmp_path / "race.csv"
    assert main(["compare", tiny, *USUAL, "--csv", str(file)]) == 0
    assert capsys.readouterr().out.startswith("Xor\n")
    assert main(["compare", tiny, *USUAL, "--csv", "-"]) == 0
    assert capsys.readouterr().out == file.read_text()
    rows = list(csv.DictReader(file.open()))
    assert [row["strategy"] for row in rows] == ["multiply", "late_sum", "add"]


@pytest.fixture
def races(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return a list of the races that the command was about to train."""
    seen: list[Any] = []

    def caught(race: Any, *_: object, **__: object) -> Any:
        seen.append(race)
        raise KeyboardInterrupt

    monkeypatch.setattr("components.experiments.races.train_race.train_race", caught)
    return seen


def test_options_are_those_of_the_race(tiny: str, races: list[Any]) -> None:
    options = ["--merges", "add,gated:units=3,fit=smallest,concatenate:then=dense", "--seeds", "4"]
    options += ["--data", "xor:noise=0.5,label_noise=0.1,additive", "--data", "redundant"]
    options += ["--samples", "300", "--epochs", "7", "--matched", "--target", "500"]
    options += ["--merge", "m", "--head", "y", "--difficulty", "0.4"]
    assert main(["compare", tiny, *options]) == 130
    (race,) = races
    assert parse_race(race.json_text()) == race
    assert [entry.text for entry in race.entries] == [
        "add",
        "gated:fit=smallest,units=3",
        "concatenate:then=dense",
    ]
    assert [data.relation.kind for data in race.data] == ["xor", "additive", "redundant"]
    assert {(data.samples, data.difficulty) for data in race.data} == {(300, 0.4)}
    assert race.data[0].relation.label_noise == 0.1
    assert (race.seeds, race.settings.epochs, race.matched, race.target) == (4, 7, True, 500)


def test_all_strategies_are_those_that_fit(tiny: str, races: list[Any]) -> None:
    main(["compare", tiny, "--merges", "all", "--data", "xor"])
    kinds = {entry.kind for entry in races[0].entries}
    assert {"add", "bilinear", "gated"} <= kinds
    assert not {"time_concatenate", "squeeze_excite"} & kinds


def test_names_of_data_keep_their_settings() -> None:
    assert split_names(["xor:noise=1,form=signs,additive", "a=b.npz"]) == [
        "xor:noise=1,form=signs",
        "additive",
        "a=b.npz",
    ]


REFUSED = [
    (("--merges", "ad", "--data", "xor"), "`add`"),
    (("--merges", "add"), "no DATA"),
    (("--merges", "add", "--samples", "300"), "Add `--data`"),
    (("--merges", "add", "--data", "/no/such.npz"), "such.npz"),
    (("--merges", "add", "--data", "xor", "--seeds", "0"), "`seeds` of the race"),
    (("--merges", "add", "--data", "xor", "--target", "9"), "Add `--matched`"),
    (("--merges", "add", "--data", "xor", "--workers", "0"), "At least one"),
    (("--merges", "add", "--data", "xor", "--csv", "/no/such/x.csv"), "There is no folder"),
    (("--merges", "add", "--data", "xor", "--csv", "-", "--json"), "CSV and JSON"),
    (("--data", "xor"), "--merges"),
]


@pytest.mark.parametrize(
    ("arguments", "sentence"), REFUSED, ids=[f"case{n}" for n in range(len(REFUSED))]
)
def test_bad_input_ends_with_code_2_and_one_line(
    tiny: str,
    store: Store,
    trainer: FakeTrainer,
    capsys: Capture,
    arguments: tuple[str, ...],
    sentence: str,
) -> None:
    assert sentence in refused(capsys, "compare", tiny, *arguments)
    assert trainer.trained == []


@pytest.mark.matrix
def test_a_race_of_real_runs_is_interrupted_and_keeps_what_finished(
    tiny: str, store: Store
) -> None:
    command = [sys.executable, "-m", "components", "compare", tiny, "--merges", "add,multiply"]
    command += ["--data", "xor", "--samples", "400", "--seeds", "2", "--epochs", "12"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [*command, "--workers", "1"], cwd=ROOT, stdout=pipe, stderr=pipe, text=True
    ) as process:
        assert process.stderr is not None
        while "1/4" not in process.stderr.readline() and process.poll() is None:
            pass
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=120)
    assert process.returncode in (0, 130)
    assert (process.returncode == 130) == ("run the same command to continue" in error)
    runs = store.list(sweeps=True)
    assert len(runs) == 4
    assert "finished" in {run.status for run in runs}
    assert all(run.ended for run in runs)


def paying(kind: str, relation: str, seed: int) -> float:
    """Return the accuracy by the last merge of a model: an average is no better than one input."""
    return (0.7 if kind == "average" else 0.95) + 0.002 * ((seed * 3) % 5)


def test_pays_names_the_gain_over_the_best_input_alone(
    tiny: str, store: Store, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    trains(monkeypatch, FakeTrainer(paying))
    options = ("--data", "xor", "--epochs", "2", "--seeds", "3")
    assert main(["pays", tiny, *options]) == 0
    assert "Fusion pays 25.0 ± 0.0 points over the best input alone" in capsys.readouterr().out
    assert main(["pays", tiny, *options, "--merge", "gated", "--json"]) == 0
    table = json.loads(capsys.readouterr().out)["tables"][0]
    assert table["pays"] is True
    assert {row["entry"] for row in table["rows"]} >= {"gated", "concatenate", "multiply", "apart"}
    assert "A race needs data" in refused(capsys, "pays", tiny)
