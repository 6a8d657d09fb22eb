"""Predictions for the rows of a table with a model in a `.keras` file.

The text of this file is the end of every `predict.py`, after those that it imports.
"""

from __future__ import annotations

import argparse
import csv
import difflib
import importlib.util
import io
import json
import os
import sys
import warnings
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from components.sharing.predicting.row_cells import parts_of, read_cells
from components.sharing.predicting.row_table import RowTable, row_table
from sample_data.columns.cells import one_spelling
from sample_data.columns.preparation import (
    PREPROCESSING,
    Array,
    Cells,
    RowsError,
    Step,
    apply,
    present,
    row_notes,
    unseen,
)

VERSION = 2
"""Version of the preprocessing in a model's file that this program reads."""
_PREPARED = "_prepared"
"""Array that marks files whose rows are already prepared as the model's inputs."""
_BACKENDS = ("tensorflow", "jax", "torch")
_NEAR = 0.8
"""Minimum similarity of two column names, from 0 to 1, that suggests a misspelling."""
_MEMORY_ERRORS = ("ResourceExhaustedError", "MemoryError", "OutOfMemoryError")
"""Errors of TensorFlow, Python and PyTorch where memory is not enough."""


class RowPredictor:
    """Trained model that predicts rows of a table.

    `warn` is called once with each sentence about values that training has not seen.
    """

    def __init__(
        self,
        model: Any,
        preprocessing: Mapping[str, Any],
        warn: Callable[[str], object] = warnings.warn,
    ) -> None:
        self.model, self.preprocessing, self._warn = model, preprocessing, warn
        self._noted: set[str] = set()

    @property
    def specs(self) -> list[Step]:
        """Columns that the model reads, with the format of their cells."""
        return _specs(self.preprocessing)

    def predict(self, rows: Any) -> list[dict[str, Any]]:
        """Predict rows: the path of a table, a data frame, a dict of columns or a list of dicts.

        A dict of single values, or one row of a data frame, is one row. A prediction has the class
        for each head by name, and the probability of each class as `head: class`; a head that
        predicts numbers has its numbers. `note` names the columns of the row that have no value, a
        category that training has not seen, or a number far from the mean of training. Raises
        `RowsError` for a missing column, and for a model that Keras can't compute.
        """
        inputs, notes = _read_inputs(self.preprocessing, row_table(rows, self.specs))
        for note in notes:
            if note not in self._noted:
                self._noted.add(note)
                self._warn(note)
        try:
            outputs = self.model.predict(_input_arrays(inputs), batch_size=256, verbose=0)
        except Exception as error:  # Each backend has its own.
            raise _not_computed(error) from None
        predicted = predictions(self.preprocessing, outputs)
        name = "note" if "note" not in predicted[0] else "note on the row"
        unusual = [pair for step, columns in inputs for pair in row_notes(step, columns)]
        for index, row in enumerate(predicted):
            row[name] = "; ".join(text for rows, text in unusual if rows[index])
        return predicted


def load(
    path: str | os.PathLike[str],
    warn: Callable[[str], object] = warnings.warn,
    converted: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
) -> RowPredictor:
    """Load a trained model. `converted` converts preprocessing of other versions.

    Raises `RowsError` for a file without preprocessing or with another version of it, and for a
    model that Keras can't load.
    """
    preprocessing = (converted or _require_version)(read_preprocessing(path))
    _choose_backend()
    import keras

    try:
        model = keras.saving.load_model(path, compile=False)
    except Exception as error:  # Keras raises many kinds of error for changed files.
        raise _not_loaded(Path(path), error) from None
    return RowPredictor(model, preprocessing, warn)


def _not_loaded(path: Path, error: Exception) -> RowsError:
    with suppress(OSError, KeyError, zipfile.BadZipFile), zipfile.ZipFile(path) as archive:
        if b'"Lambda"' in archive.read("config.json"):
            return RowsError(
                f"`{path.name}` has a Lambda layer, whose code is not run. Use a model of the "
                "playground, which has layers of Keras only."
            )
    return RowsError(
        f"Keras can't load the model of `{path.name}` ({_first_line(error)}). Download it again."
    )


def _not_computed(error: Exception) -> RowsError:
    if type(error).__name__ in _MEMORY_ERRORS:
        return RowsError(
            "The model needs more memory than this machine has. Use a smaller model, or predict "
            "fewer rows at a time."
        )
    return RowsError(f"Keras can't compute the predictions ({_first_line(error)}).")


def _first_line(error: Exception) -> str:
    line = next(iter(str(error).strip().splitlines()), "")[:200]
    return f"{type(error).__name__}: {line}".rstrip(":. ")


