"""The only evaluation of a race: its result from a plan and the outcomes of its runs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from statistics import median
from typing import Literal

from pydantic import Field

from components.experiments.races.entries import FrozenModel, StrategyEntry
from components.experiments.races.plan import RacePlan
from components.experiments.races.setup import Race, data_name, data_title
from components.experiments.races.statistics import (
    Verdict,
    against_first,
    interval,
    verdict_due,
    verdicts,
)
from components.experiments.races.widths import TOLERANCE, WidthLimit
from components.experiments.training.events import Epoch, Outcome
from components.experiments.training.reports import CEILING_METRICS
from components.models.heads.base import Head
from sample_data.ceilings import Ceiling, ceilings
from sample_data.loading.sources import Data
from sample_data.loading.synthetic import DataSpec

NEAR = 0.95
"""Share of the best mean up to which epochs are counted."""
STEADY = 1.25
"""Largest ratio of the slowest seed's time to the fastest's at which times count as steady."""
_TITLES = {"accuracy": "accuracy", "r2_score": "R²"}
CeilingKind = Literal["chance", "single", "additive", "bayes"]
CEILINGS: dict[CeilingKind, str] = {
    "bayes": "Bayes optimum",
    "additive": "trained additive model",
    "single": "best single input",
    "chance": "chance",
}
"""Titles of the ceilings, the highest first."""


class Measure(FrozenModel):
    """Compared measure; a higher value is better. A `share` is shown in percent."""

    name: str
    title: str
    share: bool
    validated: bool
    """`True` if it is measured on validation samples."""

    def text(self, value: float | None, unit: bool = True) -> str:
        """Return `97.3 %`, or `0.913`; a dash for `None`."""
        if value is None:
            return "–"
        if not self.share:
            return f"{value:.3f}"
        return f"{100 * value:.1f}{' %' if unit else ''}"

    def difference(self, value: float, unit: bool = True) -> str:
        """Return a difference of two values: `48.9 points`, or `0.489`."""
        if not self.share:
            return f"{value:.3f}"
        return f"{100 * value:.1f}{' points' if unit else ''}"

    def within(self, value: float | None) -> float | None:
        """Clip an end of an interval to possible values: a share is between 0 and 1."""
        return value if value is None or not self.share else min(1.0, max(0.0, value))


class MeanCurve(FrozenModel):
    """Mean of a measure over seeds by epoch, with its 95 % interval if there are two seeds."""

    key: str = ""
    higher: bool = True
    epochs: tuple[int, ...] = ()
    mean: tuple[float, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


class CeilingMark(FrozenModel):
    """Best value that a kind of model can reach, with its standard error if it is simulated."""

    kind: CeilingKind
    title: str
    value: float
    error: float = 0.0


class StrategyResult(FrozenModel):
    """Results of one strategy on one dataset; unknown values are `None`."""

    entry: str
    title: str
    kind: str
    rank: int | None = None
    """Rank: 1 for the best and all that are not shown to be below it. For any other it is one more
    than the number of means above the best mean in its own rank.
    """
    tied: bool | None = None
    """`True` for the best and those not shown to be below it; `None` without a verdict. In a race
    against its first entry, this field and the next three compare with that entry.
    """
    p: float | None = None
    """p-value of the test that it equals the best (`components.experiments.races.statistics`)."""
    difference: float | None = None
    """Difference from the best, over the seeds that both have."""
    detectable: float | None = None
    """Smallest difference from the best that would have been shown with a probability of .8; only
    if no difference is shown.
    """
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    scores: dict[int, float] = Field(default_factory=dict)
    """Scores by seed."""
    done: int = 0
    failed: int = 0
    message: str = ""
    """Most frequent message of the failed runs."""
    parameters: int
    flops: int
    additive: bool | None = Field(default=None, exclude=True)
    """`True` if its score is a sum of functions of one input each; `None` if unknown."""
    target: int | None = Field(default=None, exclude=True)
    """Target number of parameters in a matched race, otherwise `None`."""
    limit: WidthLimit = Field(default="", exclude=True)
    """Reason why the number of parameters could not come nearer to the target."""
    deviation: float | None = None
    """Deviation from the target, as a share of it."""
    step_ms: float | None = None
    step_range: tuple[float, float] = Field(default=(0.0, 0.0), exclude=True)
    """Milliseconds of a training step, of the fastest and the slowest seed."""
    epochs_to: float | None = None
    """Epochs to 95 % of the best mean of all strategies; `None` if most seeds never reach it."""
    curve: MeanCurve = MeanCurve()
    rates: tuple[float, ...] = Field(default=(), exclude=True)
    """Learning rates chosen by the seeds; empty if all use that of the settings."""
    notes: tuple[str, ...] = ()
    """Changes that make the strategy fit, a sentence each."""
    problem: str = ""
    """Reason why there is no such model, or why it lacks the compared head."""

    @property
    def leads(self) -> bool:
        """`True` for the one that the others are compared with, also among equal means.

        No strategy leads before there are verdicts.
        """
        return bool(self.tied) and self.p is None

    @property
    def matched(self) -> bool:
        """`True` if the number of parameters is within 2 % of the target, or there is no target."""
        return self.deviation is None or abs(self.deviation) <= TOLERANCE

    @property
    def undefined(self) -> bool:
        """`True` if runs have finished, but the measure is not defined for any of them."""
        return self.done > 0 and self.mean is None and not self.problem

    @property
    def step_steady(self) -> bool:
        """`True` if a step takes about the same time with all seeds."""
        return self.step_range[1] <= STEADY * self.step_range[0]


class DatasetResult(FrozenModel):
    """Results of all strategies on one dataset: the best mean first, those without a value last.

    Among equal means, the one that the verdict compares the others with comes first.
    """

    data: str
    title: str
    rows: tuple[StrategyResult, ...]
    marks: tuple[CeilingMark, ...]
    judged: bool
    """`True` if there is a verdict on at least two rows."""
    best: tuple[str, ...]
    """Best entry and all that are not shown to be below it; empty without a verdict, and in a race
    against its first entry.
    """
    complete: bool = True
    """`True` if every run on it has finished or failed."""

    @property
    def undefined(self) -> bool:
        """`True` if runs have finished, but the measure is not defined for any of them."""
        return any(row.undefined for row in self.rows) and self.rows[0].mean is None

    def row(self, entry: str) -> StrategyResult:
        """Return the row of an entry by its text. Raises `KeyError` if there is none."""
        return {row.entry: row for row in self.rows}[entry]

    @property
    def ceilings(self) -> dict[str, float]:
        """Value of each ceiling by its kind; empty if unknown."""
        return {mark.kind: mark.value for mark in self.marks}


class RaceResult(FrozenModel):
    """Figures of a race, from all known outcomes of its runs."""

    setup: Race = Field(exclude=True)
    race: str
    """Digest of the setup."""
    architecture: str
    head: str
    measure: Measure
    seeds: int
    matched: bool
    tables: tuple[DatasetResult, ...]
    done: int
    failed: int
    total: int
    message: str = ""
    """Most frequent message of the failed runs."""

    @property
    def complete(self) -> bool:
        """`True` if every run has finished or failed."""
        return self.done + self.failed == self.total

    @property
    def wins(self) -> dict[str, int]:
        """Number of datasets on which each entry is among the best; the most first."""
        entries = [row.entry for row in self.tables[0].rows]
        count = {e: sum(e in on_dataset.best for on_dataset in self.tables) for e in entries}
        return dict(sorted(count.items(), key=lambda item: -item[1]))

    def table(self, data: str) -> DatasetResult:
        """Return the results on a dataset by its name. Raises `KeyError` if there is none."""
        return {on_dataset.data: on_dataset for on_dataset in self.tables}[data]


SeedOutcomes = Mapping[int, Outcome]
"""Outcomes of one strategy on one dataset, by seed."""


def evaluate(plan: RacePlan, outcomes: Mapping[str, Outcome]) -> RaceResult:
    """Evaluate a race from the known outcomes of its runs by digest.

    Builds no model: the plan has all facts of the strategies.
    """
    race, measure = plan.race, compared_measure(plan.race)
    by_data: dict[str, dict[str, dict[int, Outcome]]] = {}
    for run in plan.runs:
        cells = by_data.setdefault(data_name(run.data), {})
        cells.setdefault(run.entry.text, {})[run.seed] = outcomes.get(run.digest, Outcome())
    tables = tuple(_dataset(plan, data, by_data[data_name(data)], measure) for data in race.data)
    rows = [row for on_dataset in tables for row in on_dataset.rows]
    return RaceResult(
        setup=race,
        race=race.digest,
        architecture=race.architecture.name,
        head=race.compared.name,
        measure=measure,
        seeds=race.seeds,
        matched=race.matched,
        tables=tables,
        done=sum(row.done for row in rows),
        failed=sum(row.failed for row in rows),
        total=len(plan.runs),
        message=_most_frequent_message(outcomes.get(run.digest, Outcome()) for run in plan.runs),
    )


def compared_measure(race: Race) -> Measure:
    """Return the measure that a race compares."""
    return measure_of(race.compared, race.settings.validation_share > 0)


def measure_of(head: Head, validated: bool) -> Measure:
    """Return the measure of a head: accuracy for classes, R² for values."""
    name = CEILING_METRICS["r2" if head.target == "values" else "accuracy"]
    return Measure(name=name, title=_TITLES[name], share=name == "accuracy", validated=validated)


def reached(outcome: Outcome, head: str, measure: Measure) -> float | None:
    """Return the final value of a finished run; `None` without an end or without such a value."""
    if outcome.status != "finished":
        return None
    if outcome.report is not None and head in outcome.report.heads:
        return outcome.report.heads[head].measures.get(measure.name)
    if not outcome.history:
        return None
    side = "val_" if measure.validated else ""
    return outcome.history[-1].logs.get(f"{side}{head}/{measure.name}")


def mean_curve(histories: Sequence[Sequence[Epoch]], head: str, measure: Measure) -> MeanCurve:
    """Return the mean over seeds at each epoch that at least one run has, with its interval.

    The loss is used if the measure is not logged.
    """
    logged = {key for history in histories for epoch in history[:1] for key in epoch.logs}
    side = "val_" if measure.validated else ""
    wanted = [f"{side}{head}/{name}" for name in (measure.name, "loss")]
    key = next((key for key in (*wanted, f"{side}loss") if key in logged), "")
    at: dict[int, list[float]] = {}
    for history in histories:
        for epoch in history:
            if key in epoch.logs:
                at.setdefault(epoch.epoch, []).append(epoch.logs[key])
    intervals = {epoch: interval(at[epoch]) for epoch in sorted(at)}
    clipped = key.endswith(measure.name)

    def end(value: float | None, mean: float) -> float:
        known = measure.within(value) if clipped else value
        return mean if known is None else known

    return MeanCurve(
        key=key,
        higher=not key.endswith("loss"),
        epochs=tuple(intervals),
        mean=tuple(one.mean for one in intervals.values()),
        low=tuple(end(one.low, one.mean) for one in intervals.values()),
        high=tuple(end(one.high, one.mean) for one in intervals.values()),
    )


def near_best(curves: Sequence[MeanCurve]) -> float | None:
    """Return the value that counts as near the best: 95 % of the best mean of any epoch, or the
    lowest loss / 0.95; `None` if no value is above zero.
    """
    known = [curve for curve in curves if curve.mean]
    if not known:
        return None
    higher = known[0].higher
    values = [value for curve in known for value in curve.mean]
    top = max(values) if higher else min(values)
    if top <= 0:
        return None
    return NEAR * top if higher else top / NEAR


def epochs_to(
    histories: Sequence[Sequence[Epoch]], curve: MeanCurve, wanted: float | None
) -> float | None:
    """Return the first epoch that reaches `wanted`, as median of seeds; `None` if most never do."""
    if wanted is None or not histories:
        return None
    sign = 1 if curve.higher else -1

    def reaches(epoch: Epoch) -> bool:
        value = epoch.logs.get(curve.key)
        return value is not None and sign * value >= sign * wanted

    first = [
        next((epoch.epoch for epoch in history if reaches(epoch)), math.inf)
        for history in histories
    ]
    middle = median(first)
    return None if math.isinf(middle) else middle


def step_times(outcomes: Iterable[Outcome], batch: int) -> list[float]:
    """Return the milliseconds of a training step of each run: the time of an epoch, with
    validation, divided by its steps.
    """
    return [
        1000 * outcome.report.epoch_seconds / max(1, math.ceil(outcome.report.trained / batch))
        for outcome in outcomes
        if outcome.report is not None
    ]


def _ceiling_marks(race: Race, data: Data) -> tuple[CeilingMark, ...]:
    """Return the ceilings of the compared head on data of a relation, from low to high."""
    of_heads = ceilings(race.architecture, data) if isinstance(data, DataSpec) else {}
    known = of_heads.get(race.compared.name)
    if known is None:
        return ()
    name, single = max(known.single.items(), key=lambda item: item[1].value)
    levels: dict[CeilingKind, Ceiling] = {
        "chance": known.chance,
        "single": single,
        "additive": known.additive,
        "bayes": known.bayes,
    }
    titles = {**CEILINGS, "single": f"best input alone ({name})"}
    return tuple(
        CeilingMark(kind=kind, title=titles[kind], value=level.value, error=level.error)
        for kind, level in levels.items()
    )


def _dataset(
    plan: RacePlan, data: Data, cells: Mapping[str, SeedOutcomes], measure: Measure
) -> DatasetResult:
    race, head = plan.race, plan.race.compared.name
    finished = {
        entry.text: {s: o for s, o in cells.get(entry.text, {}).items() if o.status == "finished"}
        for entry in race.entries
    }
    scores = {text: _scores(outcomes, head, measure) for text, outcomes in finished.items()}
    histories = {text: [o.history for o in own.values()] for text, own in finished.items()}
    curves = {text: mean_curve(own, head, measure) for text, own in histories.items()}
    wanted, ended = near_best([*curves.values()]), _ended(cells.values())
    judged = _verdicts(race, scores, ended)
    ranks = {} if race.against_first else _ranks(race, scores, ended, judged)

    def row(entry: StrategyEntry, index: int) -> StrategyResult:
        text, planned = entry.text, plan.strategies[index]
        span = interval([*scores[text].values()]) if scores[text] else None
        outcomes, target = cells.get(text, {}).values(), planned.target
        off = None if target is None else (planned.parameters - target) / max(1, target)
        verdict = judged.get(text)
        steps = step_times(finished[text].values(), race.settings.batch_size)
        return StrategyResult(
            entry=text,
            title=entry.title,
            kind=entry.kind,
            rank=ranks.get(text),
            **(vars(verdict) if verdict else {}),
            mean=span.mean if span else None,
            low=measure.within(span.low) if span else None,
            high=measure.within(span.high) if span else None,
            scores=scores[text],
            done=len(finished[text]),
            failed=sum(outcome.status == "failed" for outcome in outcomes),
            message=_most_frequent_message(outcomes),
            parameters=planned.parameters,
            flops=planned.flops,
            additive=planned.additive,
            target=target,
            limit=planned.limit,
            deviation=off,
            step_ms=median(steps) if steps else None,
            step_range=(min(steps, default=0.0), max(steps, default=0.0)),
            epochs_to=epochs_to(histories[text], curves[text], wanted),
            curve=curves[text],
            rates=tuple(
                outcome.report.learning_rate
                for outcome in finished[text].values()
                if outcome.report and outcome.report.learning_rate
            ),
            notes=planned.notes,
            problem=f"`{head}` reads no other input."
            if head in planned.lost_heads
            else planned.problem,
        )

    rows = [row(entry, index) for index, entry in enumerate(race.entries)]
    rows.sort(key=lambda row: (row.mean is None, -(row.mean or 0.0), not row.leads))
    return DatasetResult(
        data=data_name(data),
        title=data_title(data),
        rows=tuple(rows),
        marks=_ceiling_marks(race, data),
        judged=sum(one.tied is not None for one in judged.values()) > 1,
        best=tuple(row.entry for row in rows if row.rank is not None and row.tied),
        complete=len(ended) == race.seeds,
    )


def _scores(outcomes: SeedOutcomes, head: str, measure: Measure) -> dict[int, float]:
    values = {seed: reached(outcome, head, measure) for seed, outcome in outcomes.items()}
    return {seed: value for seed, value in values.items() if value is not None}


def _most_frequent_message(outcomes: Iterable[Outcome]) -> str:
    """Return the most frequent message of failed runs; empty if none has failed."""
    messages = Counter(outcome.message for outcome in outcomes if outcome.status == "failed")
    return max(messages, key=messages.__getitem__, default="")


def _ended(strategies: Iterable[SeedOutcomes]) -> set[int]:
    """Return the seeds that have finished or failed with every strategy."""
    return set.intersection(
        *(
            {seed for seed, outcome in outcomes.items() if outcome.status in ("finished", "failed")}
            for outcomes in strategies
        )
    )


def _verdicts(
    race: Race, scores: Mapping[str, Mapping[int, float]], ended: set[int]
) -> dict[str, Verdict]:
    """Compare each strategy with the best, or with the first entry of the race."""
    due = verdict_due(ended, race.seeds)
    if due is None:
        return {}
    seen = tuple(tuple((s, own[s]) for s in due.seeds if s in own) for own in scores.values())
    judged = _judged(seen, due.level, race.against_first)
    return {text: one for text, one in zip(scores, judged, strict=True) if one is not None}


@lru_cache(maxsize=256)
def _judged(
    scores: tuple[tuple[tuple[int, float], ...], ...], level: float, to_first: bool
) -> tuple[Verdict | None, ...]:
    """Return the verdicts of a look; cached, since later runs do not change them."""
    judge = against_first if to_first else verdicts
    return tuple(judge([dict(own) for own in scores], level))


def _ranks(
    race: Race,
    scores: Mapping[str, Mapping[int, float]],
    ended: set[int],
    judged: Mapping[str, Verdict],
) -> dict[str, int]:
    """Rank all with a verdict, if there are at least two.

    Those not shown to be below the best share its rank. The same test then ranks the others among
    themselves, and so on: two at chance share a rank.
    """
    means = {
        text: interval([*scores[text].values()]).mean
        for text, verdict in judged.items()
        if verdict.tied is not None
    }
    if len(means) < 2:
        return {}
    ranks: dict[str, int] = {}
    left = dict(means)
    while left:
        equals = [text for text in left if text in judged and judged[text].tied] or [*left]
        best = max(left[text] for text in equals)
        ranks |= dict.fromkeys(equals, 1 + sum(mean > best for mean in means.values()))
        left = {text: mean for text, mean in left.items() if text not in ranks}
        judged = _verdicts(race, {text: scores[text] for text in left}, ended) if left else {}
    return ranks
