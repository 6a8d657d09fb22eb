"""Sequences of real numbers, made from an array or from a column for each step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from components.inputs.base import Input
from sample_data.columns.column import Column
from sample_data.columns.encoded import EncodedColumns
from sample_data.columns.numbers import series
from sample_data.renderers.base import Renderer


class SequenceRenderer(Renderer):
    """A renderer of inputs (length, features)."""

    needs = "an array (N, steps, features), or a column for each step"
    column_kinds = frozenset({"timeseries", "number"})

    def sizes(self, columns: Sequence[Column]) -> dict[str, Any]:
        length, features = columns[0].shape[:2]
        return {"length": length, "features": features}

    def fitted_sizes(self, branch: Input, columns: Sequence[Column]) -> dict[str, Any]:
        if columns[0].scalar:
            return {"length": max(1, len(columns) // (branch.shape[1] or 1))}
        return super().fitted_sizes(branch, columns)

    def encode(self, branch: Input, columns: Sequence[Column], scaled: bool) -> EncodedColumns:
        return series(branch, columns, scaled)
