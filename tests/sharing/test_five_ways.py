"""One contract of `predict.py`, the command, and `fp.load` with a file, a data frame and dicts.

Each kind of cell has the same reading in all of them, and the same sentence if there is one.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
import subprocess
import sys
import unicodedata
import warnings
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import fusion_playground as fp
from components.__main__ import main
from components.experiments.queue.without_server import train_run
from components.experiments.training.models import SaveOptions
from components.experiments.training.requests import RunRequest, Settings
from components.sharing.predicting.predict_rows import load, prepared
from components.sharing.predicting.predict_script import predict_script
from components.sharing.predicting.row_table import row_table
from sample_data import own
from sample_data.loading.sources import preprocessing
from tests.sharing.predicting.test_predict import learned, mapped, specs_of

ROWS = 200
TABLE = "größe;income;city;code;member;seen;note;paid\n" + "".join(
    f"{20 + row * 7 % 40};{('1.', '')[row % 2]}{100 + row},5;"
    f"{('Köln', 'Oslo', 'Rom', '')[row % 4]};"
    f"{('12', 'x7', '30')[row % 3]};{('TRUE', 'FALSE')[row % 2]};{1 + row % 9}.3.2024;"
    f"grün wort{row % 25};{('no', 'yes')[row * row // 3 % 2]}\n"
    for row in range(40)
)
USUAL = {
    "größe": "31",
    "income": "17,5",
    "city": "Oslo",
    "code": "x7",
    "member": "FALSE",
    "seen": "5.3.2024",
    "note": "grün",
}
_LOG = re.compile(r"[IWE]\d{4} ")
"""Beginning of a line that TensorFlow logs."""
NFD = unicodedata.normalize("NFD", "Köln grün").split()
KINDS: Mapping[str, tuple[str, str, Any, str]] = {
    "empty": ("city", "", "", ""),
    "NA": ("city", "NA", pd.NA, ""),
    "None": ("größe", "", None, ""),
    "NaN": ("income", "nan", float("nan"), ""),
    "no date": ("seen", "", pd.NaT, ""),
    "thousands": ("income", "1.234", "1.234", "1234"),
    "thousands and decimals": ("income", "1.234,5", "1.234,5", "1234,5"),
    "decimal comma": ("income", "2,5", 2.5, "2,5"),
    "text of a date": ("seen", "4.3.2024", "4.3.2024", "4.3.2024"),
    "ISO date": ("seen", "2024-03-04", date(2024, 3, 4), "4.3.2024"),
    "datetime64": ("seen", "2024-03-04 00:00:00", np.datetime64("2024-03-04", "ns"), "4.3.2024"),
    "Timestamp": ("seen", "2024-03-04", pd.Timestamp("2024-03-04"), "4.3.2024"),
    "composed": ("city", "Köln", "Köln", "Köln"),
    "decomposed": ("city", NFD[0], NFD[0], "Köln"),
    "unseen category": ("city", "Lima", "Lima", ""),
    "whitespace": ("city", "  Oslo ", "  Oslo ", "Oslo"),
    "boolean": ("member", "TRUE", True, "TRUE"),
    "boolean in other letters": ("member", "true", np.bool_(True), "TRUE"),
    "boolean as a number": ("größe", "True", True, "1"),
    "integer as a float": ("größe", "32.0", 32.0, "32"),
    "category as a float": ("code", "12.0", 12.0, "12"),
    "text of a number": ("größe", "32", "32", "32"),
    "no number": ("größe", "old", "old", ""),
    "decomposed words": ("note", f"wort1 {NFD[1]}", f"wort1 {NFD[1]}", "wort1 grün"),
}
"""Column, text in a file, value in Python, and its meaning as a file for training has it."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a trained model, its `predict.py`, and the rows in a file."""
    folder = tmp_path_factory.mktemp("ways")
    architecture, done = mapped(TABLE.encode(), "table.csv")
    data = own.keep(done, folder, "table")
    request = RunRequest(architecture=architecture, data=str(data), settings=Settings(epochs=1))
    model = SaveOptions(str(folder / "model.keras"), sys.maxsize)
    assert train_run(request, lambda _: None, save=model).status == "finished"
    script = predict_script(preprocessing(architecture, str(data)), "model.keras")
    (folder / "predict.py").write_text(script, encoding="utf-8")
    (folder / "rows.csv").write_text(semicolons(rows(1)), encoding="utf-8")
    return folder


def rows(at: int) -> list[dict[str, Any]]:
    """Return rows with a cell of each kind in turn: 1 gives its text, 2 its value, 3 its meaning.

    The usual numbers differ, so that hardly two rows are the same.
    """
    kinds = [*KINDS.values()]
    cells = (kinds[row % len(kinds)] for row in range(ROWS))
    usual = ({**USUAL, "income": f"{100 + row},5"} for row in range(ROWS))
    return [{**row, cell[0]: cell[at]} for row, cell in zip(usual, cells, strict=True)]


