"""Causes as level and trend."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import numpy as np

from components.inputs.base import Input
from sample_data.arrays import Array, Floats
from sample_data.drawings import Lines
from sample_data.renderers.base import Renderer, blocks, full_shape, only_cause

_SHOWN = 8


class TimeseriesRenderer(Renderer):
    """A level that grows over time as the cause says, under a wave and noise.

    Each channel shows it with a gain of its own, up or down. The wave makes whole turns, so it
    cancels in the mean; noise is small in short series, where there is little to average.
    """

    title: ClassVar[str] = "Level and trend"
    cue: ClassVar[str] = "how far the signal drifts from zero, and to which side"

    kind: Literal["timeseries"] = "timeseries"

    def draw(
        self, given: Input, causes: Floats, world: np.random.Generator, rng: np.random.Generator
    ) -> Array:
        cause = only_cause(given, causes)
        length, features = full_shape(given)
        drift = np.outer(_ramp(length), _gains(world, features))
        wave = _wave(rng, len(cause), length)
        x = rng.standard_normal((len(cause), length, features), dtype=np.float32)
        x *= np.float32(min(0.3, 0.05 * math.sqrt(length)))
        for rows in blocks(x):
            x[rows] += cause[rows, None, None] * drift
            x[rows] += wave[rows, :, None]
        return x

    def show(self, given: Input, sample: Array) -> Lines:
        return Lines(sample[:, :_SHOWN].T.tolist(), sample.shape[1])


def _ramp(length: int) -> Floats:
    """From 0.5 to 1.5 over the steps; 1 for a single one."""
    return np.linspace(0.5, 1.5, length, dtype=np.float32) if length > 1 else np.ones(1, np.float32)


def _gains(world: np.random.Generator, features: int) -> Floats:
    """±0.75 to ±1.25 for each channel; the first is always positive."""
    gains = world.uniform(0.75, 1.25, features).astype(np.float32)
    gains[1:] *= world.choice([-1, 1], features - 1)
    return gains


def _wave(rng: np.random.Generator, samples: int, length: int) -> Floats:
    """Up to three whole turns from a random phase, 0.5 high; none in one or two steps."""
    turns = min(3, (length - 1) // 2)
    if turns == 0:
        return np.zeros((samples, length), dtype=np.float32)
    phase = rng.random((samples, 1), dtype=np.float32) * np.float32(2 * math.pi)
    angle = np.arange(length, dtype=np.float32) * np.float32(2 * math.pi * turns / length)
    wave: Floats = np.float32(0.5) * np.sin(angle + phase)
    return wave
