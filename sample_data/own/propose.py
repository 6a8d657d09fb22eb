"""Proposal of a model and a mapping for a file, by groups of its columns."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from components.base.errors import DataError
from components.base.text import free_name
from components.models.architecture.architecture import TRUNK, Architecture, parse
from components.models.heads.base import Head
from components.models.inputs import INPUTS
from components.models.inputs.base import Input
from components.models.language.fields import settings
from sample_data.columns.column import Column, DataTable
from sample_data.columns.encode import classes_of
from sample_data.core.limits import CLASSES
from sample_data.own.unused import NOTHING_TO_LEARN, unused_columns
from sample_data.renderers import RENDERERS, renderer_of
from sample_data.renderers.base import Renderer

MOST_INPUTS = 12
MOST_HEADS = 4
FUSION = "fusion"
_LABELS = (
    *("label", "labels", "target", "targets", "class", "y", "outcome", "output"),
    *("diagnosis", "species", "category"),
)
_SEVERAL = re.compile(r"(y|label|target|output)(_\w+|\d+)", re.IGNORECASE)
_PREFIX = re.compile(r"([^_.\- ]+?)(?:[_.\- ].+|\d+)")
_MOST_PREFIXES = 5
_FEW_CLASSES = 20
NAME = "own_data"
"""Name of the proposed architecture: links and shared runs must not reveal the name of the file."""


class MappedColumns(BaseModel):
    """Columns by name, in order; `scaled`: numbers to mean 0 and deviation 1, pixels to 0..1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: tuple[str, ...]
    scaled: bool = True


class ColumnMapping(BaseModel):
    """Columns for each input and each head, by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    inputs: dict[str, MappedColumns]
    heads: dict[str, MappedColumns]


def accepts(part: Input | Head, column: Column) -> bool:
    """Return `True` if an input can be made from a column, or a head can predict it."""
    if column.left_out:
        return False
    if isinstance(part, Input):
        return renderer_of(part).accepts(column)
    if part.target == "values":
        return column.kind in ("number", "vector")
    return column.scalar and (
        column.distinct == 2 if part.target == "binary" else column.distinct > 1
    )


def wanted_columns(part: Input | Head) -> int:
    """Return the number of single-valued columns that an input or a head needs."""
    if isinstance(part, Input):
        return renderer_of(part).wanted_columns(part)
    return part.width if part.target == "values" else 1


def propose_mapping(
    table: DataTable, architecture: Architecture, grouped: Groups | None = None
) -> ColumnMapping:
    """Propose columns for an architecture: those of the same name, else the first free that fit.

    An input or head gets no columns if none are left. `grouped` are the groups of the table.
    """
    grouped = grouped or groups(table)
    named = {name: [c.name for c in columns] for name, columns in grouped.inputs.items()}
    named |= {name: [column.name] for name, column in grouped.heads.items()}
    for column in (column for column in table.columns if not column.left_out):
        named.setdefault(column.name, [column.name])
        named.setdefault(plain_name(column.name), [column.name])
    parts: list[Input | Head] = [*architecture.data_heads, *architecture.data_inputs]
    chosen = {part.name: named[part.name] for part in parts if part.name in named}
    used = {name for columns in chosen.values() for name in columns}
    likely = [column for column in grouped.heads.values() if column.name not in used]
    for part in parts:
        if part.name not in chosen:
            free = [c for c in table.columns if c.name not in used | grouped.unused.keys()]
            first = [c for c in likely if c in free] if isinstance(part, Head) else []
            chosen[part.name] = _first_that_fit(part, [*first, *free])
            used |= set(chosen[part.name])
    return ColumnMapping(
        inputs={part.name: _columns(chosen[part.name]) for part in architecture.data_inputs},
        heads={part.name: _columns(chosen[part.name]) for part in architecture.data_heads},
    )


def _columns(names: Sequence[str]) -> MappedColumns:
    return MappedColumns(columns=tuple(names))


def _first_that_fit(part: Input | Head, free: Sequence[Column]) -> list[str]:
    suiting = [column for column in free if accepts(part, column)]
    arrays = [column for column in suiting if not column.scalar]
    if arrays and not isinstance(part, Head):
        same = [column for column in arrays if column.shape == part.shape]
        return [(same or arrays)[0].name]
    return [column.name for column in suiting[: wanted_columns(part)]]


@dataclass(frozen=True)
class Groups:
    """Columns by proposed input, labels by proposed head, and why other columns are not used."""

    inputs: dict[str, tuple[Column, ...]]
    heads: dict[str, Column]
    unused: Mapping[str, str]


def groups(table: DataTable) -> Groups:
    """Return groups of columns, at most 12, with valid input names.

    Numbers whose names start alike form a group, or all numbers do; each category, text and array
    is a group of its own. Columns that are no features are left out. Raises `DataError` if nothing
    can be predicted, or nothing is left to predict it from.
    """
    labels = _labels(table)
    unused = unused_columns(table, labels)
    free = [column for column in table.columns if column not in labels and not column.left_out]
    if all(column.name in unused for column in free):  # Nothing else is left to learn from.
        unused = {name: reason for name, reason in unused.items() if reason in NOTHING_TO_LEARN}
    rest = [column for column in free if column.name not in unused]
    used = {TRUNK, FUSION}
    heads = {_free(column.name, used): column for column in labels}
    arrays = [column for column in rest if not column.scalar]
    texts = [c for c in rest if c.kind == "text" and (c.prose or c.chosen)]
    numbers = [column for column in rest if column.kind == "number"]
    categories = [column for column in rest if column.kind == "category"]
    single = [(column.name, (column,)) for column in (*arrays, *texts)]
    several = [
        (free_name(name, table.names) if columns[1:] else name, columns)
        for name, columns in _by_prefix(numbers)
    ]
    room = MOST_INPUTS - len(single) - len(several)
    single += [(column.name, (column,)) for column in categories[: max(0, room)]]
    order = {column.name: index for index, column in enumerate(table.columns)}
    inputs = sorted([*single, *several], key=lambda item: order[item[1][0].name])
    if not inputs:
        raise DataError(
            "No column is left to predict from.",
            f"{table.name} with {', '.join(table.names[:4])}",
            "Add columns of numbers, categories or texts.",
        )
    named = {_free(name, used): columns for name, columns in inputs[:MOST_INPUTS]}
    return Groups(named, heads, unused)


def plain_name(name: str) -> str:
    """Return a valid name of an input or head that is close to `name`."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"\W+", "_", ascii_only).strip("_")[:40]
    if not plain:
        return "column"
    return plain if plain[0].isalpha() else f"c_{plain}"[:40]


