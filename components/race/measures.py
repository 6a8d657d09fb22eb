"""What of a run is compared: the head's main measure, its curve, and what each step took."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import fmean, median

from pydantic import BaseModel, ConfigDict

from components.heads.base import Head
from components.race.outcomes import Outcome
from components.race.statistics import interval
from components.training.events import Epoch
from components.training.reports import CEILING_METRICS

NEAR = 0.95
"""The share of the best that a strategy is timed to."""
_TITLES = {"accuracy": "accuracy", "r2_score": "R²"}
CURVES = {"accuracy": ("accuracy",), "r2_score": ("r2_score", "loss")}
"""What of the logs of an epoch stands for a measure, by preference."""


class FrozenModel(BaseModel):
    """A frozen part of a result, with a JSON form."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Measure(FrozenModel):
    """What is compared; a higher value is better. `share` is one that is read in percent."""

    name: str
    title: str
    share: bool
    validated: bool
    """Whether it is measured on samples held back."""

    def within(self, value: float | None) -> float | None:
        """An end of an interval, cut off where no value can be: a share goes from 0 to 1."""
        return value if value is None or not self.share else min(1.0, max(0.0, value))


class MeanCurve(FrozenModel):
    """A measure by epoch: its mean over seeds, with its 95 % interval where there are two."""

    key: str = ""
    higher: bool = True
    epochs: tuple[int, ...] = ()
    mean: tuple[float, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


def measure_of(head: Head, validated: bool) -> Measure:
    """Accuracy for classes, R² for values."""
    name = CEILING_METRICS["r2" if head.target == "values" else "accuracy"]
    return Measure(name=name, title=_TITLES[name], share=name == "accuracy", validated=validated)


def reached(outcome: Outcome, head: str, measure: Measure) -> float | None:
    """What a finished run reached at its end; `None` before it, and where it has no such value."""
    if outcome.status != "finished":
        return None
    if outcome.report is not None and head in outcome.report.heads:
        return outcome.report.heads[head].measures.get(measure.name)
    if not outcome.history:
        return None
    side = "val_" if measure.validated else ""
    return outcome.history[-1].logs.get(f"{side}{head}/{measure.name}")


def curve_key(histories: Sequence[Sequence[Epoch]], head: str, measure: Measure) -> str:
    """Which of the logs is the measure's curve; the loss where the measure is not logged."""
    logged = {key for history in histories for epoch in history[:1] for key in epoch.logs}
    side = "val_" if measure.validated else ""
    wanted = [f"{side}{head}/{name}" for name in (*CURVES[measure.name], "loss")]
    return next((key for key in (*wanted, f"{side}loss") if key in logged), "")


def curve(histories: Sequence[Sequence[Epoch]], key: str, measure: Measure) -> MeanCurve:
    """The mean over seeds at each epoch that at least one run has, with its interval."""
    at: dict[int, list[float]] = {}
    for history in histories:
        for epoch in history:
            if key in epoch.logs:
                at.setdefault(epoch.epoch, []).append(epoch.logs[key])
    found = {epoch: interval(at[epoch]) for epoch in sorted(at)}
    cut = measure.within if key.endswith(measure.name) else _as_is
    ends = [(cut(one.low), cut(one.high), one.mean) for one in found.values()]
    return MeanCurve(
        key=key,
        higher=not key.endswith("loss"),
        epochs=tuple(found),
        mean=tuple(mean for _, _, mean in ends),
        low=tuple(mean if low is None else low for low, _, mean in ends),
        high=tuple(mean if high is None else high for _, high, mean in ends),
    )


def _as_is(value: float | None) -> float | None:
    return value


def goal(curves: Sequence[MeanCurve]) -> float | None:
    """What counts as near the best: 95 % of the best mean that any epoch has, or a loss 1/0.95 of
    it; `None` where nothing is above zero."""
    drawn = [found for found in curves if found.mean]
    if not drawn:
        return None
    higher = drawn[0].higher
    values = [value for found in drawn for value in found.mean]
    top = max(values) if higher else min(values)
    if top <= 0:
        return None
    return NEAR * top if higher else top / NEAR


def epochs_to(
    histories: Sequence[Sequence[Epoch]], key: str, higher: bool, wanted: float | None
) -> float | None:
    """The median over seeds of the first epoch there; `None` where more than half never are."""
    if wanted is None or not histories:
        return None
    first = [_first(history, key, higher, wanted) for history in histories]
    middle = median(first)
    return None if math.isinf(middle) else middle


def _first(history: Sequence[Epoch], key: str, higher: bool, wanted: float) -> float:
    for epoch in history:
        value = epoch.logs.get(key)
        if value is not None and (value >= wanted if higher else value <= wanted):
            return epoch.epoch
    return math.inf


def step_ms(outcomes: Sequence[Outcome], batch: int) -> float | None:
    """Milliseconds of a training step, validation shared out: the median over seeds of an epoch's
    median by its number of steps."""
    found = [
        1000 * outcome.report.epoch_seconds / max(1, math.ceil(outcome.report.trained / batch))
        for outcome in outcomes
        if outcome.report is not None
    ]
    return median(found) if found else None


def mean_of(scores: Mapping[int, float]) -> float | None:
    """The mean over seeds; `None` where there is none."""
    return fmean(scores.values()) if scores else None
