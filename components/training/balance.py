"""Weights that make every class of a head count alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from components.model.spec import Architecture

Weights = npt.NDArray[np.float32]


def balanced(labels: npt.NDArray[Any], trained: npt.NDArray[np.int64]) -> Weights:
    """A weight for each sample, (N, 1) labels -> (N,): n / (k · count of its class).

    Counted over the n samples that are trained on, with k classes among them, so that these weigh
    1 on average (scikit-learn's `compute_class_weight("balanced")`). A class that is not among them
    weighs 0.
    """
    classes, place = np.unique(labels, return_inverse=True)
    place = place.reshape(-1)
    counts = np.bincount(place[trained], minlength=len(classes))
    weights = np.zeros(len(classes))
    there = counts > 0
    weights[there] = len(trained) / (there.sum() * counts[there])
    return weights[place].astype(np.float32)


def weights_of(
    architecture: Architecture,
    targets: Mapping[str, npt.NDArray[Any]],
    trained: npt.NDArray[np.int64],
) -> dict[str, Weights]:
    """Balanced weights by head; 1 for each sample of a head that has no classes."""
    return {
        head.name: np.ones(len(targets[head.name]), np.float32)
        if head.target == "values"
        else balanced(targets[head.name], trained)
        for head in architecture.heads
    }
