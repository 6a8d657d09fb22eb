"""Renderer of causes as trend, frequency, events, level and phase."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from components.models.inputs.base import Input
from sample_data.columns.column import Column
from sample_data.core.arrays import Array, Floats
from sample_data.core.drawings import Lines
from sample_data.core.latent import InputCapacity
from sample_data.renderers import base

_SHOWN = 8
_LONG = 12
_PHASE_TURNS, _FREQUENCY_TURNS, _FREQUENCY_RANGE = 4, 2.0, 0.7
_GRID = 65


class TimeseriesRenderer(base.SequenceRenderer):
    """Each number in a property and a channel of its own, under slow waves and noise.

    The trend rises or falls; a wave is fast or slow; an event strikes up or down; the level is high
    or low; the phase of a second wave is early or late. Series of less than 12 steps have a trend
    and a level alone, a single step has a level. The noise is orthogonal to what shows the
    cause, so that a matched filter reads the cause at any difficulty. Over steps, number j
    is the height of channel j during the step.
    """

    title = "Trend, frequency, events"
    proposed_for = frozenset({"timeseries"})

    def capacity(self, branch: Input) -> InputCapacity:
        length, features = base.full_shape(branch)
        return InputCapacity(
            branch.name,
            branch.title,
            numbers=min(base.MOST_NUMBERS, len(_properties(length)) * features),
            steps=length,
            step_numbers=min(base.MOST_NUMBERS, features),
        )

    def captions(self, branch: Input, numbers: int, steps: int = 0) -> tuple[str, ...]:
        length, features = base.full_shape(branch)
        if steps:
            return tuple(f"channel {number}" for number in range(1, numbers + 1))
        places = _places(length, features, numbers)
        return tuple(f"{shown} {channel + 1}" for shown, channel in places)

    def _whole(self, branch: Input, causes: Floats, context: base.RenderContext) -> Array:
        length, features = base.full_shape(branch)
        templates = _templates(length)
        x = _noise_and_wave(context.rng, (len(causes), length, features), context.difficulty)
        hidden = list(templates.values())
        if length >= _LONG:
            hidden.append(_fast_or_slow(length))
        _remove_along(x, hidden)
        inside = base.squashed(causes)
        for index, (shown, channel) in enumerate(_places(length, features, causes.shape[1])):
            if shown == "frequency":
                x[:, :, channel] += _tuned(inside[:, index], length)
            elif shown == "phase":
                late = inside[:, index]
                early = np.sqrt(np.maximum(1 - np.square(late), 0))
                x[:, :, channel] += np.outer(late, templates["phase"])
                x[:, :, channel] += np.outer(early, templates["quarter"])
            else:
                x[:, :, channel] += np.outer(causes[:, index], templates[shown])
        return x

    def _over_steps(self, branch: Input, causes: Floats, context: base.RenderContext) -> Array:
        length, features = base.full_shape(branch)
        numbers = causes.shape[2]
        x = _noise_and_wave(context.rng, (len(causes), length, features), context.difficulty)
        for step, run in enumerate(base.runs(length, causes.shape[1])):
            x[:, run, :numbers] -= x[:, run, :numbers].mean(axis=1, keepdims=True)
            x[:, run, :numbers] += causes[:, step, None]
        return x

    def show(self, branch: Input, sample: Array, names: Sequence[str] | None = None) -> Lines:
        return Lines(sample[:, :_SHOWN].T.tolist(), sample.shape[1])

    def accepts(self, column: Column) -> bool:
        """Accept also pictures of bytes with two axes, which are read as a series."""
        return super().accepts(column) or (column.kind == "image" and len(column.shape) == 2)

    def proposed_encoder(self, sizes: dict[str, Any]) -> dict[str, Any]:
        steps = sizes["length"]
        return {
            "kind": "conv1d",
            "depth": 2 if steps >= 16 else 1,
            "filters": 32,
            "pool": 2 if steps >= 4 else 1,
        }


def _properties(length: int) -> tuple[str, ...]:
    if length >= _LONG:
        return ("trend", "frequency", "event", "level", "phase")
    return ("trend", "level") if length > 1 else ("level",)


def _places(length: int, features: int, numbers: int) -> Iterator[tuple[str, int]]:
    """Yield the property and the channel of each number, a new pair for each."""
    shown = _properties(length)
    round_of_all = math.lcm(len(shown), features)
    for index in range(numbers):
        yield shown[index % len(shown)], (index + index // round_of_all) % features


def _templates(length: int) -> dict[str, Floats]:
    """Return the addition of each property to a channel (length,) for a number of 1."""
    time = np.linspace(-1, 1, length) if length > 1 else np.zeros(1)
    drawn = {"level": np.ones(length)}
    if length > 1:
        drawn["trend"] = 1.2 * time
    if length >= _LONG:
        angle = np.pi * _PHASE_TURNS * (time + 1)
        drawn["event"] = 2 * np.exp(-0.5 * np.square((time - 0.3) / max(0.08, 2 / length)))
        drawn["phase"], drawn["quarter"] = np.cos(angle), np.sin(angle)
    return {shown: values.astype(np.float32) for shown, values in drawn.items()}


def _tuned(inside: Floats, length: int) -> Floats:
    """Return waves (N, length) of 1.3 to 2.7 turns for numbers in (-1, 1).

    They are in step in the middle of the series. They are orthogonal to every template; along the
    difference of fast and slow they grow evenly with the number.
    """
    grid = np.linspace(-1, 1, _GRID, dtype=np.float32)
    along = np.maximum.accumulate(_waves(grid, length) @ _fast_or_slow(length))
    faster = np.interp(np.linspace(along[0], along[-1], _GRID), along, grid)
    return _waves(np.interp(inside, grid, faster).astype(np.float32), length)


def _waves(faster: Floats, length: int) -> Floats:
    time = np.linspace(-1, 1, length, dtype=np.float32)
    turns = _FREQUENCY_TURNS + _FREQUENCY_RANGE * faster[:, None]
    waves: Floats = np.sin(np.float32(np.pi) * turns * time)
    _remove_along(waves[..., None], list(_templates(length).values()))
    return waves


def _fast_or_slow(length: int) -> Floats:
    """Return the fastest wave less the slowest one, (length,)."""
    slowest, fastest = _waves(np.array([-1, 1], dtype=np.float32), length)
    apart: Floats = fastest - slowest
    return apart


def _remove_along(x: Floats, templates: Sequence[Floats]) -> None:
    """Remove from each channel of x (N, length, channels) its parts along templates."""
    basis, _ = np.linalg.qr(np.stack(templates, axis=1).astype(np.float64))
    along = basis.astype(np.float32)
    for rows in base.blocks(x):
        x[rows] -= along @ (along.T @ x[rows])


def _noise_and_wave(rng: np.random.Generator, shape: tuple[int, ...], difficulty: float) -> Floats:
    """Return noise, with a wave of some turns from a random phase in each channel."""
    samples, length, features = shape
    x: Floats = rng.standard_normal(shape, dtype=np.float32)
    x *= np.float32(0.03 + 0.5 * difficulty)
    most = min(7, (length - 1) // 2)
    if most:
        turns = rng.integers(1, most + 1, (samples, 1, features)).astype(np.float32)
        phase = rng.random((samples, 1, features), dtype=np.float32)
        for rows in base.blocks(x):
            clock = np.linspace(0, 1, length, endpoint=False, dtype=np.float32)[:, None]
            angle = np.float32(2 * np.pi) * (turns[rows] * clock + phase[rows])
            x[rows] += np.float32(difficulty) * np.sin(angle)
    return x
