"""The columns of a file as one table."""

from __future__ import annotations

from dataclasses import dataclass

from components.core.errors import DataError, suggest
from sample_data.columns.column import Column


@dataclass(frozen=True)
class DataTable:
    """The columns of a file, the file's name, and notes on how it was read."""

    name: str
    columns: tuple[Column, ...]
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """The number of samples."""
        return len(self.columns[0].values)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in the order of the file."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column of that name. Raises `DataError` if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise DataError(
            f"The column must be one of `{self.name}`.", name, suggest(name, self.names)
        )
