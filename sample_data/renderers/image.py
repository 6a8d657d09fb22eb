"""Renderer of causes as position, orientation, colour and texture of shapes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from components.models.inputs.base import Input
from sample_data.columns.column import Column
from sample_data.columns.encode import EncodedColumns, only_column, pictures
from sample_data.core.arrays import Array, Floats
from sample_data.core.drawings import Pixels
from sample_data.core.latent import InputCapacity
from sample_data.core.limits import PREPARED_BYTES
from sample_data.renderers import base
from sample_data.renderers._tiles import cells, grid, tiled

_SMALLEST = 7
"""Least height and width of a cell that holds a shape, in pixels."""
_PAIR = 2
_SPECK, _SPOTS = 0.3, 4
_FLOAT_BYTES = 4


class ImageRenderer(base.Renderer):
    """Shapes in cells; each shows two numbers.

    A ball, by how far to the right and how high it lies; a bar, by its tilt and its colour (in grey
    pictures by how bright it is around it); a patch of stripes, by whether they stand or lie and
    whether they are fine or coarse; then another ball. A picture too small for its shapes is made
    of plain tiles, each as bright as its number is large. A higher difficulty adds specks, faint
    spots, and movement that shows no number. Values are in [0, 1].
    """

    title = "Shapes"
    needs = "pictures, an array (N, height, width, channels)"
    column_kinds = frozenset({"image", "timeseries"})
    proposed_for = frozenset({"image"})

    def capacity(self, branch: Input) -> InputCapacity:
        height, width, _ = base.full_shape(branch)
        numbers = min(base.MOST_NUMBERS, height * width)
        return InputCapacity(branch.name, branch.title, numbers=numbers)

    def captions(self, branch: Input, numbers: int, steps: int = 0) -> tuple[str, ...]:
        height, width, channels = base.full_shape(branch)
        if not _fit(height, width, numbers):
            return base.numbered(("brightness",), numbers)
        colour = "colour" if channels > 1 else "shade"
        shown = ("to the right", "upwards", "tilt", colour, "lying stripes", "coarse stripes")
        return base.numbered(shown, numbers)

    def _whole(self, branch: Input, causes: Floats, context: base.RenderContext) -> Array:
        height, width, channels = base.full_shape(branch)
        count = causes.shape[1]
        x = context.rng.random((len(causes), height, width, channels), dtype=np.float32)
        x *= np.float32(_SPECK * context.difficulty**1.5)
        inside = base.squashed(causes)
        hues = _hues(context.world, channels)
        if not _fit(height, width, count):
            tiled(x, inside)
            return x
        shapes = -(-count // _PAIR)
        moved = context.rng.uniform(-1, 1, (len(causes), shapes, 2)).astype(np.float32)
        shown = moved * np.float32(0.8 * context.difficulty)
        shown.reshape(len(causes), -1)[:, :count] = inside
        rows, columns = grid(height, width, shapes)
        for index, (down, across) in enumerate(cells(height, width, rows, columns, shapes)):
            cell = x[:, down, across]
            _clutter(cell, context)
            draw = (_ball, _bar, _patch)[index % 3]
            for some in base.blocks(cell):
                draw(cell[some], shown[some, index], hues)
        np.minimum(x, 1, out=x)
        return x

    def show(self, branch: Input, sample: Array, names: Sequence[str] | None = None) -> Pixels:
        channels = sample.shape[2]
        seen = sample[:, :, :3] if channels > 2 else sample.mean(axis=2, keepdims=True)
        low, high = min(0.0, float(seen.min())), max(1.0, float(seen.max()))
        grey = np.rint((seen - low) / (high - low) * 255).astype(np.uint8)
        return Pixels(np.ascontiguousarray(np.broadcast_to(grey, (*grey.shape[:2], 3))))

    def sizes(self, columns: Sequence[Column]) -> dict[str, Any]:
        height, width, channels = (*columns[0].shape, 1)[:3]
        return {"height": height, "width": width, "channels": channels}

    def proposed_sizes(self, columns: Sequence[Column]) -> dict[str, Any]:
        return self.sizes(columns) | _smaller(columns[0])

    def proposed_encoder(self, sizes: dict[str, Any]) -> dict[str, Any]:
        side = min(sizes["height"], sizes["width"])
        return {
            "kind": "conv2d",
            "depth": 3 if side >= 32 else 2 if side >= 12 else 1,
            "filters": 16,
            "widen": True,
            "padding": "same",
            "pool": 2 if side >= 4 else 1,
            "projection": 64,
        }

    def encode(
        self, branch: Input, columns: Sequence[Column], scaled: bool, trained: Array
    ) -> EncodedColumns:
        return pictures(branch, only_column(branch.name, columns), scaled, trained)


def _smaller(column: Column) -> dict[str, int]:
    """Return sides at which all pictures fit into memory; none if they fit at their own sides."""
    height, width = column.shape[:2]
    numbers = math.prod(column.shape) * len(column.values)
    most = PREPARED_BYTES / 2 / _FLOAT_BYTES
    if numbers <= most or column.values.dtype != np.uint8:
        return {}
    factor = math.sqrt(most / numbers)
    return {"height": max(1, int(height * factor)), "width": max(1, int(width * factor))}


def _fit(height: int, width: int, numbers: int) -> bool:
    """Return `True` if the shapes of that many numbers have room."""
    shapes = -(-numbers // _PAIR)
    rows, columns = grid(height, width, shapes)
    return min(height // rows, width // columns) >= _SMALLEST


def _hues(world: np.random.Generator, channels: int) -> tuple[Floats, Floats]:
    """Return the colour of balls and patches, and the gain of a bar in each channel per number.

    The colour depends on the seed; a bar gains in some channels as much as it loses in others.
    """
    shares = world.uniform(0.45, 1, channels)
    steps = np.linspace(1, -1, channels) if channels > 1 else np.zeros(1)
    return (shares / shares.max()).astype(np.float32), steps.astype(np.float32)


def _clutter(cell: Floats, context: base.RenderContext) -> None:
    """Add faint spots at random places."""
    if not context.difficulty:
        return
    samples, height, width, _ = cell.shape
    at = context.rng.random((2, samples, _SPOTS), dtype=np.float32)
    down, across = (
        np.exp(-np.square((np.arange(side) - centre[..., None] * side) / (0.07 * side)))
        for side, centre in ((height, at[0]), (width, at[1]))
    )
    spots = (down.swapaxes(1, 2) @ across).astype(np.float32)
    cell += np.float32(0.35 * context.difficulty**2) * spots[..., None]


def _axes(cell: Floats) -> tuple[Floats, Floats, float]:
    """Return places of rows and columns from a cell's middle, and half its short side: pixels."""
    height, width = cell.shape[1:3]
    down = np.arange(height, dtype=np.float32) - (height - 1) / 2
    across = np.arange(width, dtype=np.float32) - (width - 1) / 2
    return down[:, None], across[None, :], min(height, width) / 2


