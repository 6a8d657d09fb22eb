"""Rows of tables, prepared and predicted outside the app with the same results as in the app."""

from __future__ import annotations

import ast
import inspect
import io
import json
import sys
import zipfile
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

import keras
import numpy as np
import openpyxl
import pandas as pd
import pytest
from PIL import Image
from tensorflow.errors import ResourceExhaustedError

from components.base.errors import DataError
from components.experiments.queue.without_server import train_run
from components.experiments.training.models import SaveOptions
from components.experiments.training.requests import RunRequest, Settings
from components.models import imported
from components.models.architecture.architecture import Architecture
from components.sharing.predicting.predict_rows import load, predictions, prepared
from components.sharing.predicting.predict_script import MODULES
from components.sharing.predicting.row_table import read_table, row_table
from sample_data import own
from sample_data.collections import COLLECTIONS
from sample_data.columns.preparation import RowsError
from sample_data.columns.restore import restored
from sample_data.loading.sources import CollectionSpec, preprocessing
from sample_data.loading.sources import load as load_data
from sample_data.own.saving import data_file

ROWS = 40
TABLE = "age;income;city;note;seen;paid\n" + "".join(
    f"{20 + row * 7 % 40};{row},5;{('Köln', 'Oslo', 'Oslo', '')[row % 4]};gut wort{row % 25};"
    f"{1 + row % 9}.3.2024;{('no', 'yes')[row % 2]}\n"
    for row in range(ROWS)
)


def mapped(content: bytes, name: str) -> tuple[Architecture, own.Prepared]:
    """Return a proposed model for a file, and its prepared data."""
    table = own.read(content, name)
    architecture = own.propose(table)
    mapping = own.propose_mapping(table, architecture)
    architecture = own.fit(table, architecture, mapping)
    return architecture, own.prepare(table, architecture, mapping)


def learned(content: bytes, name: str, folder: Path) -> tuple[dict[str, Any], own.Prepared]:
    """Return the preprocessing learned from a file, after a round trip through JSON, and the
    prepared data.
    """
    architecture, done = mapped(content, name)
    path = own.keep(done, folder, name)
    steps: dict[str, Any] = json.loads(json.dumps(preprocessing(architecture, str(path))))
    return steps, done


