"""Which columns of a file feed which input, and which are predicted by which head."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ConfigDict

from components.core.errors import DataError, suggest
from components.core.registry import kind_of
from components.heads.base import Head
from components.inputs.base import Input
from components.model.spec import Architecture
from sample_data.own._encode import can_feed, can_label, wanted_columns
from sample_data.own._groups import groups, plain_name
from sample_data.own.table import Column, DataTable


class Columns(BaseModel):
    """Columns by name, in order; `scaled`: numbers to mean 0 and deviation 1, pixels to 0..1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: tuple[str, ...]
    scaled: bool = True


class Mapping(BaseModel):
    """Columns for each input and each head, by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    inputs: dict[str, Columns]
    heads: dict[str, Columns]

    def changed(self, part: str, columns: Sequence[str], scaled: bool | None = None) -> Mapping:
        """The mapping with other columns for the input or head of that name.

        Raises `DataError` where it has none.
        """
        held = {**self.inputs, **self.heads}
        if part not in held:
            raise DataError("A mapping names inputs and heads.", part, suggest(part, held))
        now = Columns(
            columns=tuple(columns), scaled=held[part].scaled if scaled is None else scaled
        )
        return Mapping(
            inputs={name: now if name == part else old for name, old in self.inputs.items()},
            heads={name: now if name == part else old for name, old in self.heads.items()},
        )


def propose_mapping(table: DataTable, architecture: Architecture) -> Mapping:
    """Columns for an architecture: those of the same name, else the first free ones that fit.

    An input or head for which nothing is left gets no columns.
    """
    grouped = groups(table)
    called = {name: [c.name for c in columns] for name, columns in grouped.inputs.items()}
    called |= {name: [column.name] for name, column in grouped.heads.items()}
    for column in table.columns:
        called.setdefault(column.name, [column.name])
        called.setdefault(plain_name(column.name), [column.name])
    parts: list[Input | Head] = [*architecture.heads, *architecture.inputs]
    chosen = {part.name: called[part.name] for part in parts if part.name in called}
    taken = {name for columns in chosen.values() for name in columns}
    likely = [column for column in grouped.heads.values() if column.name not in taken]
    for part in parts:
        if part.name not in chosen:
            free = [c for c in table.columns if c.name not in taken]
            first = [c for c in likely if c in free] if isinstance(part, Head) else []
            chosen[part.name] = _first_that_fit(part, [*first, *free])
            taken |= set(chosen[part.name])
    return Mapping(
        inputs={part.name: _columns(chosen[part.name]) for part in architecture.inputs},
        heads={part.name: _columns(chosen[part.name]) for part in architecture.heads},
    )


def unused(table: DataTable, mapping: Mapping) -> tuple[str, ...]:
    """Columns that feed no input and no head, in the order of the file."""
    used = {name for part in _parts(mapping) for name in part.columns}
    return tuple(name for name in table.names if name not in used)


def _parts(mapping: Mapping) -> Iterable[Columns]:
    return (*mapping.inputs.values(), *mapping.heads.values())


def _columns(names: Sequence[str]) -> Columns:
    return Columns(columns=tuple(names))


def _first_that_fit(part: Input | Head, free: Sequence[Column]) -> list[str]:
    fits = can_label if isinstance(part, Head) else can_feed
    suiting = [column for column in free if fits(kind_of(type(part)), column)]
    arrays = [column for column in suiting if not column.scalar]
    if arrays and not isinstance(part, Head):
        same = [column for column in arrays if column.shape == part.shape]
        return [(same or arrays)[0].name]
    return [column.name for column in suiting[: wanted_columns(part)]]