def read_preprocessing(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the preprocessing learned in training. Raises `RowsError` if the file has none."""
    name = Path(path).name
    try:
        with zipfile.ZipFile(path) as archive:
            learned: dict[str, Any] = json.loads(archive.read(PREPROCESSING))
    except OSError as error:
        raise RowsError(f"`{name}` can't be read: {error.strerror}.") from None
    except zipfile.BadZipFile:
        raise RowsError(f"`{name}` is not a `.keras` file.") from None
    except KeyError:
        raise RowsError(
            f"`{name}` does not hold {PREPROCESSING}, so rows can't be prepared for it. Download "
            "the model of a run of Fusion Playground."
        ) from None
    return learned


def _require_version(learned: dict[str, Any]) -> dict[str, Any]:
    if learned.get("version") != VERSION:
        raise RowsError(
            "The model was trained with another version of Fusion Playground than this program "
            "is of. Download predict.py again, from the page that has the model."
        )
    return learned


def _choose_backend() -> None:
    """Select an installed backend for Keras, unless the environment names one.

    Keras writes its default backend into its settings even if it is not installed.
    """
    if "keras" in sys.modules or "KERAS_BACKEND" in os.environ:
        return
    settings = Path("~/.keras/keras.json").expanduser()
    chosen = json.loads(settings.read_text())["backend"] if settings.exists() else ""
    wanted = [name for name in (chosen, *_BACKENDS) if name and importlib.util.find_spec(name)]
    if wanted:
        os.environ["KERAS_BACKEND"] = wanted[0]


def prepared(
    preprocessing: Mapping[str, Any], table: RowTable
) -> tuple[dict[str, Array], list[str]]:
    """Return the arrays of the model's inputs, and a sentence about each thing that is new.

    Raises `RowsError` for a missing column, and for cells that can't be used.
    """
    inputs, notes = _read_inputs(preprocessing, table)
    return _input_arrays(inputs), notes


def _read_inputs(
    preprocessing: Mapping[str, Any], table: RowTable
) -> tuple[list[tuple[Step, list[Cells]]], list[str]]:
    """Return the step and columns of each input, and a sentence about each thing that is new."""
    table = _named_as_in_training(preprocessing, table)
    _check_rows(preprocessing, table)
    table, notes = _with_missing(preprocessing, table)
    inputs = []
    for step in preprocessing["inputs"]:
        known, may_lack = step.get("values", ()), "present" in step
        columns = [read_cells(spec, table, known, may_lack) for spec in step["columns"]]
        inputs.append((step, columns))
        notes += unseen(step, columns)
    return inputs, notes


def _input_arrays(inputs: Sequence[tuple[Step, list[Cells]]]) -> dict[str, Array]:
    arrays = {}
    for step, columns in inputs:
        arrays[step["input"]] = apply(step, columns)
        if "present" in step:
            arrays[step["present"]] = present(columns)
    return arrays


def _specs(preprocessing: Mapping[str, Any]) -> list[Step]:
    return [spec for step in preprocessing["inputs"] for spec in step["columns"]]


def _named_as_in_training(preprocessing: Mapping[str, Any], table: RowTable) -> RowTable:
    """Return the table with the names of training for columns in another form of Unicode."""
    names = [name for spec in _specs(preprocessing) for name in (spec["column"], *parts_of(spec))]
    trained = {one_spelling(name): name for name in names}
    columns = {trained.get(one_spelling(name), name): table.columns[name] for name in table.columns}
    return replace(table, columns=columns)


def _check_rows(preprocessing: Mapping[str, Any], table: RowTable) -> None:
    """Raise `RowsError` for no rows, prepared ones, and columns of several lengths."""
    if _PREPARED in table.columns and any(
        step["kind"] != "array" for step in preprocessing["inputs"]
    ):
        raise RowsError(
            "The file holds the prepared data of a training, which can't be prepared again. "
            "Use a table like the file that was trained on, or the download Held-out rows."
        )
    for name, cells in table.columns.items():
        if len(cells) != table.rows and name != _PREPARED:
            raise RowsError(
                "Each column needs one value for each row, but "
                f"`{next(iter(table.columns))}` has {table.rows:,} and `{name}` {len(cells):,}."
            )
    if not table.rows:
        raise RowsError("There are no rows to predict.")


def _with_missing(preprocessing: Mapping[str, Any], table: RowTable) -> tuple[RowTable, list[str]]:
    """Return the table with empty cells for missing inputs, and sentences on its columns.

    An input that may be missing needs no column; without one it is missing in all rows. It is also
    missing in rows with 0 in the array `<input>_present`, if there is one. Raises `RowsError` for
    missing columns.
    """
    used: set[str] = set()
    cells: dict[str, Sequence[Any]] = {}
    missing: list[str] = []
    lacking: list[str] = []
    for step in preprocessing["inputs"]:
        names = [name for spec in step["columns"] for name in _names_in(spec, table)]
        gone = [name for name in names if name not in table.columns]
        presences = table.columns.get(step.get("present", ""))
        used |= {*names}
        if "present" in step and gone == names:
            lacking += [spec["column"] for spec in step["columns"]]
        elif gone:
            missing += gone
        elif isinstance(presences, np.ndarray):
            used.add(step["present"])
            for name in names:
                pairs = zip(table.columns[name], presences.ravel() > 0, strict=True)
                cells[name] = [cell if there else None for cell, there in pairs]
    if not used & table.columns.keys():
        missing = [*lacking, *missing]
    if missing:
        missing = list(dict.fromkeys(missing))
        subject = "The column {} is" if len(missing) == 1 else "The columns {} are"
        raise RowsError(
            f"{subject.format(_quoted(missing))} missing. The table has {_quoted(table.columns)}."
        )
    heads = preprocessing["heads"]
    labels = {spec["column"] for head in heads for spec in head["columns"]}
    spare = [name for name in table.columns if name not in used | labels]
    _check_names(lacking, spare)
    notes = []
    if spare:
        verb = "column is" if len(spare) == 1 else "columns are"
        notes.append(f"{len(spare):,} additional {verb} not used: {_quoted(spare)}.")
    if lacking:
        subject = "There is no column" if len(lacking) == 1 else "There are no columns"
        notes.append(f"{subject} {_quoted(lacking)}: all rows count as empty there.")
    empty = dict.fromkeys(lacking, [None] * table.rows)
    return replace(table, columns={**table.columns, **cells, **empty}), notes


def _names_in(spec: Step, table: RowTable) -> list[str]:
    """Return a table's columns for an input's column: an array may have one for each number."""
    name = spec["column"]
    return [name] if name in table.columns else parts_of(spec) or [name]


def _check_names(lacking: Sequence[str], spare: Sequence[str]) -> None:
    """Raise `RowsError` if a missing column has nearly the name of an unused one."""
    known = {name.casefold(): name for name in spare}
    for name in lacking:
        for written in (name, f"{name}[0]"):
            for near in difflib.get_close_matches(written.casefold(), known, 1, _NEAR):
                raise RowsError(
                    f"The table has no column `{written}`, but one named `{known[near]}`. Rename "
                    f"it, or add an empty column `{name}` if all rows lack it."
                )


def _quoted(names: Any) -> str:
    names = [f"`{name}`" for name in names]
    more = f" and {len(names) - 6:,} more" if len(names) > 6 else ""
    return ", ".join(names[:6]) + more


def predictions(
    preprocessing: Mapping[str, Any], outputs: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Convert the model's outputs to rows of classes with their probabilities, or numbers."""
    columns: dict[str, list[Any]] = {}
    for head in preprocessing["heads"]:
        name, output = head["head"], np.asarray(outputs[head["head"]], np.float64)
        if head["kind"] == "numbers":
            columns |= _predicted_numbers(head, output)
            continue
        if head["kind"] == "binary":
            output = np.concatenate([1 - output, output], axis=1)
        classes = _class_names(head, output.shape[1])
        columns[name] = [classes[index] for index in output.argmax(axis=1)]
        columns |= {
            f"{name}: {label}": output[:, index].tolist() for index, label in enumerate(classes)
        }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _class_names(head: Step, classes: int) -> list[str]:
    """Return the names of all classes; a class without a name gets its number."""
    known = head.get("classes", [])
    return [*known, *(str(index) for index in range(len(known), classes))]


def _predicted_numbers(head: Step, output: Array) -> dict[str, list[float]]:
    """Return predicted numbers in the units of their columns."""
    means = [mean for column in head["columns"] for mean in column["means"]]
    deviations = [each or 1.0 for column in head["columns"] for each in column["deviations"]]
    if head["scaled"]:
        output = output * deviations + means
    if output.shape[1] == 1:
        return {head["head"]: output[:, 0].tolist()}
    return {
        f"{head['head']}[{index}]": output[:, index].tolist() for index in range(output.shape[1])
    }


def csv_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Format predictions as CSV."""
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def main() -> None:
    """Predict the rows of a table from the command line."""
    parser = argparse.ArgumentParser(description="Predict the rows of a table.")
    parser.add_argument("model", help="the .keras file")
    parser.add_argument("rows", help="a table (.csv, .tsv, .xlsx, .parquet), .npz or .zip")
    parser.add_argument("-o", "--output", default="-", help="CSV file to write")
    options = parser.parse_args()
    try:
        predictor = load(options.model, warn=lambda text: print(text, file=sys.stderr))
        text = csv_text(predictor.predict(options.rows))
        if options.output == "-":
            print(text, end="")
        else:
            Path(options.output).write_text(text, encoding="utf-8", newline="")
    except (OSError, ValueError) as error:
        sys.exit(f"error: {error}")
