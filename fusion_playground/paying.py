"""Verdict on the fusion of several inputs: the function `pays` and its result."""

from __future__ import annotations

import io
import tempfile
import warnings
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fusion_playground.packages import require_packages

if TYPE_CHECKING:
    from components.experiments.races.evaluation import RaceResult
    from components.models.architecture.architecture import Architecture
    from sample_data.own import DataTable, RowSplit

LABEL = "y"
_DTYPES = {
    "vector": "float32",
    "categorical": "str",
    "tokens": "int32",
    "timeseries": "float32",
    "image": "float32",
}
"""Data type of an input's array, by kind."""


@dataclass(frozen=True)
class FusionVerdict:
    """Verdict on the fusion of inputs. A notebook shows its sentences and its table.

    >>> print(fp.pays({"image": images, "text": texts}, y).sentence)
    """

    result: RaceResult
    text: str
    """Table, verdict and its limits, as lines of text."""

    @property
    def pays(self) -> bool | None:
        """`True` if a strategy was shown to beat each input alone; `None` without a verdict.

        The sentence names the strategy.

        >>> fp.pays(inputs, y).pays
        """
        return self.result.setup.answer(self.result.tables[0])["pays"]

    @property
    def sentence(self) -> str:
        """Verdict in sentences.

        >>> fp.pays(inputs, y).sentence
        """
        from components.experiments.races.text import verdict

        return verdict(self.result, self.result.tables[0])

    @property
    def table(self) -> list[list[str]]:
        """Headings, then the quality of each model with its interval and costs.

        >>> for row in fp.pays(inputs, y).table: print(row)
        """
        from components.experiments.races.tables import readable_rows

        return readable_rows(self.result, self.result.tables[0])

    def __str__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        return f"**{self.sentence}**\n\n```\n{self}\n```"


def pays(
    inputs: Mapping[str, Any],
    y: Any,
    *,
    merge: str = "concatenate",
    kinds: Mapping[str, str] | None = None,
    groups: Any = None,
    time: Any = None,
    seeds: int = 5,
    epochs: int = 20,
) -> FusionVerdict:
    """Test if a model of several inputs is better than each input alone, all tuned alike.

    It trains some dozen small models in separate processes, so a script has to call it below
    `if __name__ == "__main__":`. A quarter of the samples is held out at random, unless `groups` or
    `time` is given.

    - `inputs`: arrays by name, samples first: numbers or texts (N,), vectors (N, d), or tokens if
      they are whole numbers, time series (N, T, features), pictures (N, h, w, channels).
    - `y`: a label or value for each sample.
    - `merge`: the strategy to test.
    - `kinds`: the kinds of inputs whose arrays are ambiguous, such as `{"words": "tokens"}`.
    - `groups`: a name or number for each sample. Whole groups are held out.
    - `time`: a number or date for each sample. The last samples are held out.
    - `seeds`, `epochs`: trainings of each model, and the length of each. A verdict needs 3 seeds.

    >>> import fusion_playground as fp
    >>> fp.pays({"image": images, "text": texts}, labels).sentence
    >>> fp.pays({"image": images, "text": texts}, labels, groups=patients).sentence
    """
    require_packages()
    from components.base.errors import RunError
    from components.base.workers.keras_import import load_keras
    from components.experiments.queue.store import Store
    from components.experiments.races.evaluation import evaluate
    from components.experiments.races.kinds.pays import race_pays
    from components.experiments.races.plan import check
    from components.experiments.races.tables import text_of
    from components.experiments.races.train_race import train_race
    from components.experiments.training.requests import parse_settings, settings_for
    from sample_data import own

    if not isinstance(merge, str):
        raise RunError("`merge` needs the name of a strategy.", merge, 'Write `merge="gated"`.')
    load_keras()
    table, split = _table(inputs, y, kinds or {}, groups, time)
    model, mapping = _model(table, list(inputs))
    prepared = own.prepare(table, model, mapping, split)
    warnings = [f"{one} Give `pays` their `groups`." for one in own.split_warnings(table, split)]
    about = prepared.about.model_copy(update={"notes": (*prepared.about.notes, *warnings)})
    with tempfile.TemporaryDirectory() as folder:
        path = str(own.keep(replace(prepared, about=about), folder, "own data"))
        settings = settings_for(parse_settings({"epochs": epochs}), path)
        race = race_pays(model, path, settings, merge, seeds)
        check(race)
        with closing(Store(f"sqlite:///{Path(folder) / 'runs.sqlite'}")) as store:
            result = evaluate(*train_race(race, store))
            return FusionVerdict(result, text_of(result))


