"""The part of a script that loads its data, and the command that writes that data."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

from components.core.fields import settings as fields_of
from components.core.registry import kind_of
from components.export.model_code import Statement
from components.export.python_text import WIDTH, literal
from components.model.spec import Architecture
from sample_data import presets
from sample_data.own.whole_file import SCALED
from sample_data.sources import CollectionSpec, Data, about
from sample_data.synthetic import DataSpec

DATA = "data.npz"
"""The file that a script reads data of a relation or a collection from."""


def loaded(spec: Architecture, data: Data, whole: Architecture) -> Iterator[Statement]:
    """Statements that load the inputs and the targets from data of the whole architecture."""
    if isinstance(data, str):
        yield Statement((f"data = np.load({literal(Path(data).name)})",))
        if about(data).notes == (SCALED,):
            yield from _scaled(spec)
        yield Statement(
            (
                "inputs = {name: data[name].astype(x.dtype) for name, x in model.input.items()}",
                "rows = len(data[next(iter(model.output))])",
                "targets = {name: data[name].reshape(rows, -1) for name in model.output}",
            )
        )
        return
    yield Statement(
        (
            *_commented(_command(whole, data)),
            f"data = np.load({literal(DATA)})",
            "inputs = {name: data[name] for name in model.input}",
            "targets = {name: data[name] for name in model.output}",
        )
    )


def _scaled(spec: Architecture) -> Iterator[Statement]:
    """Scales a file's numbers and pixels, as the run does."""
    shapes = {item.name: item.shape for item in spec.data_inputs if not item.cardinality}
    pixels = [name for name, shape in shapes.items() if len(shape) == 3]
    numbers = [name for name in shapes if name not in pixels]
    numbers += [head.name for head in spec.heads if head.target == "values"]
    yield Statement(("data = dict(data)",))
    if numbers:
        names = ", ".join(map(literal, numbers))
        yield Statement((f"for name in [{names}]:", *_STANDARD.splitlines()))
    if pixels:
        names = ", ".join(map(literal, pixels))
        yield Statement((f"for name in [{names}]:", *_PIXELS.splitlines()))


_STANDARD = """\
    values = data[name].astype("float64")
    values = values.reshape(len(values), -1) if values.ndim == 1 else values
    axes = tuple(range(values.ndim - 1))
    spread = values.std(axis=axes)
    data[name] = (values - values.mean(axis=axes)) / np.where(spread == 0, 1, spread)"""
_PIXELS = """\
    pixels = data[name]
    low, high = (0, 255) if pixels.dtype == "uint8" else (pixels.min(), pixels.max())
    if low < 0 or high > 1:
        data[name] = ((pixels - low) / (high - low or 1)).astype("float32")"""


def _commented(words: str) -> list[str]:
    """A command as lines of comment that a shell reads as one."""
    *most, last = textwrap.wrap(words, WIDTH - 6, break_long_words=False, break_on_hyphens=False)
    return [*(f"#   {line} \\" for line in most), f"#   {last}"]


def _command(spec: Architecture, data: DataSpec | CollectionSpec) -> str:
    """The command that writes a script's data."""
    words = ["python -m components data", _source(data)]
    if isinstance(data, DataSpec):
        words.append(f"--arch {_architecture(spec)}")
    for name in ("samples", "difficulty", "seed"):
        value = getattr(data, name, None)
        if value is not None and value != type(data).model_fields[name].default:
            words.append(f"--{name} {literal(value)}")
    return " ".join([*words, f"-o {DATA}"])


def _source(data: DataSpec | CollectionSpec) -> str:
    if isinstance(data, CollectionSpec):
        return data.collection
    relation = data.relation
    changed = ",".join(
        f"{field.name}={getattr(relation, field.name)}"
        for field in fields_of(type(relation))
        if getattr(relation, field.name) != field.default
    )
    return kind_of(type(relation)) + (f":{changed}" if changed else "")


def _architecture(spec: Architecture) -> str:
    """The preset it equals, or the name of its downloaded file."""
    names_ = (name for name in presets.names() if presets.load(name) == spec)
    return next(names_, f"{spec.name}.json")
