"""Renderer of causes as the meaning of words."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from components.models.inputs.base import Input
from sample_data.core.arrays import Array, Floats
from sample_data.core.drawings import HeatMap
from sample_data.core.latent import InputCapacity
from sample_data.renderers import base

_SHOWN = 64
_WIDEST = 6


class EmbeddingsRenderer(base.SequenceRenderer):
    """Random word vectors; half of them are moved along directions of meaning, by the cause.

    Each number has a direction of its own: a few neighbouring features, seen as a stripe down the
    words. A higher difficulty mixes it with the other features, and makes them louder.
    Uninformative words have nothing along a direction. Over steps, each run of words shows the
    numbers of its step.
    """

    title = "Meaning of words"

    def capacity(self, branch: Input) -> InputCapacity:
        length, features = base.full_shape(branch)
        most = min(base.MOST_NUMBERS, features)
        return InputCapacity(
            branch.name, branch.title, numbers=most, steps=length, step_numbers=most
        )

    def captions(self, branch: Input, numbers: int, steps: int = 0) -> tuple[str, ...]:
        return tuple(f"meaning {number}" for number in range(1, numbers + 1))

    def _whole(self, branch: Input, causes: Floats, context: base.RenderContext) -> Array:
        length, _ = base.full_shape(branch)
        amounts = _chosen(context.rng, len(causes), length)[..., None] * causes[:, None, :]
        return _written(branch, amounts, context)

    def _over_steps(self, branch: Input, causes: Floats, context: base.RenderContext) -> Array:
        length, _ = base.full_shape(branch)
        amounts = np.zeros((len(causes), length, causes.shape[2]), dtype=np.float32)
        for step, words in enumerate(base.runs(length, causes.shape[1])):
            amounts[:, words] = causes[:, step, None]
        return _written(branch, amounts, context)

    def show(self, branch: Input, sample: Array, names: Sequence[str] | None = None) -> HeatMap:
        return HeatMap(_coarse(_coarse(sample).T).T)


def _written(branch: Input, amounts: Floats, context: base.RenderContext) -> Array:
    """Return word vectors with these amounts (N, length, numbers) along the directions."""
    length, features = base.full_shape(branch)
    units = base.leaning(context.world, _stripes(amounts.shape[2], features), context.difficulty)
    x = context.rng.standard_normal((len(amounts), length, features), dtype=np.float32)
    x *= np.float32((0.1 + 2.5 * context.difficulty) / math.sqrt(features))
    base.put_along(x, units, amounts)
    return x


def _stripes(count: int, features: int) -> Floats:
    """Return unit vectors (count, features), each spread over neighbours that no other one uses."""
    width = min(_WIDEST, features // count)
    units = np.zeros((count, features), dtype=np.float32)
    for index in range(count):
        start = index * features // count + (features // count - width) // 2
        units[index, start : start + width] = 1 / math.sqrt(width)
    return units


def _chosen(rng: np.random.Generator, samples: int, length: int) -> Floats:
    """Return 1 for half of the steps of each sample, at random places and at least one; else 0."""
    order = rng.random((samples, length), dtype=np.float32).argsort(axis=1)
    return (order < max(1, length // 2)).astype(np.float32)


def _coarse(values: Floats) -> Floats:
    """Return means over even runs of rows, 64 at most."""
    starts = np.linspace(0, len(values), min(len(values), _SHOWN), endpoint=False).astype(int)
    counts = np.diff(np.append(starts, len(values))).astype(np.float32)
    sums = np.add.reduceat(values, starts, axis=0)
    return (sums / counts[:, None]).astype(np.float32)