def specs_of(steps: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the columns that a model reads."""
    return [spec for step in steps["inputs"] for spec in step["columns"]]


def pictures(table: bool) -> bytes:
    """Return a zip file with pictures of several sizes and kinds, in folders or named by a
    table.
    """
    file, lines, rng = io.BytesIO(), ["file;weight;label"], np.random.default_rng(0)
    with zipfile.ZipFile(file, "w") as archive:
        for row in range(12):
            picture = io.BytesIO()
            pixels = rng.integers(0, 255, (8 + row % 3, 9, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(picture, "PNG" if row % 2 else "JPEG")
            name = f"{row:03}.{'png' if row % 2 else 'jpg'}"
            archive.writestr(name if table else f"{'ab'[row % 2]}/{name}", picture.getvalue())
            lines.append(f"{row};{row},5;{'ab'[row % 2]}")
        if table:
            archive.writestr("labels.csv", "\n".join(lines))
    return file.getvalue()


def sequences() -> bytes:
    """Return a zip file with sequences of several lengths and a table that names them."""
    file, lines = io.BytesIO(), ["series,label"]
    with zipfile.ZipFile(file, "w") as archive:
        for row in range(12):
            array = io.BytesIO()
            np.save(array, np.arange((3 + row % 4) * 2).reshape(-1, 2) * (row + 0.5))
            archive.writestr(f"s{row}.npy", array.getvalue())
            lines.append(f"s{row}.npy,{'ab'[row % 2]}")
        archive.writestr("labels.csv", "\n".join(lines))
    return file.getvalue()


def arrays() -> bytes:
    """Return a file with an array of each kind."""
    file, rng = io.BytesIO(), np.random.default_rng(0)
    np.savez(
        file,
        x=rng.normal(2, 3, (12, 5)),
        picture=rng.integers(0, 255, (12, 9, 9, 1), dtype=np.uint8),
        ids=rng.integers(0, 30, (12, 6)),
        series=rng.normal(size=(12, 7, 2)),
        y=np.array(["low", "high"] * 6),
    )
    return file.getvalue()


def typed() -> pd.DataFrame:
    """Return a table with typed cells, some of them empty."""
    rows = range(ROWS)
    return pd.DataFrame(
        {
            "day": [datetime(2024, 3, 1 + row % 9, 6 * (row % 4)) for row in rows],
            "size": [row * 1.5 if row % 7 else None for row in rows],
            "sold": [row % 3 == 0 for row in rows],
            "city": [("Köln", "n/a", None, "12")[row % 4] for row in rows],
            "note": [f" good word{row % 25} " for row in rows],
            "label": [row % 2 for row in rows],
        }
    )


def workbook() -> bytes:
    """Return the table as an Excel file."""
    file = io.BytesIO()
    typed().to_excel(file, index=False)
    return file.getvalue()


NUMBERS = "".join(f"{row * 7 % 30}.5,{row},{row % 3}\n" for row in range(30))
FILES = {
    "table.csv": TABLE.encode(),
    "latin.csv": TABLE.encode("latin-1"),
    "numbers.csv": NUMBERS.encode(),
    "typed.tsv": typed().to_csv(index=False, sep="\t").encode(),
    "typed.xlsx": workbook(),
    "typed.parquet": typed().to_parquet(),
    "folders.zip": pictures(table=False),
    "named.zip": pictures(table=True),
    "sequences.zip": sequences(),
    "arrays.npz": arrays(),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_becomes_the_arrays_that_training_had(name: str, tmp_path: Path) -> None:
    content = FILES[name]
    steps, done = learned(content, name, tmp_path)
    file = tmp_path / name
    file.write_bytes(content)
    again, _ = prepared(steps, read_table(file, specs_of(steps)))
    assert again.keys() == {step["input"] for step in steps["inputs"]}
    for part, array in again.items():
        wanted = done.dataset.inputs[part]
        np.testing.assert_allclose(array, wanted, rtol=1e-5, atol=1e-6, err_msg=part)


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return learned(TABLE.encode(), "table.csv", tmp_path_factory.mktemp("data"))[0]


ROW = {"age": "31", "income": "2,5", "city": "Oslo", "note": "gut", "seen": "4.3.2024"}


def test_a_row_may_have_numbers_and_dates_of_other_types(steps: dict[str, Any]) -> None:
    typed = {**ROW, "age": 31, "income": 2.5, "seen": date(2024, 3, 4)}
    one, other = (prepared(steps, row_table([row], []))[0] for row in (ROW, typed))
    for name in one:
        np.testing.assert_array_equal(one[name], other[name])


@pytest.mark.parametrize(
    ("cells", "numbers", "notes"),
    [
        (
            ["1.234"],
            [1234],
            ["A cell of `income` has two readings: `1.234` is read as 1234, not as 1.234."],
        ),
        (
            ["1.234", "2.345"],
            [1234, 2345],
            [
                "2 different cells of `income` have two readings: `1.234` is read as 1234, not as "
                "1.234."
            ],
        ),
        (["1.234", "2,5"], [1234, 2.5], []),
        (["1.234", "2.5"], [1.234, 2.5], []),
        (["0.123"], [0.123], []),
        (["1,234.5"], [1234.5], []),
    ],
)
def test_the_style_of_training_comes_first_and_a_second_reading_is_noted(
    steps: dict[str, Any], cells: list[str], numbers: list[float], notes: list[str]
) -> None:
    found, noted = prepared(steps, row_table([{**ROW, "income": cell} for cell in cells], []))
    typed = [{**ROW, "income": number} for number in numbers]
    expected, _ = prepared(steps, row_table(typed, []))
    np.testing.assert_array_equal(found["numbers"], expected["numbers"])
    assert noted == notes


def test_held_out_rows_are_read_as_they_were(steps: dict[str, Any]) -> None:
    """Write numbers of three decimals in the style of training: `2.345` would be thousands."""
    (step,) = (each for each in steps["inputs"] if each["input"] == "numbers")
    expected, _ = prepared(steps, row_table([{**ROW, "income": 2.345}], []))
    cells = restored(step, expected["numbers"])
    found, notes = prepared(steps, row_table([{**ROW, "income": cells["income"][0]}], []))
    np.testing.assert_allclose(found["numbers"], expected["numbers"], rtol=1e-5)
    assert notes == []


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ({**ROW, "age": [31, 32]}, "`age` has several values and `income` has one"),
        ({name: [cell] * (1 + (name == "city")) for name, cell in ROW.items()},
         "`age` has 1 and `city` 2"),
        ([31, 2.5], "one is of the type int"),
        (5, "one is of the type int"),
        ([], "There are no rows"),
        (pd.DataFrame([[*ROW.values(), 1]], columns=[*ROW, " age"]), "the same name, `age`"),
    ],
)  # fmt: skip
def test_rows_that_are_none_get_a_sentence(steps: dict[str, Any], rows: Any, sentence: str) -> None:
    with pytest.raises(RowsError, match=sentence):
        prepared(steps, row_table(rows, []))


def test_numbers_and_dates_that_are_categories_are_known_again(tmp_path: Path) -> None:
    text = "zip,seen,label\n" + "".join(
        f"0{row % 4},{1 + row % 5}.3.2024,{row % 2}\n" for row in range(40)
    )
    table = own.read_as(own.read(text.encode(), "t.csv"), {"zip": "category", "seen": "category"})
    architecture = own.propose(table)
    done = own.prepare(table, architecture, own.propose_mapping(table, architecture))
    learned_of = preprocessing(architecture, str(own.keep(done, tmp_path, "t")))
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    again, notes = prepared(learned_of, read_table(tmp_path / "t.csv", specs_of(learned_of)))
    assert notes == []
    for name, array in done.dataset.inputs.items():
        np.testing.assert_array_equal(again[name], array)


def test_values_unseen_in_training_are_reported(steps: dict[str, Any]) -> None:
    row = {**ROW, "age": "", "income": "much", "city": "Lima", "note": "neu", "extra": 1}
    _, notes = prepared(steps, row_table([row], []))
    assert notes == [
        "1 additional column is not used: `extra`.",
        "1 empty cell of `age` became the mean of training.",
        "The cell `much` of `income` can't be read and counts as empty.",
        "1 empty cell of `income` became the mean of training.",
        "Training has not seen `Lima` in `city`; counted as `(missing)`.",
        "1 word of `note` is not in the vocabulary, which has one id for all such words.",
    ]


def test_a_missing_column_is_named(steps: dict[str, Any]) -> None:
    row = {name: cell for name, cell in ROW.items() if name != "city"}
    with pytest.raises(ValueError, match=r"The column `city` is missing\. The table has `age`"):
        prepared(steps, row_table([row], []))


def test_prepared_data_are_refused(steps: dict[str, Any], tmp_path: Path) -> None:
    content = arrays()
    learned_of, _ = learned(content, "arrays.npz", tmp_path)
    (file,) = tmp_path.glob("*.npz")
    for each in (learned_of, steps):
        with pytest.raises(ValueError, match="can't be prepared again"):
            prepared(each, read_table(file, []))
    with pytest.raises(DataError, match="prepared for a model already"):
        own.read(file.read_bytes(), file.name)


@pytest.mark.parametrize("kind", ["cars", "wine"])
def test_the_scaled_data_of_a_collection_are_refused_and_used_as_they_are(
    kind: str, tmp_path: Path
) -> None:
    architecture, data = COLLECTIONS[kind]().architecture, CollectionSpec(collection=kind)
    file = tmp_path / "data.npz"
    file.write_bytes(data_file(architecture, data))
    with pytest.raises(ValueError, match="can't be prepared again"):
        prepared(preprocessing(architecture, data), read_table(file, []))
    whole, found = load_data(architecture, data), load_data(architecture, str(file))
    for name, array in whole.inputs.items():
        np.testing.assert_array_equal(found.inputs[name], array)


def test_the_sheet_with_the_columns_of_the_model_is_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["A note"])
    data = book.create_sheet("Data")
    for row in (["age", "kind"], [41, "a"]):
        data.append(row)
    book.save(tmp_path / "rows.xlsx")
    specs = [{"column": "age", "as": "number"}]
    assert read_table(tmp_path / "rows.xlsx", specs).columns == {"age": [41], "kind": ["a"]}
    assert list(read_table(tmp_path / "rows.xlsx", [{"column": "b", "as": "number"}]).columns) == [
        "A note"
    ]


@pytest.mark.parametrize("ending", ["zip", "npz", "xlsx"])
def test_a_damaged_file_of_rows_gets_a_sentence(tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"rows.{ending}"
    file.write_bytes(b"PK no archive")
    with pytest.raises(ValueError, match=rf"`rows\.{ending}` is damaged"):
        read_table(file, [])


def test_a_model_trained_on_prepared_data_predicts_them(tmp_path: Path) -> None:
    """Use a copy of the file without its description, as *Data* downloads it, unchanged."""
    architecture, done = mapped(arrays(), "arrays.npz")
    file = tmp_path / "data.npz"
    file.write_bytes(own.keep(done, tmp_path / "kept", "arrays").read_bytes())
    found = load_data(architecture, str(file))
    again, _ = prepared(preprocessing(architecture, str(file)), read_table(file, []))
    for name, array in done.dataset.inputs.items():
        np.testing.assert_array_equal(found.inputs[name], array)
        np.testing.assert_array_equal(again[name], array)


def test_outputs_become_classes_with_probabilities_and_numbers_in_their_units() -> None:
    heads = [
        {"head": "a", "kind": "binary", "columns": [], "classes": ["no", "yes"]},
        {"head": "b", "kind": "classes", "columns": [], "classes": ["x"]},
        {
            "head": "c",
            "kind": "numbers",
            "scaled": True,
            "columns": [{"column": "price", "means": [10.0], "deviations": [2.0]}],
        },
    ]
    outputs = {"a": [[0.75]], "b": [[0.25, 0.75]], "c": [[1.5]]}
    assert predictions({"heads": heads}, outputs) == [
        {"a": "yes", "a: no": 0.25, "a: yes": 0.75, "b": "1", "b: x": 0.25, "b: 1": 0.75, "c": 13.0}
    ]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a trained model."""
    folder = tmp_path_factory.mktemp("model")
    architecture, done = mapped(TABLE.encode(), "table.csv")
    data = own.keep(done, folder, "table")
    request = RunRequest(architecture=architecture, data=str(data), settings=Settings(epochs=1))
    file = folder / "model.keras"
    result = train_run(request, lambda _: None, save=SaveOptions(str(file), sys.maxsize))
    assert result.status == "finished"
    return file


@pytest.mark.parametrize(
    ("cells", "note"),
    [
        ({}, ""),
        ({"city": "Lima"}, "city is new"),
        ({"city": ""}, "city has no value"),
        ({"city": " Oslo "}, ""),
        ({"income": ""}, "income has no value"),
        ({"income": "1e9"}, "income is far from the mean of training"),
        ({"income": "-1e9"}, "income is far from the mean of training"),
        ({"income": "old"}, "income has no value"),
        ({"city": "Lima", "income": None}, "income has no value; city is new"),
    ],
)
def test_a_row_has_a_note_on_what_training_has_not_seen(
    model: Path, cells: dict[str, Any], note: str
) -> None:
    usual, row = load(model, lambda _: None).predict([ROW, {**ROW, **cells}])
    assert (usual["note"], row["note"]) == ("", note)


def test_a_sentence_is_printed_once_and_classes_have_their_names(model: Path) -> None:
    reported: list[str] = []
    predictor = load(model, reported.append)
    for _ in range(2):
        (row,) = predictor.predict([{**ROW, "city": "Lima"}])
    assert row.keys() == {"paid", "paid: no", "paid: yes", "note"}
    assert row["paid"] in ("no", "yes")
    assert reported == ["Training has not seen `Lima` in `city`; counted as `(missing)`."]


def test_a_model_with_a_lambda_layer_is_refused_with_a_sentence(
    model: Path, tmp_path: Path
) -> None:
    file, entry = tmp_path / "changed.keras", keras.Input((2,))
    keras.Model(entry, keras.layers.Lambda(lambda x: x * 2)(entry)).save(file)
    with zipfile.ZipFile(model) as trained, zipfile.ZipFile(file, "a") as archive:
        archive.writestr("preprocessing.json", trained.read("preprocessing.json"))
    with pytest.raises(RowsError, match="has a Lambda layer"):
        load(file)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ResourceExhaustedError(None, None, "OOM when allocating\nHint: …"), "needs more memory"),
        (ValueError("first line\nsecond line"), r"\(ValueError: first line\)\.$"),
    ],
    ids=["memory", "another"],
)
def test_an_error_of_keras_while_it_predicts_is_a_sentence(
    model: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, sentence: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    predictor = load(model)
    monkeypatch.setattr(predictor.model, "predict", fail)
    with pytest.raises(RowsError, match=sentence):
        predictor.predict([ROW])


def test_the_viewer_reads_the_file_with_its_preprocessing(model: Path) -> None:
    with zipfile.ZipFile(model) as archive:
        assert "preprocessing.json" in archive.namelist()
    found = imported.read(model.read_bytes())
    assert found.costs.total.parameters == keras.saving.load_model(model).count_params()
    assert (found.unknown, found.uncounted) == ((), ())


def test_the_modules_of_the_script_have_no_name_twice() -> None:
    names = Counter(
        name
        for module in MODULES
        for node in ast.parse(inspect.getsource(module)).body
        for name in defined(node)
    )
    assert [name for name, count in names.items() if count > 1] == []
    assert len(names) > 50


def defined(node: ast.stmt) -> list[str]:
    """Return the names that a statement of a module defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]
