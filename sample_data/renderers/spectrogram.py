"""Causes as the pitch and loudness of a tone."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from components.inputs.base import Input
from sample_data.arrays import Array, Floats
from sample_data.drawings import Picture
from sample_data.renderers.base import (
    Renderer,
    bells,
    blocks,
    full_shape,
    only_cause,
    squashed,
)
from sample_data.renderers.image import ImageRenderer

_HISS, _WIDTH = 0.04, 1 / 14


class SpectrogramRenderer(Renderer):
    """A struck tone in faint hiss: the larger the cause, the louder, and the higher its pitch.

    It starts at a random frame of the first third and dies away. An overtone sounds with it, as
    far above and as strong as the seed says. Values are in [0, 1].
    """

    title: ClassVar[str] = "Struck tone"
    cue: ClassVar[str] = "how loud the tone is, and how high"

    kind: Literal["spectrogram"] = "spectrogram"

    def draw(
        self, given: Input, causes: Floats, world: np.random.Generator, rng: np.random.Generator
    ) -> Array:
        cause = squashed(only_cause(given, causes))
        frames, bands, _ = full_shape(given)
        pitch = 0.4 + 0.3 * cause
        above, share = np.float32(world.uniform(0.2, 0.3)), np.float32(world.uniform(0.2, 0.6))
        width = max(_WIDTH, 0.8 / bands)
        tone = bells(bands, pitch, width) + share * bells(bands, pitch + above, width)
        tone *= ((0.55 + 0.4 * cause) / (1 + share))[:, None]
        fading = _fading(frames, rng.random(len(cause), dtype=np.float32))
        x = rng.random((len(cause), frames, bands, 1), dtype=np.float32)
        for rows in blocks(x):
            x[rows] *= np.float32(_HISS)
            x[rows, :, :, 0] += fading[rows, :, None] * tone[rows, None, :]
        return x

    def show(self, given: Input, sample: Array) -> Picture:
        """Time from left to right, frequency upwards."""
        return ImageRenderer().show(given, sample.swapaxes(0, 1)[::-1])


def _fading(frames: int, start: Floats) -> Floats:
    """Loudness (N, frames): 1 at a frame of the first third, then falling; silence before."""
    since = np.arange(frames, dtype=np.float32) - np.floor(start[:, None] * (frames / 3))
    heard: Floats = np.exp(-since / np.float32(max(frames / 6, 0.5))) * (since >= 0)
    return heard.astype(np.float32)
