"""A run as shown in charts: its curve and the ceilings of its data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from components.app.parts.charts import curves
from components.app.parts.charts.curves import Curve, Moment
from components.app.parts.data.data_limits import DataLimits, data_limits, shares_of
from components.app.parts.data.run_request import run_request
from components.app.parts.editor.train_state import TrainState
from components.experiments.queue.run import Run
from components.experiments.training.events import Epoch
from components.experiments.training.reports import CEILING_METRICS
from components.models.architecture.architecture import Architecture
from components.models.drawing.charts import LevelLine
from sample_data.loading.sources import Data
from sample_data.loading.synthetic import DataSpec

LEAST_APART = 0.005
"""Smallest difference between two ceilings that are drawn as separate lines."""


@dataclass(frozen=True)
class DrawnRun:
    """A curve, with the model and data whose ceilings are drawn."""

    curve: Curve
    architecture: Architecture
    data: Data | None = None
    limits: DataLimits | None = None
    """Limits of the data; `None` while they are computed, and for hidden data."""

    @property
    def pending(self) -> bool:
        """`True` while the limits are computed."""
        return isinstance(self.data, DataSpec) and self.limits is None


def _with_limits(curve: Curve, architecture: Architecture, data: Data | None) -> DrawnRun:
    if data is None:
        return DrawnRun(curve, architecture)
    if isinstance(data, DataSpec):
        return DrawnRun(curve, architecture, data, data_limits(architecture, data))
    return DrawnRun(curve, architecture, data, shares_of(architecture, data))


def drawn(
    run: Run, name: str, points: Sequence[Epoch], train: TrainState, hidden: bool
) -> DrawnRun:
    """Return a run for charts under a name, with the progress of its current epoch.

    `hidden` data adds no ceilings.
    """
    request, now = run_request(run), run.progress
    keys, color = curves.measured(request.architecture), train.colors.get(run.id, 0)
    tip = (now.epochs_done, now.logs) if now else None
    trail = (
        _extend_trail(train, run.id, tip) if tip and not points else train.trails.get(run.id, ())
    )
    curve = Curve(run.id, name, points, run.epochs, keys, trail, tip, color)
    return _with_limits(curve, request.data_architecture, None if hidden else request.data)


def _extend_trail(train: TrainState, run_id: str, tip: Moment) -> Sequence[Moment]:
    """Return the recorded progress in the first epoch of a run, with `tip` as the latest.

    It contains what this session has seen.
    """
    trail = train.trails.setdefault(run_id, [])
    if not trail or trail[-1][0] < tip[0]:
        trail.append(tip)
    return trail


def planned(architecture: Architecture, train: TrainState) -> DrawnRun:
    """Return the next run, which has no points yet."""
    keys, epochs = curves.measured(architecture), train.settings["epochs"]
    data = train.fitting_data(architecture)[0]
    return _with_limits(Curve("", "", (), epochs, keys), architecture, data)


def levels(drawn_runs: Sequence[DrawnRun], key: str) -> Sequence[LevelLine]:
    """Return the ceilings of the data; none unless they are the same for all runs."""
    first, *others = (level_lines(one.limits, key) for one in drawn_runs)
    return first if all(other == first for other in others) else ()


def level_lines(limits: DataLimits | None, key: str) -> Sequence[LevelLine]:
    """Return the ceilings to draw in the chart of `head/metric`."""
    head, _, metric = key.partition("/")
    if limits and head in limits.shares and metric == "accuracy":
        return _guess_lines(limits.shares[head])
    of_head = limits.ceilings.get(head) if limits else None
    if of_head is None or CEILING_METRICS[of_head.measure] != metric:
        return ()
    best = max(of_head.single.items(), key=lambda item: item[1].value, default=None)
    return [
        LevelLine("chance", of_head.chance.value),
        *([LevelLine(f"best single ({best[0]})", best[1].value)] if best else []),
        LevelLine("additive model", of_head.additive.value),
        LevelLine("Bayes optimum", of_head.bayes.value),
    ]


def _guess_lines(shares: Sequence[float]) -> Sequence[LevelLine]:
    """Return the accuracy of guesses: a random class, and the most frequent class."""
    chance, majority = 1 / len(shares), max(shares)
    if majority - chance < LEAST_APART:
        return [LevelLine("chance", chance)]
    return [LevelLine("chance", chance), LevelLine("majority of all rows", majority)]
