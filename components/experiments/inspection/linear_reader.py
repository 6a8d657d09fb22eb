"""Linear readers of layer outputs, and projections on their two main directions."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from components.experiments.inspection.basis.coalitions import InspectedHead
from components.experiments.inspection.basis.xray_results import Reading
from components.experiments.training.intervals import Z, of_share
from sample_data.core.arrays import Array

FOLDS = 5
PENALTY = 1.0
"""Penalty of the squared weights, as in scikit-learn's `Ridge` and `RidgeClassifier`."""
ROUNDING = 1e-6
"""Smallest spread of a feature relative to its mean, else it is constant: float32 has 7 digits."""
EXACT_WIDTH, AXIS_ROWS = 256, 300
"""Largest width with exact main directions, and the rows from all epochs used for wider outputs."""


def read_label(features: Array, head: InspectedHead) -> Reading:
    """Return the cross-validated quality of ridge regression for a head's label.

    `features` (N, width) are finite. The quality is accuracy with Wilson's interval, or R² with the
    interval of its mean.
    """
    scores = fold_scores(features, _targets(head), folds_of(head))
    if head.target == "values":
        parts = head.qualities(scores)
        mean, error = float(parts.mean()), Z * float(parts.std(ddof=1)) / math.sqrt(len(parts))
        return Reading(score=mean, low=mean - error, high=mean + error)
    classes = scores.argmax(axis=1) if head.target == "classes" else scores[:, 0] > 0
    right = float((classes == head.truth).mean())
    shown = of_share(right, len(features))
    return Reading(score=right, low=shown.low, high=shown.high)


def folds_of(head: InspectedHead) -> Array:
    """Return the fold of each sample, (N,).

    Samples are shuffled. Then those of each class, or all for values, are assigned to the folds in
    turn.
    """
    shuffled = np.random.default_rng(0).permutation(len(head.truth))
    if head.target != "values":
        shuffled = shuffled[np.argsort(head.truth[shuffled], kind="stable")]
    folds = np.empty(len(shuffled), np.int64)
    folds[shuffled] = np.arange(len(shuffled)) % FOLDS
    return folds


def fold_scores(features: Array, targets: Array, folds: Array) -> Array:
    """Return predictions (N, outputs) of ridge regression fitted on all other folds.

    Each regression has an intercept. It standardises the features by its training samples, so the
    penalty is the same at all scales.
    """
    features, scores = np.asarray(features, np.float64), np.empty(targets.shape)
    for fold in np.unique(folds):
        held, known = folds == fold, folds != fold
        mean, spread = features[known].mean(axis=0), features[known].std(axis=0)
        spread[spread <= ROUNDING * np.abs(mean)] = np.inf
        standardised = (features - mean) / spread
        intercept = targets[known].mean(axis=0)
        weights = _ridge(standardised[known], targets[known] - intercept)
        scores[held] = standardised[held] @ weights + intercept
    return scores


def _ridge(features: Array, targets: Array) -> Array:
    """Return the weights (width, outputs), solved from the smaller of two equivalent systems."""
    count, width = features.shape
    if width <= count:
        penalised = features.T @ features + PENALTY * np.eye(width)
        weights: Array = np.linalg.solve(penalised, features.T @ targets)
        return weights
    penalised = features @ features.T + PENALTY * np.eye(count)
    weights = features.T @ np.linalg.solve(penalised, targets)
    return weights


def chance_of(head: InspectedHead) -> float:
    """Return the score of a reader without information: the share of the largest class, or 0."""
    if head.target == "values":
        return 0.0
    return float(np.bincount(head.truth).max() / len(head.truth))


def _targets(head: InspectedHead) -> Array:
    """Return the targets (N, outputs): values, or 1 for a class and -1 for any other."""
    if head.target == "values":
        return head.truth
    classes = [1] if head.target == "binary" else range(int(head.truth.max()) + 1)
    return np.where(head.truth[:, None] == np.array(classes), 1.0, -1.0)


def plane(epochs: Sequence[Array]) -> tuple[list[Array], float]:
    """Return points (N, 2) for outputs (N, width) of each epoch, and their share of the variance.

    The axes are the two main directions over all epochs (PCA), so they are the same in each.
    Outputs of width 1 or 2 are used as they are.
    """
    width = epochs[0].shape[1]
    if width <= 2:
        return [np.pad(one, ((0, 0), (0, 2 - width))) for one in epochs], 1.0
    every = np.concatenate(epochs).astype(np.float64)
    every -= every.mean(axis=0)
    if width <= EXACT_WIDTH:
        axes = np.linalg.eigh(every.T @ every)[1][:, [-1, -2]]
    else:
        few = every[np.linspace(0, len(every) - 1, min(AXIS_ROWS, len(every))).astype(int)]
        axes = few.T @ np.linalg.eigh(few @ few.T)[1][:, [-1, -2]]
        axes /= np.maximum(np.linalg.norm(axes, axis=0), 1e-12)
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])
    points = every @ axes
    total = float(np.square(every).sum())
    share = float(np.square(points).sum()) / total if total else 1.0
    return np.split(points, len(epochs)), share
