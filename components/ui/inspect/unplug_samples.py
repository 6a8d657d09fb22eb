"""The samples of an unplugged model as they are drawn: with the noise that the model got."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from components.inspection.noise import InputNoise, absent_samples, input_noises
from components.inspection.results import Unplug
from components.training.data_split import split_data
from components.training.requests import RunRequest
from components.ui.kit import sample_view
from sample_data.core.arrays import Array
from sample_data.core.dataset import Dataset
from sample_data.preview import Preview


@dataclass(frozen=True)
class DrawnSamples:
    """The samples of a head that are shown, and those whose inputs may take their places."""

    request: RunRequest
    rows: tuple[int, ...]
    samples: Dataset
    """The rows of the shown samples."""
    others: dict[str, Array]
    """By input, what comes in its place if it is removed."""
    noises: tuple[InputNoise, ...]
    absent: Array | None

    def drawn(self, unplug: Unplug, steps: Sequence[int]) -> list[Preview]:
        """The samples with each input at its step."""
        inputs = {
            noise.branch.name: self._at(unplug, number, step, noise)
            for number, (step, noise) in enumerate(zip(steps, self.noises, strict=True))
        }
        dataset = Dataset(inputs, self.samples.targets, self.samples.causes, self.samples.absent)
        architecture, data = self.request.architecture, self.request.data
        return list(sample_view.draw(architecture, data, dataset, range(len(self.rows))))

    def _at(self, unplug: Unplug, number: int, step: int, noise: InputNoise) -> Array:
        name = noise.branch.name
        if step == len(unplug.levels):
            return self.others[name]
        absent = None if self.absent is None else self.absent[:, number]
        rows = np.asarray(self.rows)
        return noise.add(self.samples.inputs[name], rows, unplug.levels[step], absent)


def drawn_samples(
    request: RunRequest, sample_rows: tuple[int, ...], unplug: Unplug, head: str
) -> DrawnSamples | None:
    """The samples of a head, or `None` if the data is too large to make for that.

    `sample_rows` are the rows of all samples of the inspection.
    """
    rows = unplug.heads[head].rows
    return _samples(
        request, sample_rows, rows, tuple(unplug.others[row] for row in rows), unplug.seed
    )


@lru_cache(maxsize=16)
def _samples(
    request: RunRequest,
    sample_rows: tuple[int, ...],
    rows: tuple[int, ...],
    others: tuple[tuple[int, ...], ...],
    seed: int,
) -> DrawnSamples | None:
    whole = sample_view.whole(request.data_architecture, request.data)
    if whole is None:
        return None
    data, at = split_data(request, whole)[1], np.asarray(rows)
    inspected = {name: array[np.asarray(sample_rows)] for name, array in data.inputs.items()}
    samples = Dataset(
        {name: array[at] for name, array in data.inputs.items()},
        {name: array[at] for name, array in data.targets.items()},
        {name: array[at] for name, array in data.causes.items()},
        None if data.absent is None else data.absent[at],
    )
    names = [branch.name for branch in request.architecture.data_inputs]
    replaced = {
        name: data.inputs[name][[sources[number] for sources in others]]
        for number, name in enumerate(names)
    }
    noises = input_noises(request.architecture, inspected, seed)
    return DrawnSamples(request, rows, samples, replaced, noises, absent_samples(data, at))
