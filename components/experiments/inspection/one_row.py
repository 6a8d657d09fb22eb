"""Prediction of one row by a kept model, with the contribution of each input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from components.base.workers.needs_keras import needs_keras
from components.experiments.inspection.basis.coalitions import (
    Coalitions,
    InspectedHead,
    RecombinedModel,
    mask_of,
)
from components.experiments.inspection.basis.results import SampleShares
from components.experiments.inspection.measures.base import Subject
from components.experiments.inspection.measuring import sample_shares
from components.experiments.inspection.split_model import split_model
from components.experiments.inspection.trained import kept_model
from sample_data.core.arrays import Array

BACKGROUND = 64
"""Maximum number of samples that replace unknown inputs."""


@dataclass(frozen=True)
class RowPrediction:
    """Output (width,) of a head for one row, with the contribution of each input."""

    output: Array
    inputs: tuple[str, ...]
    shares: SampleShares


@dataclass(frozen=True)
class _FirstSample:
    """`RecombinedModel` that measures only its first sample; the others are the background."""

    model: RecombinedModel
    heads: tuple[InspectedHead, ...]
    samples: int = 1

    @property
    def inputs(self) -> tuple[str, ...]:
        return self.model.inputs

    @property
    def fillable(self) -> frozenset[int]:
        return self.model.fillable

    def scores(self, rows: Array) -> Mapping[str, Array]:
        return self.model.scores(rows)

    def gated_scores(self, others: Array) -> Mapping[str, Array]:
        return {}


@needs_keras
def predict_row(request: str, weights: bytes, row: Mapping[str, Array]) -> dict[str, RowPrediction]:
    """Predict a row with the kept model of a run's request.

    `row` has arrays (1, ...) by input. The contributions are those of single samples in an
    inspection; held-out samples replace unknown inputs. Raises the errors of loading the data.
    """
    trained = kept_model(request, weights)
    split, data = trained.split, trained.data
    rng = np.random.default_rng(trained.request.settings.seed)
    others = rng.permutation(split.held if len(split.held) else split.trained)[:BACKGROUND]
    inputs = {
        name: np.concatenate([row[name], array[others]]) for name, array in data.inputs.items()
    }
    targets = {name: array[[0, *others]] for name, array in data.targets.items()}
    model = split_model(trained.blueprint, inputs, targets)
    heads = tuple(
        InspectedHead(head.name, head.target, head.reads, head.truth[:1]) for head in model.heads
    )
    coalitions = Coalitions(_FirstSample(model, heads), np.arange(1, len(others) + 1))
    return {
        head.name: RowPrediction(
            coalitions.outputs(head, mask_of(head.reads)).predictions[0],
            tuple(model.inputs),
            sample_shares(Subject(coalitions, head, rng), np.zeros(1, np.int64))[0],
        )
        for head in heads
    }