def semicolons(table: list[dict[str, Any]], delimiter: str = ";") -> str:
    """Return rows as the text of a file."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(table[0]), delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue()


Answer = tuple[list[dict[str, Any]], list[str]]
"""Predictions, and the sentences on the rows."""


def read_answer(text: str, notes: str) -> Answer:
    """Return the predictions in a CSV file, and the sentences among the lines of the log."""
    table = [
        {name: float(cell) if ": " in name else cell for name, cell in row.items()}
        for row in csv.DictReader(io.StringIO(text))
    ]
    return table, [line for line in notes.splitlines() if "`" in line and not _LOG.match(line)]


def script(folder: Path, _: pytest.CaptureFixture[str]) -> Answer:
    call = [sys.executable, "-I", "predict.py", "model.keras", "rows.csv", "-o", "out.csv"]
    done = subprocess.run(call, cwd=folder, capture_output=True, encoding="utf-8", check=True)
    return read_answer((folder / "out.csv").read_text(encoding="utf-8"), done.stderr)


def command(folder: Path, capsys: pytest.CaptureFixture[str]) -> Answer:
    assert main(["predict", str(folder / "model.keras"), str(folder / "rows.csv")]) == 0
    done = capsys.readouterr()
    return read_answer(done.out, done.err)


def loaded(make: Callable[[Path], Any]) -> Callable[[Path, pytest.CaptureFixture[str]], Answer]:
    """Return a way that gives `fp.load` the rows that are made."""

    def way(folder: Path, _: pytest.CaptureFixture[str]) -> Answer:
        with warnings.catch_warnings(record=True) as noted:
            warnings.simplefilter("always")
            predicted = fp.load(folder / "model.keras").predict(make(folder))
        return predicted, [str(one.message) for one in noted if one.category is UserWarning]

    return way


WAYS = {
    "predict.py": script,
    "command": command,
    "file": loaded(lambda folder: folder / "rows.csv"),
    "frame": loaded(lambda _: pd.DataFrame(rows(2))),
    "dicts": loaded(lambda _: rows(2)),
}
NOTES = [
    "The cell `old` of `größe` can't be read and counts as empty.",
    "17 empty cells of `größe` became the mean of training.",
    "9 empty cells of `income` became the mean of training.",
    "9 empty cells of `seen` became the mean of training.",
    "Training has not seen `Lima` in `city`; counted as `(missing)`.",
    "18 empty cells of `city` counted as `(missing)`.",
]


@pytest.mark.parametrize("name", WAYS)
def test_each_way_reads_each_kind_of_cell_alike(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found, notes = WAYS[name](folder, capsys)
    expected = load(folder / "model.keras", lambda _: None).predict(rows(3))
    assert [row["paid"] for row in found] == [row["paid"] for row in expected]
    chances, wanted = ([row["paid: yes"] for row in each] for each in (found, expected))
    np.testing.assert_allclose(chances, wanted, rtol=0, atol=1e-6)
    assert len(set(np.round(wanted, 5))) > ROWS / 2
    assert notes == NOTES
    for row, kind in zip(expected, itertools.cycle(KINDS), strict=False):
        if kind == "unseen category":
            row["note"] = row["note"].replace("city has no value", "city is new")
    assert [row["note"] for row in found] == [row["note"] for row in expected]


FORMS: Mapping[str, Callable[[Path, dict[str, Any], dict[str, Any]], Any]] = {
    "a file with commas": lambda folder, row, _: written(folder, semicolons([row], ",")),
    "Excel": lambda folder, _, row: saved(folder, row, "to_excel", "rows.xlsx"),
    "Parquet": lambda folder, _, row: saved(folder, row, "to_parquet", "rows.parquet"),
    "a frame of texts": lambda _, row, __: pd.DataFrame([row]),
    "a frame": lambda _, __, row: pd.DataFrame([row]),
    "a frame with NA": lambda _, __, row: pd.DataFrame([row]).convert_dtypes(),
    "columns": lambda _, __, row: {name: [cell] for name, cell in row.items()},
    "indexed columns": lambda _, __, row: pd.DataFrame([row]).to_dict(),
    "single values": lambda _, __, row: row,
    "a series": lambda _, __, row: pd.DataFrame([row], dtype=object).iloc[0],
    "series": lambda _, __, row: [pd.Series(row, dtype=object)],
    "other names": lambda _, __, row: {
        f" {unicodedata.normalize('NFD', name)}": [cell] for name, cell in row.items()
    },
}


def written(folder: Path, text: str) -> Path:
    (folder / "rows.csv").write_text(text, encoding="utf-8")
    return folder / "rows.csv"


def saved(folder: Path, row: dict[str, Any], method: str, name: str) -> Path:
    getattr(pd.DataFrame([row]), method)(folder / name, index=False)
    return folder / name


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return learned(TABLE.encode(), "table.csv", tmp_path_factory.mktemp("steps"))[0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_single_row_of_each_form_has_the_meaning_of_its_cells(
    kind: str, steps: dict[str, Any], tmp_path: Path
) -> None:
    column, *cells = KINDS[kind]
    text, value, meaning = ({**USUAL, column: cell} for cell in cells)
    specs = specs_of(steps)
    expected, _ = prepared(steps, row_table([meaning], specs))
    _, noted = prepared(steps, row_table(written(tmp_path, semicolons([text])), specs))
    for form, make in FORMS.items():
        arrays, notes = prepared(steps, row_table(make(tmp_path, text, value), specs))
        assert notes == noted, form
        for name, array in expected.items():
            np.testing.assert_array_equal(arrays[name], array, form)
