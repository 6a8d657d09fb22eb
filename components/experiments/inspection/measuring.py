"""Measurement of a model, with as many samples as the time allows."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from components.experiments.inspection.basis.coalitions import (
    EXACT_INPUTS,
    ORDERS,
    Coalitions,
    InspectedHead,
    Pace,
    RecombinedModel,
    drawn_masks,
    mask_of,
    rounded_down,
)
from components.experiments.inspection.basis.results import (
    CoalitionValue,
    HeadInspection,
    Inspection,
    SampleShares,
)
from components.experiments.inspection.measures import MEASURES
from components.experiments.inspection.measures.base import Subject
from components.experiments.inspection.measures.shapley_share import shapley_shares
from sample_data.core.arrays import Array, rounded

SAMPLES, LEAST_SAMPLES = 500, 50
"""Maximum and minimum number of samples that are measured, if the data has them."""
ROWS = 600_000
"""Approximate limit of the rows of all coalitions together."""
LEAST_BACKGROUND = 10
"""Fewest background samples, if the data has them."""


@dataclass(frozen=True)
class InspectionPlan:
    """Numbers of samples and background samples of an inspection."""

    samples: int
    background: int
    """Samples that replace unknown inputs."""

    @classmethod
    def of(cls, inputs: int, samples: int, pace: Pace, seconds: float) -> InspectionPlan:
        """Choose the most samples, then background samples, that fit in about `seconds`."""
        coalitions = coalition_count(inputs)
        samples = min(samples, max(LEAST_SAMPLES, rounded_down(seconds / 2 / pace.sample)))
        rows = rounded_down((seconds - samples * pace.sample) / pace.row)
        samples = min(samples, max(LEAST_SAMPLES, rows // (coalitions * LEAST_BACKGROUND)))
        background = min(ROWS, rows) // (coalitions * samples)
        return cls(samples, min(samples, max(LEAST_BACKGROUND, background)))


def coalition_count(inputs: int) -> int:
    """Return the most coalitions that are computed, without those of no and all inputs."""
    every = max(1, (1 << inputs) - 2)
    return every if inputs <= EXACT_INPUTS else min(every, ORDERS * (inputs - 1))


def inspect(
    model: RecombinedModel,
    dataset_rows: Array,
    validated: bool,
    background: int,
    seed: int = 0,
    tick: Callable[[], None] = lambda: None,
) -> Inspection:
    """Compute all measures of a model, with `background` background samples.

    `dataset_rows` (N,) has the row of each sample in the dataset. `tick` is called many times a
    second; an exception that it raises ends the inspection.
    """
    start_time, rng = time.perf_counter(), np.random.default_rng(seed)
    unknown = np.sort(rng.permutation(model.samples)[:background])
    subject = Subject(Coalitions(model, unknown, tick), model.heads[0], rng)
    heads = {head.name: _head(subject.of_head(head), dataset_rows) for head in model.heads}
    return Inspection(
        inputs=tuple(model.inputs),
        samples=model.samples,
        background=len(unknown),
        filled=tuple(model.inputs[index] for index in sorted(model.fillable)),
        validated=validated,
        heads=heads,
        sample_rows=tuple(map(int, dataset_rows)),
        seconds=time.perf_counter() - start_time,
    )


def _head(subject: Subject, dataset_rows: Array) -> HeadInspection:
    coalitions, head = subject.coalitions, subject.head
    names = coalitions.model.inputs
    return HeadInspection(
        target=head.target,
        metric=head.metric_name,
        quality=coalitions.value(head, mask_of(head.reads)),
        nothing=coalitions.value(head, 0),
        inputs=tuple(names),
        measures={kind: measure.measure(subject) for kind, measure in MEASURES.items()},
        coalitions=tuple(
            CoalitionValue(
                inputs=tuple(name for index, name in enumerate(names) if mask >> index & 1),
                value=coalitions.value(head, mask),
            )
            for mask in drawn_masks(head)
        ),
        samples=sample_shares(subject, dataset_rows),
    )


def sample_shares(subject: Subject, dataset_rows: Array) -> tuple[SampleShares, ...]:
    """Split the score of every sample among the inputs, the worst predictions first."""
    coalitions, head = subject.coalitions, subject.head
    whole = coalitions.outputs(head, mask_of(head.reads))
    base = coalitions.outputs(head, 0).scores
    columns, truth, predicted, confidence = _chosen(head, whole.predictions)
    pushes = np.zeros((len(coalitions.model.inputs), len(columns)))
    every = np.arange(len(columns))
    pushes[list(head.reads)] = subject.once(shapley_shares).scores[:, every, columns]
    return tuple(
        SampleShares(
            row=int(dataset_rows[n]),
            truth=float(truth[n]),
            predicted=float(predicted[n]),
            confidence=None if confidence is None else rounded(confidence[n]),
            score=rounded(whole.scores[n, columns[n]]),
            base=rounded(base[n, columns[n]]),
            pushes=tuple(rounded(push) for push in pushes[:, n]),
        )
        for n in _worst_first(truth, predicted, confidence)
    )


def _chosen(head: InspectedHead, predictions: Array) -> tuple[Array, Array, Array, Array | None]:
    """Return the score column, truth, prediction and probability of each sample."""
    every = np.arange(len(predictions))
    if head.target == "values":
        columns = np.abs(predictions - head.truth).argmax(axis=1)
        return columns, head.truth[every, columns], predictions[every, columns], None
    classes, confidence = head.labels(predictions)
    columns = np.zeros_like(classes) if head.target == "binary" else classes
    return columns, head.truth, classes, confidence


def _worst_first(truth: Array, predicted: Array, confidence: Array | None) -> Sequence[int]:
    """Order the samples: the most confident wrong classes first, or the largest errors of values.

    Right classes follow the wrong ones, the least confident first.
    """
    wrong = np.abs(predicted - truth)
    if confidence is not None:
        wrong = np.where(truth != predicted, 1 + confidence, 1 - confidence)
    order: list[int] = np.argsort(-wrong, kind="stable").tolist()
    return order
