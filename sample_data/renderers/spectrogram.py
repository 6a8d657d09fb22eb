"""Renderer of causes as pitch, onset, loudness and timbre of sounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from components.models.inputs.base import Input
from sample_data.columns.column import Column
from sample_data.columns.encode import EncodedColumns, only_column, pictures
from sample_data.core.arrays import Array, Floats
from sample_data.core.drawings import Sound
from sample_data.core.latent import InputCapacity
from sample_data.renderers import base
from sample_data.renderers._tiles import tiled

_SHOWN = ("pitch", "onset", "loudness", "overtones")
_FEWEST_FRAMES, _FEWEST_BANDS = 6, 8
_VOICE_BANDS, _MOST_VOICES = 5, 8
_HISS = 0.3


class SpectrogramRenderer(base.Renderer):
    """Sounds one after the other; each shows two numbers.

    A tone with an overtone, by its pitch and by when it starts; a chord, by how loud it is and by
    how much its overtones outweigh its lower ones; then another tone. A spectrogram too small for
    its sounds is made of plain tiles, each as loud as its number is large. Over steps, the numbers
    of a step are the pitches of voices, each in bands of its own, or their loudness where bands are
    few. A higher difficulty adds hiss and movement that shows no number. Values are in [0, 1].
    """

    title = "Sounds"
    needs = "an array (N, frames, bands) or pictures"
    column_kinds = frozenset({"image", "timeseries"})

    def capacity(self, branch: Input) -> InputCapacity:
        frames, bands, _ = base.full_shape(branch)
        return InputCapacity(
            branch.name,
            branch.title,
            numbers=min(base.MOST_NUMBERS, frames * bands),
            steps=frames,
            step_numbers=_voices(bands),
        )

    def captions(self, branch: Input, numbers: int, steps: int = 0) -> tuple[str, ...]:
        frames, bands, _ = base.full_shape(branch)
        if steps:
            return base.numbered(("pitch" if bands >= _VOICE_BANDS else "loudness",), numbers)
        return base.numbered(_SHOWN if _fit(frames, bands, numbers) else ("loudness",), numbers)

    def _whole(self, branch: Input, causes: Floats, context: base.RenderContext) -> Array:
        frames, bands, _ = base.full_shape(branch)
        count = causes.shape[1]
        x = _hiss(branch, len(causes), context)
        inside = base.squashed(causes)
        if not _fit(frames, bands, count):
            tiled(x, inside)
            return x
        sounds = -(-count // 2)
        moved = context.rng.uniform(-1, 1, (len(causes), sounds, 2)).astype(np.float32)
        shown = moved * np.float32(0.8 * context.difficulty)
        shown.reshape(len(causes), -1)[:, :count] = inside
        share = float(context.world.uniform(0.25, 0.45))
        for index, run in enumerate(base.runs(frames, sounds)):
            length = run.stop - run.start
            draw = (_tone, _chord)[index % 2]
            lasting, ringing = draw(length, bands, shown[:, index], share)
            for rows in base.blocks(x):
                x[rows, run, :, 0] += lasting[rows].swapaxes(1, 2) @ ringing[rows]
        np.minimum(x, 1, out=x)
        return x

    def _over_steps(self, branch: Input, causes: Floats, context: base.RenderContext) -> Array:
        frames, bands, _ = base.full_shape(branch)
        samples, steps, numbers = causes.shape
        inside = base.squashed(causes)
        x = _hiss(branch, samples, context)
        heard = np.zeros((samples, steps, bands), dtype=np.float32)
        for voice, range_ in enumerate(base.runs(bands, numbers)):
            heard[:, :, range_] = _sung(inside[:, :, voice], range_.stop - range_.start)
        for step, run in enumerate(base.runs(frames, steps)):
            fading = np.linspace(0.85, 0.6, run.stop - run.start, dtype=np.float32)
            x[:, run, :, 0] += fading[:, None] * heard[:, step, None]
        np.minimum(x, 1, out=x)
        return x

    def show(self, branch: Input, sample: Array, names: Sequence[str] | None = None) -> Sound:
        """Return time from left to right, frequency upwards."""
        return Sound(np.clip(sample[:, :, 0].T[::-1], 0, 1))

    def sizes(self, columns: Sequence[Column]) -> dict[str, Any]:
        frames, bands = columns[0].shape[:2]
        return {"frames": frames, "bands": bands}

    def encode(
        self, branch: Input, columns: Sequence[Column], scaled: bool, trained: Array
    ) -> EncodedColumns:
        return pictures(branch, only_column(branch.name, columns), scaled, trained)


def _fit(frames: int, bands: int, numbers: int) -> bool:
    """Return `True` if the sounds of that many numbers have room."""
    return frames // -(-numbers // 2) >= _FEWEST_FRAMES and bands >= _FEWEST_BANDS


def _voices(bands: int) -> int:
    """Return the most numbers that a step can show."""
    return min(_MOST_VOICES, bands // _VOICE_BANDS if bands >= _VOICE_BANDS else bands)


def _hiss(branch: Input, samples: int, context: base.RenderContext) -> Floats:
    x: Floats = context.rng.random((samples, *base.full_shape(branch)), dtype=np.float32)
    x *= np.float32(_HISS * context.difficulty**1.5)
    return x


def _tone(frames: int, bands: int, numbers: Floats, share: float) -> tuple[Floats, Floats]:
    """Return the sound of a tone over time, (N, 1, frames), and over bands, (N, 1, bands)."""
    pitch = np.float32(0.36 * bands) + np.float32(0.24 * bands) * numbers[:, 0]
    width = max(0.6, 0.035 * bands)
    above = np.float32(0.32 * bands)
    ringing = base.bells(bands, pitch, width)
    ringing += np.float32(share) * base.bells(bands, pitch + above, width)
    start = np.float32(0.25 * frames) * (1 + np.float32(0.9) * numbers[:, 1])
    since = np.arange(frames, dtype=np.float32) + 1 - start[:, None]
    lasting = np.clip(since, 0, 1) * np.clip(np.float32(frames / 2) - since, 0, 1)
    return np.float32(0.85) * lasting[:, None], ringing[:, None]


def _chord(frames: int, bands: int, numbers: Floats, share: float) -> tuple[Floats, Floats]:
    """Return the sound of a chord over time, (N, 1, frames), and over bands, (N, 1, bands)."""
    loud, above = numbers[:, :1], numbers[:, 1:]
    width = max(0.6, 0.045 * bands)
    at = np.array([0.12, 0.27, 0.42, 0.6, 0.75, 0.9], dtype=np.float32) * bands
    rung = base.bells(bands, at, width)
    low, high = rung[:3].sum(axis=0), rung[3:].sum(axis=0)
    level, gain = np.float32(0.44), np.float32(0.2)
    ringing = (level + gain * (loud - above)) * low + (level + gain * (loud + above)) * high
    time = (np.arange(frames, dtype=np.float32) + np.float32(0.5)) / frames
    lasting = np.clip(12 * time, 0, 1) * np.clip(6 * (1 - time), 0, 1)
    return np.broadcast_to(lasting, (len(numbers), 1, frames)), ringing[:, None]


def _sung(inside: Floats, bands: int) -> Floats:
    """Return a voice in its bands: (N, steps) in (-1, 1) -> (N, steps, bands)."""
    if bands < _VOICE_BANDS:
        return np.repeat((0.5 + np.float32(0.45) * inside)[..., None], bands, axis=-1)
    centre = np.float32((bands - 1) / 2) * (1 + np.float32(0.7) * inside)
    return base.bells(bands, centre, max(0.55, 0.09 * bands))
