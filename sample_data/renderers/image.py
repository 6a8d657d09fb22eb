"""Causes as a spot."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from components.inputs.base import Input
from sample_data.arrays import Array, Floats
from sample_data.drawings import Picture
from sample_data.renderers.base import Renderer, bells, blocks, full_shape, only_cause, squashed

_SPECK = 0.04


class ImageRenderer(Renderer):
    """A soft spot on faint specks: the larger the cause, the brighter, and the farther right.

    Its height in the picture is random. Values are in [0, 1]; each channel has a share of its own
    in the spot's colour.
    """

    title: ClassVar[str] = "Bright spot"
    cue: ClassVar[str] = "how bright the spot is, and how far to the right"

    kind: Literal["image"] = "image"

    def draw(
        self, given: Input, causes: Floats, world: np.random.Generator, rng: np.random.Generator
    ) -> Array:
        cause = squashed(only_cause(given, causes))
        height, width, channels = full_shape(given)
        colour = _colour(world, channels)
        across = bells(width, 0.5 + 0.3 * cause)
        down = bells(height, rng.uniform(0.35, 0.65, len(cause)).astype(np.float32))
        down *= (0.55 + 0.4 * cause)[:, None]
        x = rng.random((len(cause), height, width, channels), dtype=np.float32)
        for rows in blocks(x):
            x[rows] *= np.float32(_SPECK)
            spot = down[rows, :, None] * across[rows, None, :]
            x[rows] += spot[..., None] * colour
        return x

    def show(self, given: Input, sample: Array) -> Picture:
        channels = sample.shape[2]
        seen = sample[:, :, :3] if channels > 2 else sample.mean(axis=2, keepdims=True)
        low, high = min(0.0, float(seen.min())), max(1.0, float(seen.max()))
        grey = np.rint((seen - low) / (high - low) * 255).astype(np.uint8)
        return Picture(np.ascontiguousarray(np.broadcast_to(grey, (*grey.shape[:2], 3))))


def _colour(world: np.random.Generator, channels: int) -> Floats:
    """A share of 0.4 to 1 for each channel; the largest is 1."""
    shares = world.uniform(0.4, 1, channels)
    colour: Floats = (shares / shares.max()).astype(np.float32)
    return colour
