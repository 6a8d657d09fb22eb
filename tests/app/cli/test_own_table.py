"""A table of one's own in place of an architecture and its data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from components.__main__ import main
from components.app.cli.own_table import of_table
from components.sharing.links.link import share
from sample_data.loading.sources import load

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the path of a table of patients with two rows each."""
    monkeypatch.setenv("FUSION_DATA", str(tmp_path / "data"))
    lines = [f"P{i // 2},{20 + i % 50},{'ab'[i * i % 5 % 2]}" for i in range(80)]
    path = tmp_path / "mine.csv"
    path.write_text("\n".join(["patient,age,kind", *lines]))
    return str(path)


def test_a_table_is_trained_on_without_an_architecture(capsys: Capture, table: str) -> None:
    assert main(["train", table, "--epochs", "1", "--json"]) == 0
    printed = capsys.readouterr()
    assert "val_kind/accuracy" in json.loads(printed.out)["metrics"]
    assert "age reads age.\nkind predicts kind.\npatient is not used: it looks" in printed.err


def test_held_out_rows_are_those_of_its_settings(table: str) -> None:
    dataset = load(*of_table(f"{table}:group=patient,share=0.5,seed=3"))
    assert dataset.held is not None
    assert dataset.held.sum() == 40
    assert (dataset.held[::2] == dataset.held[1::2]).all()


def test_an_architecture_gets_the_columns_of_a_table(
    capsys: Capture, table: str, tmp_path: Path
) -> None:
    assert main(["code", table, "-o", str(tmp_path / "mine.py")]) == 0
    assert f"Wrote {tmp_path / 'mine.py'}." in capsys.readouterr().err
    model, rows = of_table(table)
    assert of_table(table, model) == (model, rows)
    assert main(["train", share(model), "--data", table, "--epochs", "1"]) == 0
    assert main(["train", "wide_and_deep", "--data", table, "--epochs", "1"]) == 2
    assert "No column is assigned to the" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ("groups=patient", "Did you mean `group`?"),
        ("group", "no setting of that name (group)"),
        ("group=patient,time=age", "by groups or by time, not by both (group=patient and time=age"),
        ("share=2", "can't be 2. Use 0.9 or less"),
        ("group=ward", "has no column `ward`"),
    ],
)
def test_wrong_settings_of_a_table_get_a_sentence(
    capsys: Capture, table: str, settings: str, sentence: str
) -> None:
    assert main(["train", f"{table}:{settings}"]) == 2
    assert sentence in capsys.readouterr().err


def test_a_table_that_is_not_there_gets_a_sentence(capsys: Capture) -> None:
    assert main(["train", "absent.csv"]) == 2
    assert "can't be read (absent.csv: No such file" in capsys.readouterr().err
