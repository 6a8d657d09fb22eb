"""What all renderers share: their interface, and small steps that most of them take."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from components.core.registry import Concept
from components.inputs.base import Input
from sample_data.columns.column import Column, ColumnKind
from sample_data.columns.encode import EncodedColumns, series
from sample_data.core.arrays import Array, Floats
from sample_data.core.drawings import Drawing
from sample_data.core.latent import InputCapacity

NOMINAL_LENGTH = 32
"""Steps drawn for an input that takes any length."""
MOST_NUMBERS = 64

_BLOCK_BYTES = 4_000_000
_SATURATION, _FARTHEST = 2.5, 1000.0


@dataclass(frozen=True)
class RenderContext:
    """What a drawing depends on beside the input and its causes.

    `world` draws what all samples of a seed have in common (directions, colours, ids), `rng` what
    differs from sample to sample. `difficulty` from 0 to 1 adds noise, clutter and movement without
    a meaning. At 0 the cause is plain; at 1 it can still be read.
    """

    world: np.random.Generator
    rng: np.random.Generator
    difficulty: float = 0.2


class Renderer(Concept):
    """Makes the arrays of one kind of input: from hidden causes, and from columns of a file.

    Its `kind` is the input's.
    """

    needs: ClassVar[str]
    """The columns of a file that the input can be made from, in a few words."""
    column_kinds: ClassVar[frozenset[ColumnKind]]
    """Kinds of column that the input can be made from."""
    proposed_for: ClassVar[frozenset[ColumnKind]] = frozenset()
    """Kinds of column for which this kind of input is proposed."""

    def capacity(self, branch: Input) -> InputCapacity:
        """What an input of these sizes can show."""
        raise NotImplementedError

    def captions(self, branch: Input, numbers: int, steps: int = 0) -> tuple[str, ...]:
        """What shows each number of a cause, in a word or two: `position`, `hue`.

        With `steps`, the numbers are those of each step.
        """
        raise NotImplementedError

    def draw(self, branch: Input, causes: Floats, context: RenderContext) -> Array:
        """Causes (N, numbers) or (N, steps, numbers of a step) as an array (N, *shape).

        There are no more of them than the input's capacity.
        """
        draw = self._over_steps if causes.ndim == 3 else self._whole
        return draw(branch, causes, context)

    def show(self, branch: Input, sample: Array, names: Sequence[str] | None = None) -> Drawing:
        """One sample, of the input's shape, as plain drawing data.

        `names` are those of its ids or numbers, empty if unknown; `None` for samples that a
        renderer has drawn.
        """
        raise NotImplementedError

    def accepts(self, column: Column) -> bool:
        """Whether the input can be made from a column, alone or with others."""
        return column.kind in self.column_kinds

    def wanted_columns(self, branch: Input) -> int:
        """How many columns with one value a sample the input is made from."""
        return math.prod(size or 1 for size in branch.shape)

    def sizes(self, columns: Sequence[Column]) -> dict[str, Any]:
        """Fields of the input that fit columns it accepts."""
        raise NotImplementedError

    def proposed_sizes(self, columns: Sequence[Column]) -> dict[str, Any]:
        """Fields of a proposed input for columns."""
        return self.sizes(columns)

    def fitted_sizes(self, branch: Input, columns: Sequence[Column]) -> dict[str, Any]:
        """Fields that an existing input must change to fit columns; an open length stays open."""
        sizes = self.sizes(columns)
        if branch.shape[0] is None:
            sizes.pop("length", None)
        return sizes

    def proposed_encoder(self, sizes: dict[str, Any]) -> dict[str, Any]:
        """A small encoder for a proposed input of those sizes, as JSON data."""
        raise NotImplementedError

    def encode(
        self, branch: Input, columns: Sequence[Column], scaled: bool, trained: Array
    ) -> EncodedColumns:
        """Columns that it accepts as an array (N, *shape).

        What is learned from rows is learned from those that are `trained`, (N,) of booleans.
        Raises `DataError` if they don't fit the input's sizes.
        """
        raise NotImplementedError

    def _whole(self, branch: Input, causes: Floats, context: RenderContext) -> Array:
        """A cause (N, numbers) that holds for the whole sample."""
        raise NotImplementedError

    def _over_steps(self, branch: Input, causes: Floats, context: RenderContext) -> Array:
        """A cause (N, steps, numbers) that changes from step to step."""
        raise NotImplementedError


def power_of_two(number: float, least: int, most: int) -> int:
    """The next power of two from a number on, within bounds."""
    return int(min(most, max(least, 2 ** math.ceil(math.log2(max(1.0, number))))))


def full_shape(branch: Input) -> tuple[int, ...]:
    """Shape of one sample as it is drawn, with the nominal length where any is taken."""
    return tuple(NOMINAL_LENGTH if axis is None else axis for axis in branch.shape)


def squashed(causes: Floats) -> Floats:
    """Causes of any size in (-1, 1): 0.4 of them up to 2, then ever less; order is kept."""
    size = np.minimum(np.abs(causes), np.float32(_FARTHEST)) / np.float32(_SATURATION)
    inside: Floats = np.copysign(size / np.power(1 + size**8, np.float32(0.125)), causes)
    return inside


def runs(length: int, steps: int) -> list[slice]:
    """Equal runs of a sequence, one for each step; what is left at the end is in none."""
    each = length // steps
    return [slice(step * each, (step + 1) * each) for step in range(steps)]


def numbered(captions: Sequence[str], numbers: int) -> tuple[str, ...]:
    """The captions in turn, with a number from the second round on: `pitch`, `pitch 2`."""
    rounds = ((index // len(captions), captions[index % len(captions)]) for index in range(numbers))
    return tuple(text if turn == 0 else f"{text} {turn + 1}" for turn, text in rounds)


def leaning(world: np.random.Generator, units: Floats, difficulty: float) -> Floats:
    """Unit vectors (count, d) at right angles, turned away from `units` by the difficulty."""
    count, features = units.shape
    turn = world.standard_normal((count, features)) * (2 * difficulty / np.sqrt(features))
    rotated, triangle = np.linalg.qr((units + turn).T)
    rotated *= np.sign(np.diag(triangle))
    return np.ascontiguousarray(rotated.T, dtype=np.float32)


def put_along(x: Floats, units: Floats, amounts: Floats) -> None:
    """Sets the parts of x (N, …, d) along unit vectors (k, d) to amounts (N, …, k), in place.

    The vectors are at right angles; what x holds along them before is lost.
    """
    for rows in blocks(x):
        x[rows] += (amounts[rows] - x[rows] @ units.T) @ units


def bells(side: int, centre: Floats, width: float) -> Floats:
    """Bells (…, side) of height 1 around centres (…); `width`, in places, is half their breadth."""
    away = (np.arange(side, dtype=np.float32) - centre[..., None]) / np.float32(width)
    high: Floats = np.exp(np.float32(-0.5) * np.square(away))
    return high


def blocks(x: Array) -> Iterator[slice]:
    """Runs of samples small enough that what is worked out for them takes little memory."""
    count = max(1, _BLOCK_BYTES // max(1, x[:1].nbytes))
    return (slice(start, start + count) for start in range(0, len(x), count))


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

    def encode(
        self, branch: Input, columns: Sequence[Column], scaled: bool, trained: Array
    ) -> EncodedColumns:
        return series(branch, columns, scaled, trained)
