"""An inspection: all measures of a model on some samples."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from components.inspection import measures
from components.inspection.coalitions import Coalitions, mask_of
from components.inspection.recombined import InspectedHead, RecombinedModel
from components.inspection.results import (
    CoalitionValue,
    HeadInspection,
    InputShare,
    Inspection,
    SampleShares,
)
from sample_data.core.arrays import Array

SAMPLES = 500
"""Samples that are measured, at most."""
ROWS = 600_000
"""Rows that all coalitions together take, at most about."""
LEAST_BACKGROUND = 10
"""Background samples at least, if the data has as many."""
REPEATS = 10
"""How often each input is shuffled."""


@dataclass(frozen=True)
class InspectionPlan:
    """How much an inspection computes."""

    background: Array
    """The samples that take the place of unknown inputs."""
    rows: int
    """Rows that will be computed, about."""

    @classmethod
    def of(
        cls, inputs: int, samples: int, affordable_rows: int, rng: np.random.Generator
    ) -> InspectionPlan:
        """As many background samples as the rows allow: all of them, for few inputs."""
        if inputs <= measures.EXACT_INPUTS:
            coalitions = max(1, (1 << inputs) - 2)
        else:
            coalitions = measures.ORDERS * (inputs - 1)
        most = min(ROWS, affordable_rows) // (coalitions * samples)
        count = min(samples, max(LEAST_BACKGROUND, most))
        background = np.sort(rng.permutation(samples)[:count])
        rows = coalitions * samples * count + samples * inputs * REPEATS
        return cls(background, rows)


def choose_rows(rows: Array, rng: np.random.Generator) -> Array:
    """At most `SAMPLES` of the rows, in order."""
    return np.sort(rng.permutation(rows)[:SAMPLES])


def inspect(
    model: RecombinedModel,
    dataset_rows: Array,
    validated: bool,
    affordable_rows: int = ROWS,
    seed: int = 0,
    progress: Callable[[float], None] = lambda _: None,
) -> Inspection:
    """All measures of a model.

    `dataset_rows` (N,) are the rows of its samples in the dataset. If the model may compute only
    few `affordable_rows`, the background has fewer samples. `progress` is called with the fraction
    that is done, many times a second; what it raises ends the inspection.
    """
    start_time, rng = time.perf_counter(), np.random.default_rng(seed)
    plan = InspectionPlan.of(len(model.inputs), model.samples, affordable_rows, rng)
    computed = 0

    def tick(rows: int) -> None:
        nonlocal computed
        progress(min(1.0, computed / plan.rows))
        computed += rows

    losses = measures.permutation_losses(model, REPEATS, rng, tick)
    coalitions = Coalitions(model, plan.background, tick)
    heads = {
        head.name: _head(coalitions, head, losses[head.name], dataset_rows, rng)
        for head in model.heads
    }
    return Inspection(
        inputs=tuple(model.inputs),
        samples=model.samples,
        background=len(plan.background),
        repeats=REPEATS,
        validated=validated,
        rows=computed,
        heads=heads,
        sample_rows=tuple(map(int, dataset_rows)),
        seconds=time.perf_counter() - start_time,
    )


def _head(
    coalitions: Coalitions,
    head: InspectedHead,
    losses: dict[int, measures.Estimate],
    dataset_rows: Array,
    rng: np.random.Generator,
) -> HeadInspection:
    shares = measures.shapley_shares(coalitions, head, rng)
    together = measures.cooperation(coalitions, head)
    projection = measures.additive_projection(coalitions, head)
    return HeadInspection(
        target=head.target,
        quality=coalitions.value(head, mask_of(head.reads)),
        nothing=coalitions.value(head, 0),
        inputs=_inputs(coalitions, head, losses, shares),
        cooperation=together.mean,
        cooperation_error=together.error,
        coalitions=tuple(_coalition_values(coalitions, head)),
        additive=projection.quality,
        emap_gap=projection.gap.mean,
        emap_gap_error=projection.gap.error,
        interaction=measures.interaction_shares(coalitions, head),
        samples=_samples(coalitions, head, shares, dataset_rows),
    )


def _inputs(
    coalitions: Coalitions,
    head: InspectedHead,
    losses: dict[int, measures.Estimate],
    shares: measures.ShapleyShares,
) -> tuple[InputShare, ...]:
    """The shares of all inputs; those of an input that the head does not read are exactly 0."""
    nothing = coalitions.value(head, 0)

    def share(index: int, name: str) -> InputShare:
        if index not in head.reads:
            return InputShare(
                name=name,
                permutation=0,
                permutation_error=0,
                shapley=0,
                shapley_error=0,
                alone=nothing,
            )
        at = head.reads.index(index)
        return InputShare(
            name=name,
            permutation=losses[index].mean,
            permutation_error=losses[index].error,
            shapley=float(shares.quality[at]),
            shapley_error=float(shares.error[at]),
            alone=coalitions.value(head, 1 << index),
        )

    return tuple(share(index, name) for index, name in enumerate(coalitions.model.inputs))


def _coalition_values(coalitions: Coalitions, head: InspectedHead) -> list[CoalitionValue]:
    names = coalitions.model.inputs
    return [
        CoalitionValue(
            inputs=tuple(name for index, name in enumerate(names) if mask >> index & 1),
            value=coalitions.value(head, mask),
        )
        for mask in measures.drawn_masks(head)
    ]


def _samples(
    coalitions: Coalitions,
    head: InspectedHead,
    shares: measures.ShapleyShares,
    dataset_rows: Array,
) -> tuple[SampleShares, ...]:
    """The shares of every sample's score, the worst predictions first."""
    whole = coalitions.outputs(head, mask_of(head.reads))
    base = coalitions.outputs(head, 0).scores
    columns, truth, predicted, confidence = _chosen(head, whole.predictions)
    pushes = np.zeros((len(coalitions.model.inputs), len(columns)))
    every = np.arange(len(columns))
    pushes[list(head.reads)] = shares.scores[:, every, columns]
    return tuple(
        SampleShares(
            row=int(dataset_rows[n]),
            truth=float(truth[n]),
            predicted=float(predicted[n]),
            confidence=None if confidence is None else _rounded(confidence[n]),
            score=_rounded(whole.scores[n, columns[n]]),
            base=_rounded(base[n, columns[n]]),
            pushes=tuple(_rounded(push) for push in pushes[:, n]),
        )
        for n in _worst_first(truth, predicted, confidence)
    )


def _chosen(head: InspectedHead, predictions: Array) -> tuple[Array, Array, Array, Array | None]:
    """Of each sample the column of its score, its truth, its prediction, and the probability."""
    every = np.arange(len(predictions))
    if head.target == "values":
        columns = np.abs(predictions - head.truth).argmax(axis=1)
        return columns, head.truth[every, columns], predictions[every, columns], None
    classes = head.classes(predictions)
    if head.target == "binary":
        one = predictions[:, 0]
        return np.zeros_like(classes), head.truth, classes, np.where(classes == 1, one, 1 - one)
    return classes, head.truth, classes, predictions[every, classes]


def _worst_first(truth: Array, predicted: Array, confidence: Array | None) -> Sequence[int]:
    """Wrong classes by their probability, then right ones by theirs; values by their error."""
    wrong = np.abs(predicted - truth)
    if confidence is not None:
        wrong = np.where(truth != predicted, 1 + confidence, 1 - confidence)
    order: list[int] = np.argsort(-wrong, kind="stable").tolist()
    return order


def _rounded(value: float) -> float:
    """A number with 6 significant digits."""
    return float(f"{float(value):.6g}")