def can_be_predicted(column: Column) -> bool:
    """Return `True` if a column can be a label: numbers, or a few different texts."""
    if column.left_out:
        return False
    if column.kind == "number":
        return column.distinct > 1
    return column.scalar and 1 < len(column.texts) <= CLASSES


def _free(name: str, used: set[str]) -> str:
    free = free_name(plain_name(name), used, longest=36)
    used.add(free)
    return free


def _labels(table: DataTable) -> list[Column]:
    able = [column for column in table.columns if can_be_predicted(column)]
    if not able:
        only = next((c for c in table.columns if c.scalar), table.columns[-1])
        raise DataError(
            f"No column can be the label: it needs numbers, or 2 to {CLASSES} classes.",
            f"{only.name} has {max(only.distinct, len(only.texts)):,} different values",
            "Add a column or array (N,) of labels.",
        )
    for name in _LABELS:
        named = [column for column in able if column.name.lower() == name]
        if named:
            return named
    several = [column for column in able if _SEVERAL.fullmatch(column.name)]
    if several and len(several) <= MOST_HEADS and len(several) < len(table.columns):
        return several
    return able[-1:]


def _by_prefix(numbers: Sequence[Column]) -> list[tuple[str, tuple[Column, ...]]]:
    if not numbers:
        return []
    grouped: dict[str, list[Column]] = {}
    for column in numbers:
        matched = _PREFIX.fullmatch(column.name)
        grouped.setdefault(matched.group(1) if matched else "", []).append(column)
    natural = {name: columns for name, columns in grouped.items() if name and columns[1:]}
    if len(natural) > _MOST_PREFIXES:
        natural = {}
    held = {column.name for columns in natural.values() for column in columns}
    loose = [column for column in numbers if column.name not in held]
    groups = [(name, tuple(columns)) for name, columns in natural.items()]
    if loose:
        groups.append((loose[0].name if len(loose) == 1 else "numbers", tuple(loose)))
    return groups


def propose(table: DataTable, grouped: Groups | None = None) -> Architecture:
    """Propose an architecture for a file: an input per group of columns, and a head per label.

    Raises `DataError` if nothing can be predicted, or nothing is left to predict it from.
    """
    grouped = grouped or groups(table)
    inputs = [_input(name, columns) for name, columns in grouped.inputs.items()]
    names = [branch["name"] for branch in inputs]
    merges = [{"name": FUSION, "kind": "concatenate", "sources": names}] if names[1:] else []
    return parse(
        {
            "name": NAME,
            "inputs": inputs,
            "merges": merges,
            "trunk": {"depth": 1, "units": 32},
            "heads": [_head(name, column) for name, column in grouped.heads.items()],
        }
    )