def _table(
    inputs: Mapping[str, Any], y: Any, kinds: Mapping[str, str], groups: Any, time: Any
) -> tuple[DataTable, RowSplit]:
    """Return the arrays as columns, and the rows to hold out.

    Raises `ValueError` and `DataError` for arrays that can't be a column.
    """
    from components.base.errors import DataError
    from components.base.text import free_name
    from sample_data import own
    from sample_data.core.archives import write_arrays

    if not isinstance(inputs, Mapping) or len(inputs) < 2:
        raise DataError(
            "`inputs` needs two or more arrays by name.",
            list(inputs) if isinstance(inputs, Mapping) else f"a {type(inputs).__name__}",
            'Write it like `fp.pays({"image": images, "text": texts}, labels)`.',
        )
    if unknown := [name for name in kinds if name not in inputs or kinds[name] not in _DTYPES]:
        known = ", ".join(_DTYPES)
        raise ValueError(
            f"`kinds` names inputs and one of the kinds {known}, not "
            f"{unknown[0]}: {kinds[unknown[0]]}. Spectrograms and word vectors are time series."
        )
    if LABEL in inputs:
        raise ValueError(f"An input can't be named {LABEL}. Rename it: the labels have this name.")
    arrays: dict[str, Any] = {
        name: _array(name, values, _DTYPES[kinds[name]] if name in kinds else "")
        for name, values in inputs.items()
    }
    arrays[LABEL], split = _array(LABEL, y), own.RowSplit()
    if groups is not None and time is not None:
        raise DataError(
            "Samples are held out by `groups` or by `time`.", "both", "Leave one of them out."
        )
    if groups is not None:
        split = own.RowSplit(by="group", column=free_name("groups", arrays))
        arrays[split.column] = _array("groups", groups)
    if time is not None:
        split = own.RowSplit(by="time", column=free_name("time", arrays))
        arrays[split.column] = _moments(time)
    file = io.BytesIO()
    write_arrays(file, arrays)
    return own.read(file.getvalue(), "inputs.npz"), split


def _array(name: str, values: Any, dtype: str = "") -> np.ndarray[Any, Any]:
    """Return numbers or texts as an array, of the given type if any. Raises `DataError`."""
    from components.base.errors import DataError

    try:
        array = np.asarray(values)
        if dtype:
            return array.astype(dtype)
        if array.dtype == object and all(isinstance(each, str) for each in array.flat):
            return array.astype(str)
        if array.dtype.kind in "biufUS":
            return array
        received = f"{array.dtype} values"
    except (ValueError, TypeError) as error:
        ragged = "inhomogeneous" in str(error)
        received = "samples of several shapes" if ragged else str(error)
    raise DataError(
        f"`{name}` needs numbers, or a text for each sample, and samples of one shape.",
        received,
        "Pad or cut the samples, and turn them into one array.",
    )


def _moments(time: Any) -> np.ndarray[Any, Any]:
    """Return the place of each sample in the order of time, NaN for one without a time.

    Raises `DataError` for times that are neither numbers nor dates.
    """
    from components.base.errors import DataError

    try:
        array = np.asarray(time)
        array = array.reshape(len(array))
        if array.dtype.kind not in "biufM":
            array = _dates(array.tolist())
    except (ValueError, TypeError) as error:
        raise DataError(
            "`time` needs a number or a date for each sample.",
            error,
            "Write `2026-03-01` or `1.3.2026`.",
        ) from None
    known = array == array
    places = np.full(len(array), np.nan)
    places[known] = np.unique(array[known], return_inverse=True)[1]
    return places


def _dates(cells: list[Any]) -> np.ndarray[Any, Any]:
    """Return dates and times to the nanosecond, or to the microsecond if a year needs it.

    Cells may also be numbers. Raises `ValueError` for other ones.
    """
    from sample_data.columns.cells import MISSING, dotted_date, is_none, reads

    if all(is_none(cell) or isinstance(cell, int | float) for cell in cells):
        return np.array([np.nan if is_none(cell) else cell for cell in cells], np.float64)
    texts = []
    for cell in cells:
        text = cell.isoformat() if hasattr(cell, "isoformat") else str(cell).strip()
        if is_none(cell) or text.lower() in MISSING:
            text = "NaT"
        elif reads("dotted date", text):
            text = str(np.datetime64(int(dotted_date(text)), "D"))
        texts.append(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy warns that it turns time zones into UTC
        exact, coarse = (np.array(texts).astype(f"datetime64[{unit}]") for unit in ("ns", "us"))
    in_range = (exact.astype(coarse.dtype) == coarse) | np.isnat(coarse)
    return exact if in_range.all() else coarse


def _model(table: DataTable, names: list[str]) -> tuple[Architecture, Any]:
    """Return a model with an input for each array, joined by Concatenate."""
    from sample_data import own

    first, *others = names
    small = replace(table, columns=tuple(map(table.column, (first, LABEL))))
    model = own.propose(small)
    mapping = own.propose_mapping(small, model)
    return own.with_new_inputs(table, model, mapping, others)
