"""Figures that the verdict on one head of a run is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from components.experiments.inspection.basis.results import Inspection, Number
from components.experiments.inspection.measures.permutation import Permutation
from components.experiments.training.data_split import held_out
from components.experiments.training.events import ClassReport, Epoch, Report
from components.experiments.training.intervals import UNKNOWN, QualityInterval, of_r2, of_share
from components.experiments.training.reports import CEILING_METRICS
from components.experiments.training.requests import RunRequest, Settings
from components.models.analysis.additive import only_adds
from components.models.analysis.model_view import model_view
from components.models.heads.base import Head
from sample_data.ceilings import Ceilings
from sample_data.loading.synthetic import DataSpec

DIVERGED = ("The loss is no longer a finite number", "The predictions are no finite numbers")
"""Beginnings of the message of a run that diverged."""
SMALL = 0.02
"""Smallest gap between two qualities that a sentence speaks of."""


@dataclass(frozen=True)
class Levels:
    """Qualities that other models reach on the same data."""

    chance: float
    single: float
    """Best of one input."""
    additive: float
    bayes: float
    names: tuple[str, ...] = ()
    """Inputs, in the order of `alone`."""
    alone: tuple[float, ...] = ()

    @classmethod
    def of(cls, known: Ceilings) -> Levels:
        """Return the values of ceilings."""
        alone = {name: ceiling.value for name, ceiling in known.single.items()}
        return cls(
            chance=known.chance.value,
            single=max(alone.values(), default=known.chance.value),
            additive=known.additive.value,
            bayes=known.bayes.value,
            names=tuple(alone),
            alone=tuple(alone.values()),
        )


@dataclass(frozen=True)
class RunFigures:
    """One head of a run, as far as it is trained."""

    target: str
    settings: Settings
    reached: QualityInterval
    """Accuracy or R² on the samples held out, or on those of the training without any.

    `UNKNOWN` for a training that diverged.
    """
    samples: int
    """Number of samples of `reached`."""
    validated: bool = True
    """`True` if `reached` is of samples held out."""
    ended: bool = True
    diverged: bool = False
    trained: QualityInterval | None = None
    """The same measure on the training samples, in the same epoch."""
    losses: tuple[float, ...] = ()
    """Loss of the training samples in each epoch."""
    held_losses: tuple[float, ...] = ()
    """Loss of the samples held out in each epoch."""
    adds: bool = False
    """`True` if the model's score is a sum of functions of one input each."""
    merged: bool = True
    """`True` if the model has a merge that another could replace."""
    levels: Levels | None = None
    """Ceilings of a relation; `None` where they are unknown."""
    frequent: float | None = None
    """Share of the most frequent class in the same samples; `None` for values."""
    drawn: int | None = None
    """Number of samples of a relation, which can be changed; `None` for other data."""
    classes: tuple[ClassReport, ...] = ()
    class_names: tuple[str, ...] = ()
    shuffled: Mapping[str, Number] = field(default_factory=dict)
    """Quality lost where an input is shuffled, by input, if the model was inspected."""

    @property
    def is_share(self) -> bool:
        """`True` for accuracy, `False` for R²."""
        return self.target != "values"

    @property
    def lowest(self) -> float | None:
        """Quality without learning: chance, or the share of the most frequent class if higher."""
        known = (self.levels.chance if self.levels else None, self.frequent)
        return max((one for one in known if one is not None), default=None)

    @property
    def at_chance(self) -> bool:
        """`True` if ceilings are known, and the interval reaches down to that quality."""
        lowest = self.lowest
        return self.levels is not None and lowest is not None and self.reached.low <= lowest

    @property
    def below_possible(self) -> bool:
        """`True` unless ceilings are known and the interval reaches the best possible."""
        return self.levels is None or self.reached.high < self.levels.bayes - SMALL


def figures_of(
    request: RunRequest,
    points: Sequence[Epoch],
    report: Report | None,
    ceilings: Mapping[str, Ceilings],
    names: Mapping[str, Sequence[str]],
    *,
    ended: bool,
    message: str = "",
    inspection: Inspection | None = None,
) -> dict[str, RunFigures]:
    """Return the figures of each head of a run, by name; none of a head without a known quality.

    `ceilings` are those of a relation, and `names` those of the classes, by head. A run that ended
    without a report has none, unless its `message` says that it diverged.
    """
    diverged = message.startswith(DIVERGED)
    if ended and report is None and not diverged:
        return {}
    graph = model_view(request.architecture).graph
    settings = request.at_rate(report.learning_rate if report else None).settings
    figures = {}
    for head in request.architecture.heads:
        reached, samples, validated, trained = _measured(head, request, points, report)
        if diverged:
            reached = UNKNOWN
        if reached is None:
            continue
        of_head = ceilings.get(head.learns)
        shown = report.heads.get(head.name) if report else None
        counts = [one.samples for one in shown.classes] if shown else []
        inspected = inspection.heads.get(head.name) if inspection else None
        figures[head.name] = RunFigures(
            target=head.target,
            settings=settings,
            reached=reached,
            samples=samples,
            validated=validated,
            trained=trained,
            ended=ended,
            diverged=diverged,
            losses=_losses(points, f"{head.name}/loss"),
            held_losses=_losses(points, f"val_{head.name}/loss"),
            adds=len(request.architecture.data_inputs) > 1 and only_adds(graph, head.name),
            merged=bool(request.architecture.merges),
            levels=Levels.of(of_head) if of_head else None,
            frequent=max(counts) / sum(counts) if counts else None,
            drawn=request.data.samples if isinstance(request.data, DataSpec) else None,
            classes=shown.classes if shown else (),
            class_names=tuple(names.get(head.learns, ())),
            shuffled=dict(zip(inspected.inputs, Permutation.of(inspected), strict=False))
            if inspected
            else {},
        )
    return figures


def _measured(
    head: Head, request: RunRequest, points: Sequence[Epoch], report: Report | None
) -> tuple[QualityInterval | None, int, bool, QualityInterval | None]:
    """Return what a head reached, from its report or else from the last epoch.

    With it come the number of samples, `True` if they were held out, and the quality on the
    training samples.
    """
    metric = CEILING_METRICS["r2" if head.target == "values" else "accuracy"]
    key = f"{head.name}/{metric}"
    logs = points[-1].logs if points else {}
    of_head = report.heads.get(head.name) if report else None
    if report is None or of_head is None:
        samples = request.data.samples if isinstance(request.data, DataSpec) else 0
        held = held_out(samples, request.settings) if samples else 0
        return (
            _interval(head, logs.get(f"val_{key}"), (), held),
            held,
            True,
            _interval(head, logs.get(key), (), samples - held),
        )
    logs = next((one.logs for one in points if one.epoch == report.epoch), logs)
    return (
        _interval(head, of_head.measures.get(metric), of_head.points, report.samples),
        report.samples,
        report.validated,
        _interval(head, logs.get(key), (), report.trained) if report.validated else None,
    )


def _interval(
    head: Head,
    value: float | None,
    points: Sequence[tuple[float, float]],
    samples: int,
) -> QualityInterval | None:
    if value is None or samples < 1:
        return None
    if head.target != "values":
        return of_share(value, samples)
    return of_r2(value, points, samples)


def _losses(points: Sequence[Epoch], key: str) -> tuple[float, ...]:
    return tuple(one.logs[key] for one in points if key in one.logs)
