"""Which columns of a file make which input, and which column each head predicts."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from components.core.errors import DataError, suggest
from components.heads.base import Head
from components.inputs.base import Input
from components.model.spec import Architecture
from sample_data.columns.column import Column
from sample_data.own._encode import accepts, wanted_columns
from sample_data.own._groups import groups, plain_name
from sample_data.own.table import DataTable


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

    def changed(
        self, part: str, columns: Sequence[str], scaled: bool | None = None
    ) -> ColumnMapping:
        """The mapping with other columns for the input or head of that name.

        Raises `DataError` if it has none.
        """
        parts = {**self.inputs, **self.heads}
        if part not in parts:
            raise DataError(
                "Columns must be chosen for an input or head.", part, suggest(part, parts)
            )
        now = MappedColumns(
            columns=tuple(columns), scaled=parts[part].scaled if scaled is None else scaled
        )
        return ColumnMapping(
            inputs={name: now if name == part else old for name, old in self.inputs.items()},
            heads={name: now if name == part else old for name, old in self.heads.items()},
        )


def propose_mapping(table: DataTable, architecture: Architecture) -> ColumnMapping:
    """Columns for an architecture: those with the same name, else the first unused ones that fit.

    An input or head gets no columns if none are left.
    """
    grouped = groups(table)
    named = {name: [c.name for c in columns] for name, columns in grouped.inputs.items()}
    named |= {name: [column.name] for name, column in grouped.heads.items()}
    for column in table.columns:
        named.setdefault(column.name, [column.name])
        named.setdefault(plain_name(column.name), [column.name])
    parts: list[Input | Head] = [*architecture.heads, *architecture.data_inputs]
    chosen = {part.name: named[part.name] for part in parts if part.name in named}
    used = {name for columns in chosen.values() for name in columns}
    likely = [column for column in grouped.heads.values() if column.name not in used]
    for part in parts:
        if part.name not in chosen:
            free = [c for c in table.columns if c.name not in used]
            first = [c for c in likely if c in free] if isinstance(part, Head) else []
            chosen[part.name] = _first_that_fit(part, [*first, *free])
            used |= set(chosen[part.name])
    return ColumnMapping(
        inputs={part.name: _columns(chosen[part.name]) for part in architecture.data_inputs},
        heads={part.name: _columns(chosen[part.name]) for part in architecture.heads},
    )


def unused(table: DataTable, mapping: ColumnMapping) -> tuple[str, ...]:
    """Columns that no input and no head uses, in the order of the file."""
    parts = (*mapping.inputs.values(), *mapping.heads.values())
    used = {name for part in parts for name in part.columns}
    return tuple(name for name in table.names if name not in used)


def _columns(names: Sequence[str]) -> MappedColumns:
    return MappedColumns(columns=tuple(names))


def _first_that_fit(part: Input | Head, free: Sequence[Column]) -> list[str]:
    suiting = [column for column in free if accepts(part, column)]
    arrays = [column for column in suiting if not column.scalar]
    if arrays and not isinstance(part, Head):
        same = [column for column in arrays if column.shape == part.shape]
        return [(same or arrays)[0].name]
    return [column.name for column in suiting[: wanted_columns(part)]]
