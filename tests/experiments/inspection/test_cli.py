"""The command `inspect` on an architecture and on a run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from components.__main__ import main
from components.experiments.inspection import trained
from components.experiments.inspection.basis.results import parse_inspection
from components.experiments.inspection.basis.xray_results import parse_xray
from components.experiments.inspection.measures.cooperation import Cooperation
from components.experiments.queue.artifacts import keras_file
from components.experiments.queue.store import Store
from components.experiments.queue.without_server import train_run
from components.experiments.training.events import Finished
from components.experiments.training.models import SaveOptions
from tests.experiments.queue.trains_here import train_here
from tests.experiments.training.support import VECTORS, fused, request, vector

Capture = pytest.CaptureFixture[str]
ASKED = request(VECTORS, samples=200, epochs=2)
ENTRIES = {"without", "without:input=left", "without:input=right"}


@pytest.fixture(autouse=True)
def _trains_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train in this process, and inspect all samples however slow the machine is."""
    train_here(monkeypatch)
    monkeypatch.setattr(trained, "LEAST_SECONDS", 60.0)
    monkeypatch.setattr(trained, "WORKER_SECONDS", 60.0)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("FUSION_DATABASE_URL", f"sqlite:///{tmp_path / 'runs.sqlite'}")
    with closing(Store()) as store:
        yield store


@pytest.fixture
def run_id(store: Store, tmp_path: Path) -> str:
    """Train a run and store its model."""
    model = tmp_path / "trained.keras"
    trained = train_run(ASKED, lambda _: None, SaveOptions(str(model), 10**9))
    run_id = store.create(ASKED)
    assert trained.report is not None
    end = Finished(seconds=trained.seconds)
    store.append(run_id, *trained.history, trained.report, end)
    store.keep_model(run_id, model.read_bytes())
    return run_id