def _cover(outside: Floats) -> Floats:
    """Return the covered share of pixels, from the distance of their middles outside the edge."""
    covered: Floats = np.clip(0.5 - outside, 0, 1)
    return covered


def _ball(cell: Floats, numbers: Floats, hues: tuple[Floats, Floats]) -> None:
    down, across, half = _axes(cell)
    reach_down, reach_across = 0.66 * cell.shape[1] / 2, 0.66 * cell.shape[2] / 2
    right = across - numbers[:, 0, None, None] * np.float32(reach_across)
    below = down + numbers[:, 1, None, None] * np.float32(reach_down)
    covered = _cover(np.sqrt(np.square(right) + np.square(below)) - np.float32(0.3 * half))
    cell += np.float32(0.85) * covered[..., None] * hues[0]


def _bar(cell: Floats, numbers: Floats, hues: tuple[Floats, Floats]) -> None:
    down, across, half = _axes(cell)
    angle = np.arcsin(numbers[:, 0, None, None]) / 2
    along = across * np.sin(angle) - down * np.cos(angle)
    beside = across * np.cos(angle) + down * np.sin(angle)
    beyond = np.maximum(np.abs(along) - np.float32(0.55 * half), 0)
    covered = _cover(np.sqrt(np.square(beyond) + np.square(beside)) - np.float32(0.2 * half))
    shade = numbers[:, 1, None, None, None]
    if cell.shape[3] == 1:
        cell += np.float32(0.22) * (1 + shade)
        cell += np.float32(0.5) * covered[..., None]
    else:
        cell += covered[..., None] * (np.float32(0.5) + np.float32(0.42) * shade * hues[1])


def _patch(cell: Floats, numbers: Floats, hues: tuple[Floats, Floats]) -> None:
    down, across, half = _axes(cell)
    lying, coarse = numbers[:, 0, None, None], numbers[:, 1, None, None]
    fine_turns, coarse_turns = _turns(half)
    stripes = np.zeros((len(cell), *cell.shape[1:3]), dtype=np.float32)
    for axis, share in ((down, 1 + lying), (across, 1 - lying)):
        stripes += share * (1 - coarse) * np.cos(np.float32(fine_turns) * axis)
        stripes += share * (1 + coarse) * np.cos(np.float32(coarse_turns) * axis)
    edge = np.maximum(np.abs(down), np.abs(across)) - np.float32(0.82 * half)
    light = np.float32(0.5) + np.float32(0.11) * stripes
    cell += (_cover(edge) * light)[..., None] * hues[0]


def _turns(half: float) -> tuple[float, float]:
    """Return radians per pixel of fine and of coarse stripes."""
    coarse = max(6.0, half)
    return 2 * math.pi / max(3.0, coarse / 2.2), 2 * math.pi / coarse
