"""The only evaluation of a race: its result from a plan and the outcomes of its runs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from pydantic import Field

from components.experiments.races.entries import FrozenModel, StrategyEntry
from components.experiments.races.plan import RacePlan
from components.experiments.races.results import (
    CEILINGS,
    CeilingKind,
    CeilingMark,
    DatasetResult,
    MeanCurve,
    Measure,
    StrategyResult,
)
from components.experiments.races.setup import Race, data_name, data_title
from components.experiments.races.statistics import interval
from components.experiments.training.events import Epoch, Outcome
from sample_data.ceilings import Ceiling, ceilings
from sample_data.loading.sources import Data
from sample_data.loading.synthetic import DataSpec

NEAR = 0.95
"""Share of the best mean up to which epochs are counted."""


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
    race, measure = plan.race, plan.race.measure
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
    judged = race.verdicts(scores, ended)
    ranks = race.ranks(scores, ended, judged)

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