def test_a_run_and_its_architecture_have_the_same_inspection(
    store: Store, run_id: str, tmp_path: Path, capsys: Capture
) -> None:
    assert main(["inspect", run_id, "--json"]) == 0
    of_run = parse_inspection(capsys.readouterr().out)

    path = tmp_path / "architecture.json"
    path.write_text(VECTORS.json_text())
    options = ["--data", "additive", "--samples", "200", "--epochs", "2"]
    assert main(["inspect", str(path), *options, "--json"]) == 0
    of_architecture = parse_inspection(capsys.readouterr().out)
    head = of_run.heads["y"]
    assert head.quality == of_architecture.heads["y"].quality
    assert of_run.sample_rows == of_architecture.sample_rows
    assert store.result(run_id, "inspection") == of_run.json_text()

    assert main(["inspect", run_id]) == 0
    text = capsys.readouterr().out
    assert f"y: accuracy {head.quality:.3f}, without any input {head.nothing:.3f}" in text
    (together,) = Cooperation.values(head)
    assert f"Cooperation {together:+.3f}" in text

    assert main(["inspect", run_id, "--refit", "3", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)["refit"]["y"]
    assert (result["seeds"], result["done"], result["failed"]) == (3, 9, 0)
    assert {row["entry"] for row in result["tables"][0]["rows"]} == ENTRIES
    assert store.list() == (store.get(run_id),)
    assert sum(run.sweep != "" for run in store.list(sweeps=True)) == 8
    assert main(["inspect", run_id, "--refit", "3"]) == 0
    report = capsys.readouterr().out
    assert f"Cooperation {together:+.3f}" in report
    assert result["tables"][0]["verdict"] in report


def test_an_inspection_that_cannot_be_read_is_a_sentence(store: Store, capsys: Capture) -> None:
    run_id = store.create(ASKED)
    store.keep_result(run_id, "inspection", "{}")
    assert main(["inspect", run_id]) == 2
    assert "The inspection of this run is from another version." in capsys.readouterr().err


def test_an_xray_is_drawn_from_the_kept_model_and_kept_with_the_run(
    store: Store, run_id: str, tmp_path: Path, capsys: Capture
) -> None:
    store.keep_result(run_id, "xray", "from another version")
    picture = tmp_path / "sample.svg"
    arguments = ["inspect", run_id, "--xray", "2", "--swap", "left", "-o", str(picture)]
    assert main(arguments) == 0
    output = capsys.readouterr().out
    assert output.startswith("Sample 2, after epoch 2; input left is that of sample 3.")
    assert output.strip().split(". ", 1)[1] in picture.read_text()
    kept = parse_xray(store.result(run_id, "xray"))
    assert kept is not None
    assert kept.inputs == ("left", "right")
    for wrong, rule in (("9", "The X-ray has no sample 9"), ("2", "The model has no input middle")):
        swap = ["--swap", "middle"] if wrong == "2" else []
        assert main(["inspect", run_id, "--xray", wrong, *swap, "-o", str(picture)]) == 2
        assert rule in capsys.readouterr().err


def test_an_architecture_is_trained_before_its_xray(
    store: Store, tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "architecture.json").write_text(VECTORS.json_text())
    words = ["--data", "additive", "--samples", "200", "--epochs", "2", "--xray", "1"]
    asked = ["inspect", str(tmp_path / "architecture.json"), *words, "-o", "-"]
    assert main([*asked, "--swap", "middle"]) == 2
    assert "The model has no input middle" in capsys.readouterr().err
    assert main([*asked, "--swap", "left"]) == 0
    picture, output = capsys.readouterr()
    assert picture.startswith("<svg")
    assert "Sample 1, after epoch 2; input left is that of sample 2." in output
    assert store.list() == ()


def test_a_run_that_is_kept_is_found_by_the_app_and_by_commands(
    store: Store, tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "architecture.json").write_text(VECTORS.json_text())
    words = ["--data", "additive", "--samples", "200", "--epochs", "2", "--keep", "--json"]
    model = tmp_path / "model.keras"
    assert main(["train", str(tmp_path / "architecture.json"), *words, "-o", str(model)]) == 0
    told = json.loads(capsys.readouterr().out)
    (run,) = store.list("somebody", or_shared=True)
    assert (run.id, run.status, run.request) == (told["run"], "finished", ASKED)
    assert store.queue.waiting() == []
    assert [epoch.logs for epoch in store.points(run.id)][-1] == told["metrics"]
    assert keras_file(store, run.id) == model.read_bytes()
    kept = [store.result(run.id, kind) for kind in ("inspection", "xray")]
    assert all(kept)
    picture, record = tmp_path / "sample.svg", tmp_path / "record.md"
    assert main(["inspect", run.id]) == 0
    assert main(["inspect", run.id, "--xray", "1", "-o", str(picture)]) == 0
    assert main(["record", run.id, "-o", str(record)]) == 0
    assert [store.result(run.id, kind) for kind in ("inspection", "xray")] == kept
    assert "accuracy" in record.read_text()


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (["0123456789ab"], "There is no run"),
        (["0123456789ab", "--xray", "1"], "An X-ray needs the number of a sample and a file"),
        (["0123456789ab", "--epochs", "3"], "can only be inspected with its own data and settings"),
        (["film_reasoning"], "A run needs data to train on"),
        (
            ["film_reasoning", "--data", "xor", "--refit", "0"],
            "`seeds` of the race can't be 0",
        ),
        (["film_reasoning", "--data", "missing.npz"], "error: There is no such file"),
        (["film_reasoning", "--data", "xor", "--samples", "0"], "error: `samples` of the dataset"),
    ],
)
def test_refusals(arguments: list[str], rule: str, store: Store, capsys: Capture) -> None:
    assert store.list() == ()
    assert main(["inspect", *arguments]) == 2
    printed, errors = capsys.readouterr()
    assert printed == ""
    assert rule in errors


def test_a_training_that_fails_is_not_inspected(tmp_path: Path, capsys: Capture) -> None:
    amount = fused([vector("left"), vector("right")], [{"name": "amount", "kind": "regression"}])
    path = tmp_path / "architecture.json"
    path.write_text(amount.json_text())
    options = ["--data", "additive", "--samples", "200", "--epochs", "60"]
    wild = ["--optimizer", "sgd", "--learning-rate", "10"]
    assert main(["inspect", str(path), *options, *wild, "--json"]) == 1
    printed, errors = capsys.readouterr()
    assert printed == ""
    assert "The loss is no longer a finite number" in errors
