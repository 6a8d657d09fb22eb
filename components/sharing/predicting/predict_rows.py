"""Reading of table rows, and predictions for them with a model in a `.keras` file.

The text of this file and of `sample_data/columns/preparation.py` together is `predict.py`.
"""

from __future__ import annotations

import argparse
import csv
import difflib
import importlib.util
import io
import json
import math
import os
import re
import sys
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import islice
from numbers import Integral, Real
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

import numpy as np

from sample_data.columns.preparation import (
    BOMS,
    DATES,
    DELIMITERS,
    MISSING,
    PICTURES,
    PREPROCESSING,
    SAMPLED_ROWS,
    STYLES,
    Array,
    Cells,
    RowsError,
    Step,
    apply,
    best_delimiter,
    by_short_names,
    category_text,
    column_names,
    is_junk,
    is_none,
    moment_text,
    one_spelling,
    padded,
    picture_pixels,
    present,
    reads,
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
_ARCHIVES = (".zip", ".npz", ".xlsx")
"""Extensions of files that are zip archives."""
_CELLS = ("number", "text")
"""Kinds of columns with one number or text in each cell."""
_BOOLEANS = {"true": 1.0, "false": 0.0}
"""Numbers of the two truth values, in upper or lower case."""
_WHOLE = re.compile(r"(-?\d+)\.0")
"""Whole number as programs write it that only know numbers with a fraction."""

Files: TypeAlias = Mapping[str, Callable[[], bytes]]
"""Functions that read the files that a table may name, by name."""


@dataclass(frozen=True)
class RowTable:
    """Rows to predict: cells by column, and the files that the cells may name."""

    columns: Mapping[str, Sequence[Any]]
    files: Files = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(next(iter(self.columns.values()), ()))


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
        predicts numbers has its numbers. Raises `RowsError` for a missing column, and for a model
        that Keras can't compute.
        """
        arrays, notes = prepared(self.preprocessing, row_table(rows, self.specs))
        for note in notes:
            if note not in self._noted:
                self._noted.add(note)
                self._warn(note)
        try:
            outputs = self.model.predict(arrays, batch_size=256, verbose=0)
        except Exception as error:  # Each backend has its own.
            raise _not_computed(error) from None
        return predictions(self.preprocessing, outputs)


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
    table = _named_as_in_training(preprocessing, table)
    _check_rows(preprocessing, table)
    table, notes = _with_missing(preprocessing, table)
    arrays = {}
    for step in preprocessing["inputs"]:
        known, may_lack = step.get("values", ()), "present" in step
        columns = [read_cells(spec, table, known, may_lack) for spec in step["columns"]]
        arrays[step["input"]] = apply(step, columns)
        if may_lack:
            arrays[step["present"]] = present(columns)
        notes += unseen(step, columns)
    return arrays, notes


def _specs(preprocessing: Mapping[str, Any]) -> list[Step]:
    return [spec for step in preprocessing["inputs"] for spec in step["columns"]]


def _named_as_in_training(preprocessing: Mapping[str, Any], table: RowTable) -> RowTable:
    """Return the table with the names of training for columns in another form of Unicode."""
    names = [name for spec in _specs(preprocessing) for name in (spec["column"], *_parts_of(spec))]
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
    return [name] if name in table.columns else _parts_of(spec) or [name]


def _parts_of(spec: Step) -> list[str]:
    """Return the names of columns that have one number each of a column of arrays."""
    if spec["as"] != "array":
        return []
    return [f"{spec['column']}[{index}]" for index in range(math.prod(spec["shape"]))]


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


def read_cells(
    spec: Step, table: RowTable, known: Sequence[Any] = (), may_lack: bool = False
) -> Cells:
    """Read the cells of a column in the same way as training. `known` are names of its categories.

    With `may_lack`, cells of arrays may be empty.
    """
    name, kind = spec["column"], spec["as"]
    cells = _array_cells(spec, table) if kind == "array" else table.columns[name]
    if kind in ("array", "picture", "sequence"):
        empty = np.array([may_lack and _is_empty(cell) for cell in cells])
        filled = [cell for cell, lacks in zip(cells, empty, strict=True) if not lacks]
        read = _READERS[kind](spec, filled, table.files)
        arrays = np.zeros((len(empty), *read.shape[1:]), read.dtype)
        arrays[~empty] = read
        return Cells(name, arrays, empty=empty)
    cells = [_plain(cell) for cell in cells]
    numbers = _numbers(spec, cells) if "style" in spec else None
    if kind == "number" and numbers:
        return numbers
    texts = _texts(spec, cells, numbers)
    names = {name for name in known if isinstance(name, str)}
    spellings = {_spelling(name): name for name in names}
    codes: dict[str, int] = {}
    values = []
    for text in texts:
        text = text if text in names else spellings.get(_spelling(text), text)
        lacks = text.lower() in MISSING and text not in names
        values.append(-1 if lacks else codes.setdefault(text, len(codes)))
    doubtful = numbers.doubtful if numbers else ()
    return Cells(name, np.array(values, np.int32), tuple(codes), doubtful=doubtful)


def _plain(cell: Any) -> Any:
    """Return a cell as a text, a number or `None`; truth values and dates as a text file has them.

    An array of one value counts as that value.
    """
    if isinstance(cell, np.ndarray) and cell.size == 1:
        cell = cell.reshape(())[()]
    if isinstance(cell, str):
        return cell.strip()
    if is_none(cell):
        return None
    if isinstance(cell, np.datetime64):
        cell = cell.astype("datetime64[us]").item()
    if isinstance(cell, date):
        return moment_text(cell)
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace").strip()
    if isinstance(cell, (Real, Decimal)) and not isinstance(cell, bool):
        return int(cell) if isinstance(cell, Integral) else float(cell)
    return str(cell).strip()


def _texts(spec: Step, cells: Sequence[Any], numbers: Cells | None) -> list[str]:
    """Return cells as texts, with numbers and dates formatted as in training."""
    texts = [_text(cell) for cell in cells]
    if numbers is None:
        return texts
    return [
        text if math.isnan(number) else category_text(spec["style"], number)
        for text, number in zip(texts, numbers.values.tolist(), strict=True)
    ]


def _text(cell: Any) -> str:
    """Return the text of a cell as in a text file; "" for an empty cell."""
    cell = _plain(cell)
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else str(cell)
    return "" if cell is None else str(cell)


def _spelling(text: str) -> str:
    """Return the spelling that a category shares with other forms of it.

    Those are forms of Unicode, `TRUE` and `true`, and `12` and `12.0`.
    """
    text = one_spelling(text)
    whole = _WHOLE.fullmatch(text)
    if whole:
        return whole[1]
    return text.lower() if text.lower() in _BOOLEANS else text


def _numbers(spec: Step, cells: Sequence[Any]) -> Cells:
    """Read numbers or dates, all texts of a column in the same style, preferably that of training.

    Raises `RowsError` for infinite numbers.
    """
    learned = spec["style"]
    styles = [learned, *(DATES if learned in DATES else ()), "plain"]
    read: dict[str, float] = {}
    if learned in DATES:
        cells = [_text(cell) for cell in cells]
    else:
        styles += ["grouped", "comma"]
        read = {cell: _BOOLEANS[cell.lower()] for cell in _texts_in(cells, _BOOLEANS)}
    texts = sorted(_texts_in(cells) - read.keys())
    common = [style for style in styles if all(reads(style, text) for text in texts)]
    wrong, doubtful = [], []
    for text in texts:
        fitting = common or [style for style in styles if reads(style, text)]
        numbers = [STYLES[style](text) for style in fitting]
        if not fitting:
            wrong.append(text)
            continue
        read[text] = numbers[0]
        rivals = ("plain",) if fitting[0] == learned else styles
        for style, number in zip(fitting, numbers, strict=True):
            if learned not in DATES and style in rivals and number != numbers[0]:
                doubtful.append((text, numbers[0], number))
                break
    values = np.array([_number(cell, read) for cell in cells], np.float64)
    if np.isinf(values).any():
        raise RowsError(f"The column `{spec['column']}` has an infinite number.")
    return Cells(spec["column"], values, (), tuple(wrong), tuple(doubtful))


def _texts_in(cells: Sequence[Any], among: Collection[str] | None = None) -> set[str]:
    """Return the texts of a column that are not empty, or those `among` some in lower case."""
    texts = {cell for cell in cells if isinstance(cell, str) and cell.lower() not in MISSING}
    return texts if among is None else {text for text in texts if text.lower() in among}


def _number(cell: Any, read: Mapping[str, float]) -> float:
    if isinstance(cell, str):
        return read.get(cell, math.nan)
    return math.nan if cell is None else float(cell)


def _array_cells(spec: Step, table: RowTable) -> Sequence[Any]:
    """Return the array of each row, from one column of arrays or one column per number."""
    name = spec["column"]
    if name in table.columns:
        return table.columns[name]
    size = math.prod(spec["shape"])
    return list(zip(*(table.columns[f"{name}[{index}]"] for index in range(size)), strict=True))


def _is_empty(cell: Any) -> bool:
    """Return `True` for a cell without a value, or an array of such cells."""
    if isinstance(cell, np.ndarray):
        return cell.dtype.kind == "f" and bool(np.isnan(cell).all())
    if isinstance(cell, (list, tuple)):
        return all(map(_is_empty, cell))
    return _text(cell).lower() in MISSING


def _arrays(spec: Step, cells: Sequence[Any], _: Files) -> Array:
    name, shape = spec["column"], tuple(spec["shape"])
    array = np.asarray(cells)
    try:
        array = array.reshape(len(array), *shape)
        if array.dtype.kind not in "iufb":
            array = array.astype(np.float64)
    except (TypeError, ValueError):
        needed = " × ".join(map(str, shape))
        raise RowsError(f"`{name}` needs {needed} numbers in each row.") from None
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise RowsError(f"`{name}` has cells that are not finite numbers.")
    return array.astype(np.uint8) if spec["dtype"] == "uint8" else array


def _pictures(spec: Step, cells: Sequence[Any], files: Files) -> Array:
    read = [_picture(spec, cell, files) for cell in cells]
    return np.array(read, np.uint8).reshape(len(cells), *spec["size"])


def _picture(spec: Step, cell: Any, files: Files) -> Array:
    from PIL import Image

    if isinstance(cell, np.ndarray):
        cell = Image.fromarray(cell.astype(np.uint8).squeeze())
    if isinstance(cell, Image.Image):
        return picture_pixels(cell, spec["size"])
    with Image.open(io.BytesIO(_named_file(spec["column"], cell, files))) as picture:
        return picture_pixels(picture, spec["size"])


def _sequences(spec: Step, cells: Sequence[Any], files: Files) -> Array:
    read = [_sequence(spec, cell, files) for cell in cells]
    return np.array(read, np.float32).reshape(len(cells), *spec["shape"])


def _sequence(spec: Step, cell: Any, files: Files) -> Array:
    if not isinstance(cell, np.ndarray):
        cell = np.load(io.BytesIO(_named_file(spec["column"], cell, files)), allow_pickle=False)
    length, features = spec["shape"]
    array = padded(cell, length)
    if array.shape[1] != features:
        raise RowsError(f"A sequence of `{spec['column']}` needs {features:,} features.")
    return array


_READERS: Mapping[str, Callable[[Step, Sequence[Any], Files], Array]] = {
    "array": _arrays,
    "picture": _pictures,
    "sequence": _sequences,
}


def _named_file(column: str, cell: Any, files: Files) -> bytes:
    """Return the content of the file that a cell names. Raises `RowsError` if there is none."""
    name = _text(cell)
    read = files.get(name)
    if read is None:
        shown = f"the file `{name}`" if name else "no file"
        raise RowsError(f"`{column}` names {shown}, which is not beside the table.")
    return read()


# Predictions


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


# Reading tables


def row_table(rows: Any, specs: Sequence[Step]) -> RowTable:
    """Return rows of any supported form as a table."""
    if isinstance(rows, (str, os.PathLike)):
        return read_table(Path(rows), specs)
    if hasattr(rows, "columns"):
        return RowTable(_by_name(rows.columns, (rows[name].to_list() for name in rows.columns)))
    rows = _of_series(rows)
    if isinstance(rows, Mapping):
        return RowTable(_by_name(rows, _columns(rows, specs)))
    rows = [_of_series(row) for row in rows] if _is_column(rows) else [rows]
    for row in rows:
        if not isinstance(row, Mapping):
            raise RowsError(
                "Rows need a value by the name of each column, but one is of the type "
                f"{type(row).__name__}. Give a file, a data frame, a dict of columns or a list of "
                "dicts."
            )
    rows = [{one_spelling(str(name)): row[name] for name in row} for row in rows]
    names = dict.fromkeys(name for row in rows for name in row)
    return RowTable({name: [row.get(name) for row in rows] for name in names})


def _of_series(rows: Any) -> Any:
    """Return a series of pandas as a dict, other rows unchanged."""
    return rows.to_dict() if hasattr(rows, "to_dict") else rows


def _is_column(cells: Any) -> bool:
    single = isinstance(cells, (str, bytes)) or not getattr(cells, "ndim", 1)
    return isinstance(cells, Iterable) and not single


def _columns(rows: Mapping[Any, Any], specs: Sequence[Step]) -> list[Sequence[Any]]:
    """Return the columns of a dict; if it has single values, it is one row.

    Raises `RowsError` if it has both.
    """
    single = [name for name, cells in rows.items() if not _is_column(cells)]
    arrays = {one_spelling(spec["column"]) for spec in specs if spec["as"] not in _CELLS}
    for name, cells in rows.items() if single else ():
        if _is_column(cells) and one_spelling(str(name)) not in arrays:
            raise RowsError(
                f"`{name}` has several values and `{single[0]}` has one. Give a list with one "
                "value for each row to each column."
            )
    if single:
        return [[cells] for cells in rows.values()]
    columns: Iterable[Any] = (
        cells.values() if isinstance(cells, Mapping) else cells for cells in rows.values()
    )
    return [cells if hasattr(cells, "__getitem__") else list(cells) for cells in columns]


def _by_name(names: Iterable[Any], columns: Iterable[Sequence[Any]]) -> dict[str, Sequence[Any]]:
    """Return columns by name. Raises `RowsError` if two have the same name, as training does."""
    spelled = [one_spelling(str(name)) for name in names]
    for name, count in Counter(spelled).items():
        if count > 1:
            raise RowsError(f"Two columns have the same name, `{name}`. Rename one of them.")
    return dict(zip(spelled, columns, strict=True))


def read_table(path: Path, specs: Sequence[Step]) -> RowTable:
    """Read a table, arrays, or a zip file of pictures.

    Pictures and sequences that a table names are searched in its folder. Raises `RowsError` for an
    unknown extension, and for a file that does not match its extension.
    """
    ending = path.suffix.lower()
    if ending in _ARCHIVES and path.is_file() and not zipfile.is_zipfile(path):
        raise RowsError(f"`{path.name}` is damaged, or not a {ending} file. Save it again.")
    if ending == ".zip":
        return _zipped(path, specs)
    if ending == ".npz":
        with np.load(path, allow_pickle=False) as arrays:
            return RowTable({name: arrays[name] for name in arrays.files})
    names_files = any(spec["as"] in ("picture", "sequence") for spec in specs)
    files = _folder_files(path.parent) if names_files else {}
    if ending == ".parquet":
        import pyarrow.parquet

        read = pyarrow.parquet.read_table(path)
        columns = (column.to_pylist() for column in read.columns)
        return RowTable(_by_name(read.column_names, columns), files)
    if ending == ".xlsx":
        return RowTable(_by_column(*_sheet_rows(path, specs)), files)
    if ending in (".csv", ".tsv", ".txt"):
        return _text_table(path.read_bytes(), specs, files)
    raise RowsError(f"`{path.name}` can't be read: use .csv, .tsv, .xlsx, .parquet, .npz or .zip.")


def _by_column(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, Sequence[Any]]:
    return _by_name(names, ([row[index] for row in rows] for index in range(len(names))))


def _sheet_rows(path: Path, specs: Sequence[Step]) -> tuple[list[str], list[Sequence[Any]]]:
    """Return the names and rows of a workbook's sheet, with values instead of formulas.

    It is the first sheet with all columns of the model, or else the first sheet.
    """
    import openpyxl

    needed = {one_spelling(spec["column"]) for spec in specs}
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    sheets = []
    for sheet in book.worksheets:
        rows = [row for row in sheet.iter_rows(values_only=True) if any(map(_text, row))]
        names = column_names([_text(cell) for cell in rows[0]]) if rows else []
        sheets.append((names, rows[1:]))
        if names and needed <= set(map(one_spelling, names)):
            return sheets[-1]
    if not sheets or not sheets[0][0]:
        raise RowsError(f"The first sheet of `{path.name}` is empty.")
    return sheets[0]


def _text_table(source: bytes, specs: Sequence[Step], files: Files) -> RowTable:
    """Read a text file of any encoding and delimiter. Raises `RowsError` for uneven rows.

    Columns of a file without a header are numbered, as in training.
    """
    encoding = next((name for mark, (name, _) in BOMS.items() if source.startswith(mark)), "utf-8")
    try:
        text = source.decode(encoding)
    except UnicodeDecodeError:
        text = source.decode("latin-1")
    sampled = {sign: list(islice(_split_rows(text, sign), SAMPLED_ROWS)) for sign in DELIMITERS}
    delimiter = best_delimiter(sampled)
    first, *rows = list(_split_rows(text, delimiter)) or [[]]
    names, numbered = column_names(first), column_names([""] * len(first))
    needed = {spec["column"] for spec in specs}
    if needed <= set(numbered) and not needed & set(names):
        names, rows = numbered, [first, *rows]
    for row in rows:
        if len(row) != len(names):
            raise RowsError(
                f"A row has {len(row):,} cells, and the first line {len(names):,}: "
                f"{delimiter.join(row)[:60]}"
            )
    return RowTable(_by_column(names, rows), files)


def _split_rows(text: str, delimiter: str) -> Iterator[list[str]]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return (row for row in rows if len(row) > 1 or (row and row[0].strip()))


def _zipped(path: Path, specs: Sequence[Step]) -> RowTable:
    """Read a zip file: a table with the files that it names, or a picture for each row."""
    with zipfile.ZipFile(path) as archive:
        contents = {
            entry.filename: archive.read(entry)
            for entry in archive.infolist()
            if not entry.is_dir() and not is_junk(entry.filename)
        }
    tables = [name for name in contents if name.lower().endswith(".csv")]
    folder = str(PurePosixPath(tables[0]).parent) if tables else "."
    files = _named_files({name: partial(contents.__getitem__, name) for name in contents}, folder)
    if tables:
        return _text_table(contents[tables[0]], specs, files)
    return RowTable({"image": _picture_names(contents)}, files)


def _picture_names(files: Collection[str]) -> list[str]:
    return sorted(name for name in files if name.lower().endswith(PICTURES))


def _folder_files(folder: Path) -> Files:
    """Return the pictures and arrays in a folder and its subfolders, by path and by name."""
    paths = [path for path in folder.rglob("*") if path.suffix.lower() in (*PICTURES, ".npy")]
    return _named_files(
        {path.relative_to(folder).as_posix(): path.read_bytes for path in paths}, "."
    )


def _named_files(files: Files, folder: str) -> Files:
    """Return files by the names that a table in a folder may use, including numbers."""
    by_name = by_short_names(files, folder)
    for path in files:
        stem = PurePosixPath(path).stem
        if stem.isascii() and stem.isdecimal():
            by_name.setdefault(str(int(stem)), files[path])
    return by_name
