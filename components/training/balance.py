"""Sample weights that give every class of a head the same total weight."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from components.model.spec import Architecture

Weights = npt.NDArray[np.float32]


def balanced(labels: npt.NDArray[Any], trained: npt.NDArray[np.int64]) -> Weights:
    """A weight for each sample, (N, 1) labels -> (N,): n / (k · count of its class).

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
    """Balanced weights by head. A head without classes has weight 1 for each sample."""
    return {
        head.name: np.ones(len(targets[head.name]), np.float32)
        if head.target == "values"
        else balanced(targets[head.name], trained)
        for head in architecture.heads
    }
