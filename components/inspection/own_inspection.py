"""The inspection of a model from elsewhere: its price first, then its measures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from components.core.errors import RunError
from components.core.text import duration, plural
from components.inspection.basis.coalitions import Coalitions, Pace, Stopwatch
from components.inspection.basis.results import Inspection
from components.inspection.measures.permutation import REPEATS
from components.inspection.measuring import InspectionPlan, coalition_count, inspect
from components.inspection.own_model import OwnModel

TIMED = 10
"""Background samples of the rows that the pace is measured on."""
SHARE = 0.8
"""The share of a time limit that is planned for: a busy machine is slower than its pace."""


@dataclass(frozen=True)
class PricedInspection:
    """An inspection that was not made yet, with what it takes."""

    model: OwnModel
    background: int
    rows: int
    """Rows that it predicts, at most."""
    seconds: float
    """Seconds that it takes, about."""

    @property
    def sentence(self) -> str:
        """The price in words."""
        samples = plural(self.model.samples, "sample")
        return (
            f"Measured on {samples}, with {self.background} in the place of unknown inputs: about "
            f"{self.rows:,} rows to predict, {duration(self.seconds)}."
        )

    def inspection(self) -> Inspection:
        """Measure the model as planned."""
        return inspect(self.model, np.arange(self.model.samples), True, self.background)


def priced(model: OwnModel, time_limit: float) -> PricedInspection:
    """Return an inspection with as many samples as fit about so many seconds.

    Raises `RunError` if the fewest that say something take longer.
    """
    stopwatch, players = Stopwatch(), len(model.inputs)
    pace = _pace(model)
    left = SHARE * time_limit - stopwatch.wall
    plan = InspectionPlan.of(players, model.samples, pace, max(left, pace.row))
    background = min(plan.background, model.predictor.most_background)
    rows = (coalition_count(players) * background + REPEATS * players + 2) * plan.samples
    rows += background + plan.samples * (REPEATS + 1) * model.predictor.has_gates
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
    """Return the pace of a model, and of what is computed with its scores."""
    pace = model.predictor.pace()
    few = model.on(np.arange(min(model.samples, max(1, int(0.02 / max(pace.row, 1e-6)) // TIMED))))
    background = np.arange(min(TIMED, few.samples))
    head = few.heads[0]
    Coalitions(few, background).outputs(head, 1)  # What is compiled for so many rows is, now.
    stopwatch = Stopwatch()
    Coalitions(few, background).outputs(head, 1)
    taken = stopwatch.seconds / (few.samples * len(background))
    return Pace(pace.sample, max(pace.row, taken))
