"""Renderer of causes as features."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from components.models.inputs.base import Input
from sample_data.columns.column import Column
from sample_data.columns.encode import EncodedColumns, vector
from sample_data.core.arrays import Array, Floats
from sample_data.core.drawings import Values
from sample_data.core.latent import InputCapacity
from sample_data.renderers import base

_SHOWN = 64


class VectorRenderer(base.Renderer):
    """The numbers of the cause, then noise features, all rotated together.

    At difficulty 0 feature j is number j. A higher difficulty rotates every number further from its
    feature, and makes the noise louder: N(0, 1) at 0.2 up to 16 features. In wider vectors each
    noise feature is quieter, so that all together are as loud as in 16.
    """

    title = "Directions in a vector"
    needs = "numbers"
    column_kinds = frozenset({"number", "vector", "tokens"})
    proposed_for = frozenset({"number", "vector"})

    def capacity(self, branch: Input) -> InputCapacity:
        return InputCapacity(branch.name, branch.title, numbers=base.full_shape(branch)[0])

    def captions(self, branch: Input, numbers: int, steps: int = 0) -> tuple[str, ...]:
        return tuple(f"feature {number}" for number in range(1, numbers + 1))

    def _whole(self, branch: Input, causes: Floats, context: base.RenderContext) -> Array:
        (features,) = base.full_shape(branch)
        units = np.eye(causes.shape[1], features, dtype=np.float32)
        x = context.rng.standard_normal((len(causes), features), dtype=np.float32)
        x *= np.float32((0.1 + 4.5 * context.difficulty) * min(1.0, 4 / math.sqrt(features)))
        base.put_along(x, base.leaning(context.world, units, context.difficulty), causes)
        return x

    def show(self, branch: Input, sample: Array, names: Sequence[str] | None = None) -> Values:
        return Values(sample[:_SHOWN].tolist(), len(sample), tuple(names or ()))

    def sizes(self, columns: Sequence[Column]) -> dict[str, Any]:
        return {"features": sum(math.prod(column.shape) for column in columns)}

    def proposed_encoder(self, sizes: dict[str, Any]) -> dict[str, Any]:
        units = base.power_of_two(2 * sizes["features"], 8, 64)
        return {"kind": "dense", "depth": 1, "units": units}

    def encode(
        self, branch: Input, columns: Sequence[Column], scaled: bool, trained: Array
    ) -> EncodedColumns:
        return vector(branch.name, branch.shape[0] or 1, columns, scaled, trained)
