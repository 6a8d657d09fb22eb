"""Base class of renderers, and small steps that most of them share."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from components.models.inputs.base import Input
from components.models.language.registry import Concept
from sample_data.columns.column import Column, ColumnKind
from sample_data.columns.encode import EncodedColumns, series
from sample_data.core.arrays import Array, Floats
from sample_data.core.drawings import Drawing
from sample_data.core.latent import InputCapacity

NOMINAL_LENGTH = 32
"""Number of steps drawn for an input of any length."""
MOST_NUMBERS = 64

_BLOCK_BYTES = 4_000_000
_SATURATION, _FARTHEST = 2.5, 1000.0


@dataclass(frozen=True)
class RenderContext:
    """Context of a drawing, beside the input and its causes.

    `world` draws what all samples of a seed have in common (directions, colours, ids), `rng` what
    differs from sample to sample. `difficulty` from 0 to 1 adds noise, clutter and movement without
    a meaning. At 0 the cause is plain; at 1 it can still be read.
    """

    world: np.random.Generator
    rng: np.random.Generator
    difficulty: float = 0.2


class Renderer(Concept):
    """Maker of the arrays of one kind of input: from hidden causes, and from columns of a file.

    Its `kind` is the input's.
    """

    needs: ClassVar[str]
    """Columns of a file from which the input can be made, in a few words."""
    column_kinds: ClassVar[frozenset[ColumnKind]]
    """Kinds of column from which the input can be made."""
    proposed_for: ClassVar[frozenset[ColumnKind]] = frozenset()
    """Kinds of column for which this kind of input is proposed."""

    def capacity(self, branch: Input) -> InputCapacity:
        """Return the capacity of an input of these sizes."""
        raise NotImplementedError

    def captions(self, branch: Input, numbers: int, steps: int = 0) -> tuple[str, ...]:
        """Return a word or two for what shows each number of a cause: `position`, `hue`.

        With `steps`, the numbers are those of each step.
        """
        raise NotImplementedError

    def draw(self, branch: Input, causes: Floats, context: RenderContext) -> Array:
        """Draw causes (N, numbers) or (N, steps, numbers of a step) as an array (N, *shape).

        There are no more of them than the input's capacity.
        """
        draw = self._over_steps if causes.ndim == 3 else self._whole
        return draw(branch, causes, context)

    def show(self, branch: Input, sample: Array, names: Sequence[str] | None = None) -> Drawing:
        """Return one sample, of the input's shape, as plain drawing data.

        `names` are those of its ids or numbers, empty if unknown; `None` for samples that a
        renderer has drawn.
        """
        raise NotImplementedError

    def accepts(self, column: Column) -> bool:
        """Return `True` if the input can be made from a column, alone or with others."""
        return column.kind in self.column_kinds

    def wanted_columns(self, branch: Input) -> int:
        """Return the number of single-valued columns from which the input is made."""
        return math.prod(size or 1 for size in branch.shape)

    def sizes(self, columns: Sequence[Column]) -> dict[str, Any]:
        """Return the fields of the input that fit columns it accepts."""
        raise NotImplementedError

    def proposed_sizes(self, columns: Sequence[Column]) -> dict[str, Any]:
        """Return the fields of a proposed input for columns."""
        return self.sizes(columns)

    def fitted_sizes(self, branch: Input, columns: Sequence[Column]) -> dict[str, Any]:
        """Return the fields that an input must change to fit columns; an open length stays open."""
        sizes = self.sizes(columns)
        if branch.shape[0] is None:
            sizes.pop("length", None)
        return sizes

    def proposed_encoder(self, sizes: dict[str, Any]) -> dict[str, Any]:
        """Return a small encoder for a proposed input of those sizes, as JSON data."""
        raise NotImplementedError

    def encode(
        self, branch: Input, columns: Sequence[Column], scaled: bool, trained: Array
    ) -> EncodedColumns:
        """Turn accepted columns into an array (N, *shape).

        Statistics are learned from the rows that are `trained` only, (N,) of booleans. Raises
        `DataError` if the columns don't fit the input's sizes.
        """
        raise NotImplementedError

    def _whole(self, branch: Input, causes: Floats, context: RenderContext) -> Array:
        """Draw a cause (N, numbers) that holds for the whole sample."""
        raise NotImplementedError

    def _over_steps(self, branch: Input, causes: Floats, context: RenderContext) -> Array:
        """Draw a cause (N, steps, numbers) that changes from step to step."""
        raise NotImplementedError


def power_of_two(number: float, least: int, most: int) -> int:
    """Return the next power of two from a number on, within bounds."""
    return int(min(most, max(least, 2 ** math.ceil(math.log2(max(1.0, number))))))


def full_shape(branch: Input) -> tuple[int, ...]:
    """Return the shape of one sample as drawn, with the nominal length for an open one."""
    return tuple(NOMINAL_LENGTH if axis is None else axis for axis in branch.shape)


def squashed(causes: Floats) -> Floats:
    """Squash causes of any size into (-1, 1): times 0.4 up to 2, then ever less; order is kept."""
    size = np.minimum(np.abs(causes), np.float32(_FARTHEST)) / np.float32(_SATURATION)
    inside: Floats = np.copysign(size / np.power(1 + size**8, np.float32(0.125)), causes)
    return inside


def runs(length: int, steps: int) -> list[slice]:
    """Return equal runs of a sequence, one for each step, without the remainder at the end."""
    each = length // steps
    return [slice(step * each, (step + 1) * each) for step in range(steps)]


def numbered(captions: Sequence[str], numbers: int) -> tuple[str, ...]:
    """Return the captions in turn, with a number from the second round on: `pitch`, `pitch 2`."""
    rounds = ((index // len(captions), captions[index % len(captions)]) for index in range(numbers))
    return tuple(text if turn == 0 else f"{text} {turn + 1}" for turn, text in rounds)


def leaning(world: np.random.Generator, units: Floats, difficulty: float) -> Floats:
    """Return orthogonal unit vectors (count, d), turned away from `units` by the difficulty."""
    count, features = units.shape
    turn = world.standard_normal((count, features)) * (2 * difficulty / np.sqrt(features))
    rotated, triangle = np.linalg.qr((units + turn).T)
    rotated *= np.sign(np.diag(triangle))
    return np.ascontiguousarray(rotated.T, dtype=np.float32)


def put_along(x: Floats, units: Floats, amounts: Floats) -> None:
    """Set the parts of x (N, …, d) along unit vectors (k, d) to amounts (N, …, k), in place.

    The vectors are orthogonal; earlier values of x along them are lost.
    """
    for rows in blocks(x):
        x[rows] += (amounts[rows] - x[rows] @ units.T) @ units


def bells(side: int, centre: Floats, width: float) -> Floats:
    """Return bells (…, side) of height 1 around centres (…); `width` is half their breadth."""
    away = (np.arange(side, dtype=np.float32) - centre[..., None]) / np.float32(width)
    high: Floats = np.exp(np.float32(-0.5) * np.square(away))
    return high


def blocks(x: Array) -> Iterator[slice]:
    """Yield runs of samples so small that their intermediate results take little memory."""
    count = max(1, _BLOCK_BYTES // max(1, x[:1].nbytes))
    return (slice(start, start + count) for start in range(0, len(x), count))


class SequenceRenderer(Renderer):
    """Renderer of inputs (length, features)."""

    needs = "an array (N, steps, features), or a column for each step"
    column_kinds = frozenset({"timeseries", "number"})

    def sizes(self, columns: Sequence[Column]) -> dict[str, Any]:
        length, features = columns[0].shape[:2]
        return {"length": length, "features": features}

    def fitted_sizes(self, branch: Input, columns: Sequence[Column]) -> dict[str, Any]:
        if columns[0].scalar:
            return {"length": max(1, len(columns) // (branch.shape[1] or 1))}
        return super().fitted_sizes(branch, columns)

    def encode(
        self, branch: Input, columns: Sequence[Column], scaled: bool, trained: Array
    ) -> EncodedColumns:
        return series(branch, columns, scaled, trained)
