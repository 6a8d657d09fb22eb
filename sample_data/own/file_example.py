"""Examples of data files for a model: lines of Python, and small files with matching names."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, timedelta

import numpy as np
from PIL import Image

from components.models.architecture.architecture import Architecture
from components.models.heads.base import Head
from components.models.inputs.base import Input
from sample_data.core.arrays import Array
from sample_data.core.dataset import Dataset, target_width
from sample_data.loading.synthetic import DataSpec, make
from sample_data.own.saving import npz_bytes
from sample_data.relations import RELATIONS
from sample_data.renderers.base import NOMINAL_LENGTH

SAMPLES = 60
_KIND = "unique"
"""Relation of the examples, which works with any inputs."""
PATIENTS, VISITS = 100, 4
"""Size of the example table: patients, and rows of each."""


def example_code(architecture: Architecture) -> str:
    """Return lines of Python that write a `.npz` file with an array for each input and head."""
    parts: list[Input | Head] = [*architecture.data_inputs, *architecture.data_heads]
    arrays = [f'    "{part.name}": {_expression(part)},  # {part.title.lower()}' for part in parts]
    return "\n".join(
        [
            "import numpy as np",
            "",
            "n = 100  # samples; put your own data in the place of the random numbers",
            "rng = np.random.default_rng(0)",
            "arrays = {",
            *arrays,
            "}",
            'np.savez("my_data.npz", **arrays)',
        ]
    )


def _expression(part: Input | Head) -> str:
    if isinstance(part, Head):
        classes = 2 if part.target == "binary" else part.width
        values = f"rng.normal(size=(n, {target_width(part)}))"
        return values if part.target == "values" else f"rng.integers(0, {classes}, n)"
    shape = ", ".join(str(size or NOMINAL_LENGTH) for size in part.shape)
    if part.cardinality:
        return f"rng.integers(0, {part.cardinality}, (n, {shape}))"
    return f"rng.random((n, {shape}))" if part.form == "map" else f"rng.normal(size=(n, {shape}))"


def example_csv() -> str:
    """Return a table of visits of patients, with columns of each reading; it is always the same.

    Most who don't recover have a fast pulse and sleep badly. All rows of a patient have one label.
    """
    rng = np.random.default_rng(0)
    rows: list[list[object]] = [["patient", "day", "age", "pulse", "ward", "note", "recovered"]]
    for number in range(1, PATIENTS + 1):
        well, age, ward = rng.random() < 0.6, rng.integers(20, 90), rng.choice(["north", "south"])
        for _ in range(VISITS):
            day = date(2025, 1, 1) + timedelta(days=int(rng.integers(365)))
            pulse = rng.normal(72 if well else 84, 7)
            sleep = rng.choice(["well", "badly"], p=[0.8, 0.2] if well else [0.2, 0.8])
            food = rng.choice(["little", "enough", "a lot", "nothing"])
            walk = rng.choice(["a bit", "not yet", "alone", "with help"])
            note = f"slept {sleep}, eats {food}, walks {walk}"
            label = "yes" if well else "no"
            rows.append([f"P{number:03}", day, age, f"{pulse:.0f}", ward, note, label])
    table = io.StringIO()
    csv.writer(table).writerows(rows)
    return table.getvalue()


def example_npz(architecture: Architecture) -> bytes:
    """Return a `.npz` file for a model."""
    dataset = _dataset(architecture)
    return npz_bytes({**dataset.inputs, **dataset.targets})


def has_media(architecture: Architecture) -> bool:
    """Return `True` if a table can name files for inputs: pictures and sequences of numbers."""
    media = [part for part in architecture.data_inputs if len(part.shape) > 1]
    return bool(media) and all(len(p.shape) == 2 or p.shape[2] in (1, 3) for p in media)


def example_zip(architecture: Architecture) -> bytes:
    """Return a `.zip` with a table for a model, and the pictures and sequences that it names."""
    dataset = _dataset(architecture)
    columns: dict[str, list[object]] = {}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for branch in architecture.data_inputs:
            array = dataset.inputs[branch.name]
            if array.ndim > 2:
                columns[branch.name] = _write_files(archive, branch.name, array)
            elif branch.cardinality:
                rows = array.tolist()
                columns[branch.name] = [" ".join(f"w{i}" for i in row if i) for row in rows]
            else:
                columns |= _numbered(branch.name, array)
        for head in architecture.data_heads:
            columns |= _numbered(head.name, dataset.targets[head.name])
        table = io.StringIO()
        writer = csv.writer(table)
        writer.writerows([columns, *zip(*columns.values(), strict=True)])
        archive.writestr("table.csv", table.getvalue())
    return file.getvalue()


def _numbered(name: str, array: Array) -> dict[str, list[object]]:
    """Return a column for each number of a sample."""
    if array.shape[1] == 1:
        return {name: [*array[:, 0]]}
    return {f"{name}_{index}": [*column] for index, column in enumerate(array.T, 1)}


def _write_files(archive: zipfile.ZipFile, name: str, array: Array) -> list[object]:
    """Write a picture or sequence file for each sample, and return the paths."""
    paths: list[object] = []
    for number, sample in enumerate(array, 1):
        ending = "png" if sample.ndim == 3 else "npy"
        content = io.BytesIO()
        if sample.ndim == 3:
            pixels = (255 * sample.clip(0, 1)).astype(np.uint8)
            Image.fromarray(pixels.squeeze(-1) if pixels.shape[2] == 1 else pixels).save(
                content, "PNG"
            )
        else:
            np.save(content, sample)
        paths.append(f"{name}/{number}.{ending}")
        archive.writestr(f"{name}/{number}.{ending}", content.getvalue())
    return paths


def example_table(architecture: Architecture) -> str:
    """List the content of such a `.zip` as lines of text."""
    names: list[str] = []
    cells: list[str] = []
    folders: list[str] = []
    for branch in architecture.data_inputs:
        ending = {3: "png", 2: "npy"}.get(len(branch.shape))
        names.append(branch.name)
        cells.append(f"{branch.name}/1.{ending}" if ending else "…")
        if ending:
            folder = f"{branch.name}/1.{ending}, {branch.name}/2.{ending}, …"
            if ending == "npy":
                folder += "  saved by numpy.save, (steps,) or (steps, features)"
            folders.append(folder)
    names += [head.name for head in architecture.data_heads]
    cells += ["…"] * len(architecture.data_heads)
    return "\n".join(["table.csv:", f"  {','.join(names)}", f"  {','.join(cells)}", *folders])


def _dataset(architecture: Architecture) -> Dataset:
    return make(architecture, DataSpec(relation=RELATIONS[_KIND](), samples=SAMPLES))
