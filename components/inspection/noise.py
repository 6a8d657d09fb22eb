"""Noise on the samples of one input: what an unplugged input is replaced by, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from components.inputs.base import Input
from components.model.spec import Architecture
from sample_data.core.arrays import Array
from sample_data.core.dataset import Dataset

REPLACED: Mapping[float, float] = {0: 0, 0.25: 0.1, 0.5: 0.25, 1: 0.5, 2: 0.75}
"""Of an input of ids, the share that is replaced at each level of noise."""


@dataclass(frozen=True)
class InputNoise:
    """Noise for one input: the same for a row of the dataset, whoever draws it.

    Real numbers get normal noise in standard deviations of each feature or channel; of ids, a share
    is replaced by ids of other samples. Steps of padding and absent samples remain as they are.
    """

    branch: Input
    spread: Array
    """The standard deviation (features,) of each feature or channel; empty for ids."""
    ids: Array
    """All ids of the samples, without padding; empty for real numbers."""
    seed: tuple[int, int]

    @classmethod
    def of(cls, branch: Input, samples: Array, seed: int, number: int) -> InputNoise:
        """The noise for input `number`, whose samples (N, *shape) it is measured on."""
        key = (seed, number)
        if branch.cardinality:
            ids = samples[samples != 0] if branch.padded else samples.ravel()
            return cls(branch, np.zeros(0), ids if len(ids) else samples.ravel(), key)
        values = samples.reshape(-1, samples.shape[-1])
        if branch.padded and values.any():
            values = values[values.any(axis=1)]
        return cls(branch, values.std(axis=0, dtype=np.float64), np.zeros(0), key)

    def add(self, samples: Array, rows: Array, level: float, absent: Array | None = None) -> Array:
        """The samples (N, *shape) of some rows of the dataset with noise of that level.

        `absent` (N,) are the samples that are left as they are.
        """
        if not level:
            return samples
        one = self._replaced if self.branch.cardinality else self._noisy
        return np.stack([
            sample if absent is not None and absent[number] else one(sample, int(row), level)
            for number, (sample, row) in enumerate(zip(samples, rows, strict=True))
        ])  # fmt: skip

    def _noisy(self, sample: Array, row: int, level: float) -> Array:
        unit = self._rng(row).standard_normal(sample.shape, dtype=np.float32)
        noise = level * self.spread * unit
        if self.branch.padded:
            noise = noise * sample.any(axis=-1, keepdims=True)
        return (sample + noise).astype(sample.dtype)

    def _replaced(self, sample: Array, row: int, level: float) -> Array:
        rng = self._rng(row)
        others = self.ids[rng.integers(len(self.ids), size=sample.shape)]
        chosen = rng.random(sample.shape) < REPLACED[level]
        if self.branch.padded:
            chosen &= sample != 0
        return np.where(chosen, others, sample).astype(sample.dtype)

    def _rng(self, row: int) -> np.random.Generator:
        return np.random.default_rng((*self.seed, row))


def input_noises(
    architecture: Architecture, samples: Mapping[str, Array], seed: int
) -> tuple[InputNoise, ...]:
    """The noise of each input, measured on its samples."""
    return tuple(
        InputNoise.of(branch, samples[branch.name], seed, number)
        for number, branch in enumerate(architecture.data_inputs)
    )


def absent_samples(data: Dataset, rows: Array) -> Array | None:
    """(N, inputs), true where an input is absent from a row and zeros take its place."""
    if data.absent is None:
        return None
    zeros = [~array[rows].reshape(len(rows), -1).any(axis=1) for array in data.inputs.values()]
    absent: Array = data.absent[rows] & np.stack(zeros, axis=1)
    return absent