def fit(table: DataTable, architecture: Architecture, mapping: ColumnMapping) -> Architecture:
    """Return the architecture with sizes that fit the mapped columns, otherwise unchanged.

    Inputs and heads with unsuitable columns stay unchanged: `prepare` raises their errors.
    """
    inputs, heads = [], []
    for branch in architecture.inputs:
        columns = _mapped(table, mapping.inputs, branch.reads or branch.name)
        renderer = renderer_of(branch)
        if columns and all(renderer.accepts(column) for column in columns):
            branch = branch.model_copy(update=renderer.fitted_sizes(branch, columns))
        inputs.append(branch)
    for head in architecture.heads:
        columns = _mapped(table, mapping.heads, head.learns)
        if columns and head.target == "classes" and columns[0].scalar:
            head = head.model_copy(update={"classes": max(2, classes_of(columns[0]))})
        elif columns and head.target == "values":
            count = sum(math.prod(column.shape) for column in columns)
            head = head.model_copy(update={"outputs": count})
        heads.append(head)
    update = {"inputs": tuple(inputs), "heads": tuple(heads)}
    return parse(architecture.model_copy(update=update).data())


def with_new_inputs(
    table: DataTable, architecture: Architecture, mapping: ColumnMapping, columns: Sequence[str]
) -> tuple[Architecture, ColumnMapping]:
    """Return the model with an input of its own for each of the columns, and the mapping to it.

    A new input has the encoder of an input of the same kind, and feeds the same merges, otherwise
    the last one. Sizes of the others are fitted to the columns they keep. Raises `DataError` or
    `SpecError` if the model can't have such an input.
    """
    data = architecture.data()
    parts = (*data["inputs"], *data.get("merges", []), *data["heads"])
    used = {TRUNK, *(part["name"] for part in parts)}
    inputs = dict(mapping.inputs)
    for name in columns:
        column = table.column(name)
        branch = _input(_free(name, used), (column,))
        alike = next((each for each in data["inputs"] if each.get("kind") == branch["kind"]), None)
        if alike is not None:
            branch["encoder"] = alike["encoder"]
        data["inputs"].append(branch)
        inputs[branch["name"]] = MappedColumns(columns=(name,))
        _connect(data, branch["name"], alike and alike["name"])
    grown = mapping.model_copy(update={"inputs": inputs})
    return fit(table, parse(data), grown), grown


def _connect(data: dict[str, Any], name: str, alike: str | None) -> None:
    """Connect an input to the merges that another one feeds, otherwise to the last; or make one."""
    merges = data.setdefault("merges", [])
    if not merges:
        others = [branch["name"] for branch in data["inputs"]]
        merges.append({"name": FUSION, "kind": "concatenate", "sources": others})
        return
    fed = [merge for merge in merges if alike in merge["sources"]] or merges[-1:]
    for merge in fed:
        merge["sources"] = [*merge["sources"], name]


def _mapped(table: DataTable, parts: dict[str, MappedColumns], name: str) -> list[Column]:
    return [table.column(column) for column in parts[name].columns] if name in parts else []


def _input(name: str, columns: tuple[Column, ...]) -> dict[str, Any]:
    kind, renderer = _renderer_for(columns[0])
    sizes = renderer.proposed_sizes(columns)
    for setting in settings(INPUTS[kind]):
        if setting.maximum is not None and sizes.get(setting.name, 0) > setting.maximum:
            raise DataError(
                f"`{setting.name}` of an input of kind {kind} can be at most {setting.maximum:,}.",
                f"{sizes[setting.name]:,} in {columns[0].name}",
                "Make it smaller, or leave it out.",
            )
    return {"name": name, "kind": kind, **sizes, "encoder": renderer.proposed_encoder(sizes)}


def _renderer_for(column: Column) -> tuple[str, Renderer]:
    """Return the kind of input that is proposed for a column, and its renderer."""
    return next(
        (kind, renderer())
        for kind, renderer in RENDERERS.items()
        if column.kind in renderer.proposed_for
    )


def _head(name: str, column: Column) -> dict[str, Any]:
    head = {"name": name, "source": TRUNK}
    if column.kind == "number" and not _is_classes(column):
        return {**head, "kind": "regression", "metrics": ["mean_absolute_error", "r2_score"]}
    classes = classes_of(column)
    if classes == 2:
        return {**head, "kind": "binary"}
    return {**head, "kind": "multiclass", "classes": classes}


def _is_classes(column: Column) -> bool:
    if column.distinct == 2:
        return True
    few = column.distinct <= _FEW_CLASSES and 3 * column.distinct <= len(column.values)
    return few and column.whole
