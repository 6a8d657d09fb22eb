"""A row without an input: the app, the command and the scripts return the same number."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from components.__main__ import COMMAND_LINE
from components.app.parts.data.use_model import held_cells
from components.base.errors import DataError
from components.experiments.inspection.one_row import predict_row
from components.experiments.inspection.trained import inspect_kept
from components.experiments.queue.artifacts import weights_in
from components.experiments.queue.without_server import train_run
from components.experiments.training.models import SaveOptions
from components.experiments.training.requests import RunRequest, Settings
from components.models.architecture.architecture import Architecture, parse
from components.sharing.code.script import script_of
from components.sharing.predicting.predict_rows import load, prepared, read_preprocessing
from components.sharing.predicting.predict_script import predict_script
from components.sharing.predicting.row_table import RowTable, row_table
from sample_data import own
from sample_data.loading.sources import load as load_data
from sample_data.loading.sources import parse as parse_data
from sample_data.loading.sources import preprocessing
from tests.fresh import FreshPython

ROWS = 24


def table(rows: int, missing: int) -> bytes:
    """Return a zip file with a table of pictures and numbers; both cells are empty in each
    `missing`th row.
    """
    file, rng = io.BytesIO(), np.random.default_rng(0)
    lines = [["photo", "age", "height", "label"]]
    with zipfile.ZipFile(file, "w") as archive:
        for row in range(rows):
            picture = io.BytesIO()
            pixels = rng.integers(0, 255, (6, 6, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(picture, "PNG")
            name = "" if missing and row % missing == 1 else f"{row}.png"
            if name:
                archive.writestr(name, picture.getvalue())
            numbers = ["", ""] if missing and row % missing == 2 else [str(20 + row), f"1.{row}"]
            lines.append([name, *numbers, "ab"[row % 2]])
        text = io.StringIO()
        csv.writer(text).writerows(lines)
        archive.writestr("table.csv", text.getvalue())
    return file.getvalue()


def model(photo: str = "learned", body: str = "mean") -> Architecture:
    pictures = {"kind": "image", "height": 6, "width": 6, "channels": 3, "missing": photo}
    numbers = {"kind": "vector", "features": 2, "missing": body}
    return parse({
        "name": "patients",
        "inputs": [
            {
                "name": "photo", **pictures, "missing_rate": 0.2,
                "encoder": {"kind": "conv2d", "depth": 1, "filters": 4, "projection": 4},
            },
            {"name": "body", **numbers, "encoder": {"kind": "dense", "depth": 1, "units": 4}},
        ],
        "merges": [{"name": "fusion", "kind": "average", "sources": ["photo", "body"]}],
        "heads": [{"name": "label", "kind": "binary", "source": "fusion"}],
    })  # fmt: skip


MAPPING = own.ColumnMapping.model_validate({
    "inputs": {"photo": {"columns": ["photo"]}, "body": {"columns": ["age", "height"]}},
    "heads": {"label": {"columns": ["label"]}},
})  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunRequest, Path]:
    """Train a model on a file with empty cells; return the request and a folder with the model and
    rows.
    """
    folder = tmp_path_factory.mktemp("missing")
    content, architecture = table(ROWS, 5), model()
    prepared_data = own.prepare(own.read(content, "data.zip"), architecture, MAPPING)
    data = own.keep(prepared_data, folder, "data")
    settings = Settings(epochs=2, learning_rate=0.05)
    request = RunRequest(architecture=architecture, data=str(data), settings=settings)
    train_run(request, lambda _: None, save=SaveOptions(str(folder / "model.keras"), sys.maxsize))
    (folder / "rows.zip").write_bytes(content)
    return request, folder


def by_predict_py(folder: Path) -> list[float]:
    learned = read_preprocessing(folder / "model.keras")
    (folder / "predict.py").write_text(predict_script(learned, "model.keras"))
    done = subprocess.run(
        [sys.executable, "-I", "predict.py", "model.keras", "rows.zip", "-o", "out.csv"],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "5 rows lack `photo`, which was filled as in training." in done.stderr
    with (folder / "out.csv").open() as file:
        return [float(row["label: b"]) for row in csv.DictReader(file)]


def by_command(folder: Path) -> list[float]:
    done = CliRunner().invoke(
        COMMAND_LINE, ["predict", str(folder / "model.keras"), str(folder / "rows.zip")]
    )
    assert done.exit_code == 0, done.output
    return [float(row["label: b"]) for row in csv.DictReader(io.StringIO(done.stdout))]


def by_app(request: RunRequest, folder: Path, row: int) -> float:
    learned = read_preprocessing(folder / "model.keras")
    specs = [spec for step in learned["inputs"] for spec in step["columns"]]
    whole = row_table(folder / "rows.zip", specs)
    cells = {name: [column[row]] for name, column in whole.columns.items()}
    arrays, _ = prepared(learned, RowTable(cells, whole.files))
    weights = weights_in((folder / "model.keras").read_bytes())
    return float(predict_row(request.json_text(), weights, arrays)["label"].output[0])


def by_script(request: RunRequest, folder: Path) -> list[float]:
    """Train the model again with the exported script."""
    script, own_folder = script_of(request).text, folder / "script"
    own_folder.mkdir()
    (own_folder / "train.py").write_text(script)
    (own_folder / Path(str(request.data)).name).write_bytes(Path(str(request.data)).read_bytes())
    with FreshPython() as fresh:
        fresh.run(own_folder / "train.py")
    again = keras.saving.load_model(own_folder / "patients.keras")
    learned = read_preprocessing(folder / "model.keras")
    specs = [spec for step in learned["inputs"] for spec in step["columns"]]
    arrays, _ = prepared(learned, row_table(folder / "rows.zip", specs))
    return [float(one) for one in again.predict(arrays, verbose=0)["label"][:, 0]]


def test_a_row_that_lacks_an_input_gets_the_same_number_from_the_app_and_the_command(
    trained: tuple[RunRequest, Path],
) -> None:
    request, folder = trained
    expected = by_command(folder)
    for row in range(4):
        assert by_app(request, folder, row) == pytest.approx(expected[row], abs=1e-5)


@pytest.mark.matrix
def test_a_row_that_lacks_an_input_gets_the_same_number_from_scripts(
    trained: tuple[RunRequest, Path],
) -> None:
    request, folder = trained
    expected = by_command(folder)
    np.testing.assert_allclose(by_predict_py(folder), expected, atol=1e-5)
    np.testing.assert_allclose(by_script(request, folder), expected, atol=1e-4)


def test_empty_cells_become_a_presence_and_the_filling_is_the_mean_of_the_others(
    trained: tuple[RunRequest, Path],
) -> None:
    request, folder = trained
    with np.load(str(request.data)) as data:
        photo, body = data["photo_present"][:, 0], data["body_present"][:, 0]
        held, numbers = data["_held"], data["body"]
    assert [*photo[:6]] == [1, 0, 1, 1, 1, 1]
    assert [*body[:6]] == [1, 1, 0, 1, 1, 1]
    kept = keras.saving.load_model(folder / "model.keras")
    expected = numbers[(body > 0) & ~held].mean(axis=0)
    filling = kept.get_layer("body_filling").get_weights()[0]
    np.testing.assert_allclose(filling, expected[None], atol=1e-5)


def test_a_table_without_the_columns_of_an_input_lacks_it(
    trained: tuple[RunRequest, Path],
) -> None:
    noted: list[str] = []
    predictor = load(trained[1] / "model.keras", noted.append)
    (without,) = predictor.predict([{"age": "30", "height": "1.7"}])
    assert noted[0] == "There is no column `photo`: all rows count as empty there."
    (empty,) = predictor.predict([{"photo": "", "age": "30", "height": "1.7"}])
    assert without == empty


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (
            {"Foto": 1, "Photo": "", "age": 3, "height": 1},
            "no column `photo`, but one named `Photo`",
        ),
        ({"photo": "", "Age": 3, "height": 1}, r"`age` is missing. The table has `photo`, `Age`"),
        ({"photo": "", "hieght": 1}, "Rename it, or add an empty column `height`"),
        ({"name": "Ada"}, r"`photo`, `age`, `height` are missing. The table has `name`\."),
    ],
)
def test_a_misspelled_column_is_no_missing_input(
    trained: tuple[RunRequest, Path], row: dict[str, object], sentence: str
) -> None:
    learned = read_preprocessing(trained[1] / "model.keras")
    with pytest.raises(ValueError, match=sentence):
        prepared(learned, row_table([row], []))


def test_an_array_of_presences_marks_rows_without_an_input() -> None:
    architecture = parse({
        "inputs": [{"name": name, "kind": "vector", "features": 2, "missing": "zeros"}
                   for name in ("a", "b")],
        "merges": [{"name": "f", "kind": "add", "sources": ["a", "b"]}],
        "heads": [{"name": "y", "kind": "binary", "source": "f"}],
    })  # fmt: skip
    learned = preprocessing(architecture, parse_data("redundant"))
    table = {"a": np.ones((3, 2)), "b": np.ones((3, 2)), "b_present": np.array([[1], [0], [1]])}
    arrays, notes = prepared(learned, row_table(table, []))
    assert arrays["a_present"].tolist() == [[1], [1], [1]]
    assert arrays["b_present"].tolist() == [[1], [0], [1]]
    assert notes == ["1 row lacks `b`, which was filled as in training."]


def test_held_out_rows_have_empty_cells_where_they_lack_an_input(
    trained: tuple[RunRequest, Path],
) -> None:
    request, folder = trained
    learned = read_preprocessing(folder / "model.keras")
    cells, data = held_cells(request, learned, None), load_data(request.architecture, request.data)
    assert data.held is not None
    held = np.flatnonzero(data.held)
    again, _ = prepared(learned, RowTable(cells))
    for name in ("photo_present", "body_present"):
        np.testing.assert_array_equal(again[name], data.inputs[name][held])


def test_shares_use_the_filling_and_say_so(trained: tuple[RunRequest, Path]) -> None:
    request, folder = trained
    weights = weights_in((folder / "model.keras").read_bytes())
    found = json.loads(inspect_kept(request.json_text(), weights, 1.0))
    assert found["filled"] == ["photo", "body"]
    lone = {tuple(c["inputs"]): c["value"] for c in found["heads"]["label"]["coalitions"]}
    assert lone[()] == found["heads"]["label"]["nothing"]


def test_an_empty_cell_of_an_input_that_is_never_missing_is_refused() -> None:
    read = own.read(table(ROWS, 5), "data.zip")
    with pytest.raises(DataError, match="Every row needs a file in `photo`"):
        own.prepare(read, model(photo="never"), MAPPING)


def test_a_file_without_empty_cells_has_all_inputs_in_all_rows(tmp_path: Path) -> None:
    whole = own.prepare(own.read(table(ROWS, 0), "data.zip"), model(), MAPPING)
    assert list(whole.dataset.inputs) == ["photo", "body"]
    kept = load_data(model(), str(own.keep(whole, tmp_path, "data")))
    assert kept.inputs["photo_present"].tolist() == [[1.0]] * ROWS
