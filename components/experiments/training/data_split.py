"""Split of the samples into training and validation, and the weights of the samples."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from components.experiments.training.requests import RunRequest, Settings
from components.models.architecture.architecture import Architecture
from sample_data.core.dataset import Dataset, check
from sample_data.loading.sources import load
from sample_data.loading.synthetic import DataSpec


def held_out(samples: int, settings: Settings) -> int:
    """Return the number of samples held out of data whose rows are not fixed."""
    return min(math.ceil(samples * settings.validation_share), samples - 1)


class DataSplit:
    """Training samples, their order in each epoch, and the samples held out for validation.

    Own data determines the rows held out (`held`, (N,) of booleans), and the seed only shuffles the
    others once an epoch. For other data everything follows from `settings.seed`: one generator
    splits, then shuffles. If a relation has the same seed, the directions of its first input are
    drawn from the same numbers. That favours no sample, because samples are drawn independently of
    both; a separate generator would change the numbers of every existing link, command and script.
    """

    def __init__(
        self, samples: int, settings: Settings, held: npt.NDArray[Any] | None = None
    ) -> None:
        self.settings = settings
        self._rng = np.random.default_rng(settings.seed)
        if held is not None:
            self.held = np.flatnonzero(held & (settings.validation_share > 0))
            self.trained = np.flatnonzero(~held)
            return
        shuffled = self._rng.permutation(samples)
        count = held_out(samples, settings)
        self.held, self.trained = np.sort(shuffled[:count]), np.sort(shuffled[count:])

    @property
    def order(self) -> Mapping[str, Any]:
        """State of the generator that shuffles, from which a later epoch continues."""
        return self._rng.bit_generator.state

    @order.setter
    def order(self, state: Mapping[str, Any]) -> None:
        self._rng.bit_generator.state = dict(state)

    def shuffled(self) -> npt.NDArray[np.int64]:
        """Return the training samples in the order of the next epoch."""
        return self._rng.permutation(self.trained)


def load_and_split(request: RunRequest) -> tuple[DataSplit, Dataset]:
    """Load the data of a request and split it."""
    share = request.settings.validation_share
    dataset = load(request.data_architecture, request.data, share=share)
    check(request.data_architecture, dataset)
    return split_data(request, dataset)


def split_data(request: RunRequest, dataset: Dataset) -> tuple[DataSplit, Dataset]:
    """Split the data of a request.

    A relation may remove inputs from the samples held out, or from all samples if its
    `absent_in_training` is true.
    """
    split = DataSplit(dataset.samples, request.settings, dataset.held)
    relation = request.data.relation if isinstance(request.data, DataSpec) else None
    everywhere = getattr(relation, "absent_in_training", False)
    shown = dataset.with_absent(np.arange(dataset.samples) if everywhere else split.held)
    architecture = request.architecture
    if request.whole is None and architecture.data_heads == architecture.heads:
        return split, shown
    return split, shown.for_architecture(architecture)


Weights = npt.NDArray[np.float32]


def balanced(labels: npt.NDArray[Any], trained: npt.NDArray[np.int64]) -> Weights:
    """Return a weight for each sample, (N, 1) labels -> (N,): n / (k · count of its class).

    n counts the training samples and k the classes among them, so that their average weight is 1
    (scikit-learn's `compute_class_weight("balanced")`). Other classes have weight 0.
    """
    classes, indices = np.unique(labels, return_inverse=True)
    indices = indices.reshape(-1)
    counts = np.bincount(indices[trained], minlength=len(classes))
    weights = np.zeros(len(classes))
    present = counts > 0
    weights[present] = len(trained) / (present.sum() * counts[present])
    return weights[indices].astype(np.float32)


def weights_of(
    architecture: Architecture,
    targets: Mapping[str, npt.NDArray[Any]],
    trained: npt.NDArray[np.int64],
) -> dict[str, Weights]:
    """Return balanced weights by head. A head without classes has weight 1 for each sample."""
    return {
        head.name: np.ones(len(targets[head.name]), np.float32)
        if head.target == "values"
        else balanced(targets[head.name], trained)
        for head in architecture.heads
    }
