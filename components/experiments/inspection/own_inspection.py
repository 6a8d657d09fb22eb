"""Inspection of a person's own Keras model: the estimated time first, then the measures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from components.base.errors import RunError
from components.base.text import duration, plural
from components.experiments.inspection.basis.coalitions import Coalitions, Pace, Stopwatch
from components.experiments.inspection.basis.results import Inspection
from components.experiments.inspection.measures.permutation import REPEATS
from components.experiments.inspection.measuring import (
    SAMPLES,
    InspectionPlan,
    coalition_count,
    inspect,
)
from components.experiments.inspection.own_model import OwnModel

TIMED = 10
"""Background samples with which the pace is measured."""
WHOLE_BACKGROUND = 20
"""Most samples that replace unknown inputs of a model in one part, whose rows take longer."""
SHARE = 0.8
"""Planned share of a time limit; the rest is a reserve for a busy machine."""


@dataclass(frozen=True)
class PricedInspection:
    """Planned inspection with its estimated cost."""

    model: OwnModel
    background: int
    rows: int
    """Maximum number of rows that it predicts."""
    seconds: float
    """Estimated seconds."""

    @property
    def sentence(self) -> str:
        """Sentence on the number of samples and the estimated time."""
        samples = plural(self.model.samples, "sample")
        return (
            f"Measured on {samples}, with {self.background} in the place of unknown inputs: about "
            f"{self.rows:,} rows to predict, {duration(self.seconds)}."
        )

    def inspection(self) -> Inspection:
        """Measure the model as planned."""
        return inspect(self.model, np.arange(self.model.samples), True, self.background)

    def notes(self, inspection: Inspection) -> tuple[str, ...]:
        """Return notes on how the model was read, and on what speaks against that reading."""
        return (*self.model.notes, *_doubts(self.model, inspection))


def _doubts(model: OwnModel, inspection: Inspection) -> Iterator[str]:
    """Yield a note on each other order of labels that fits better, and on a metric of errors."""
    for kind in model.kinds:
        if kind.labels is not None:
            samples = inspection.heads[kind.name].samples
            truth = np.array([one.truth for one in samples], int)
            predicted = np.array([one.predicted for one in samples], int)
            if note := kind.labels.better(truth, predicted):
                yield note
    for name, head in inspection.heads.items():
        if head.metric and head.quality < head.nothing:
            yield (
                f"`{head.metric}` of `{name}` is {head.quality:.3f} with all inputs, and "
                f"{head.nothing:.3f} without any: known inputs lower it. Higher needs to be "
                "better, so return minus the error if it is one."
            )


def priced(model: OwnModel, time_limit: float) -> PricedInspection:
    """Plan an inspection of about `time_limit` seconds with as many samples as possible.

    Raises `RunError` if the fewest useful samples take longer.
    """
    stopwatch, players = Stopwatch(), len(model.inputs)
    pace = _pace(model)
    left = SHARE * time_limit - stopwatch.wall
    plan = InspectionPlan.of(players, model.samples, pace, max(left, pace.row))
    background = min(plan.background, SAMPLES if model.parts.branches else WHOLE_BACKGROUND)
    rows = (coalition_count(players) * background + REPEATS * players + 2) * plan.samples
    rows += background + plan.samples * (REPEATS + 1) * (model.parts.gates is not None)
    seconds = plan.samples * pace.sample + rows * pace.row
    if seconds > time_limit:
        raise RunError(
            f"The fewest samples that say something take about {duration(seconds)}.",
            f"the limit is {time_limit:g} seconds",
            f"Call `fp.contributions` with `time_limit={int(seconds) + 1}`, or with `groups` of "
            "inputs.",
        )
    chosen = np.arange(plan.samples)
    return PricedInspection(model.on(chosen), background, rows, seconds)


def _pace(model: OwnModel) -> Pace:
    """Measure the pace of a model, including the computation with its scores."""
    pace = model.parts.pace()
    few = model.on(np.arange(min(model.samples, max(1, int(0.02 / max(pace.row, 1e-6)) // TIMED))))
    background = np.arange(min(TIMED, few.samples))
    head = few.heads[0]
    Coalitions(few, background).outputs(head, 1)  # Compile for this number of rows.
    stopwatch = Stopwatch()
    Coalitions(few, background).outputs(head, 1)
    taken = stopwatch.seconds / (few.samples * len(background))
    return Pace(pace.sample, max(pace.row, taken))
