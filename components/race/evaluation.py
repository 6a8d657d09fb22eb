"""The one evaluation of a race: from a plan and the outcomes of its runs to a result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from components.race.data_names import data_name, data_title
from components.race.entries import StrategyEntry
from components.race.measures import (
    Measure,
    curve,
    curve_key,
    epochs_to,
    goal,
    measure_of,
    reached,
    step_ms,
)
from components.race.outcomes import Outcome
from components.race.plan import PlannedStrategy, RacePlan
from components.race.result import (
    CeilingKind,
    CeilingMark,
    DatasetResult,
    RaceResult,
    StrategyResult,
)
from components.race.setup import Race
from components.race.statistics import Look, against_first, interval, look, verdicts
from components.training.events import Epoch
from sample_data.ceilings import Ceiling, ceilings
from sample_data.sources import Data
from sample_data.synthetic import DataSpec

SeedOutcomes = Mapping[int, Outcome]
"""The outcomes of one strategy on one dataset, by seed."""


def evaluate(plan: RacePlan, outcomes: Mapping[str, Outcome]) -> RaceResult:
    """The result of a race from the outcomes of its runs by digest, as many as are known.

    Builds no model: all that it needs to know of the strategies is in the plan.
    """
    race, measure = plan.race, measured(plan.race)
    by_cell: dict[tuple[str, str], dict[int, Outcome]] = {}
    for run in plan.runs:
        outcome = outcomes.get(run.digest, Outcome())
        by_cell.setdefault((data_name(run.data), run.entry.text), {})[run.seed] = outcome
    tables = tuple(_dataset(plan, data, by_cell, measure) for data in race.data)
    rows = [row for table in tables for row in table.rows]
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
        message=_reason(outcome for cell in by_cell.values() for outcome in cell.values()),
    )


def measured(race: Race) -> Measure:
    """The measure that a race compares."""
    return measure_of(race.compared, race.settings.validation_share > 0)


def ceiling_marks(race: Race, data: Data) -> tuple[CeilingMark, ...]:
    """The ceilings of the compared head on data of a relation, from low to high."""
    of_heads = ceilings(race.architecture, data) if isinstance(data, DataSpec) else {}
    known = of_heads.get(race.compared.name)
    if known is None:
        return ()
    name, single = max(known.single.items(), key=lambda item: item[1].value)
    return (
        _mark("chance", "chance", known.chance),
        _mark("single", f"best input alone ({name})", single),
        _mark("additive", "trained additive model", known.additive),
        _mark("bayes", "Bayes optimum", known.bayes),
    )


def _mark(kind: CeilingKind, title: str, ceiling: Ceiling) -> CeilingMark:
    return CeilingMark(kind=kind, title=title, value=ceiling.value, error=ceiling.error)


def _dataset(
    plan: RacePlan,
    data: Data,
    by_cell: Mapping[tuple[str, str], SeedOutcomes],
    measure: Measure,
) -> DatasetResult:
    race, name = plan.race, data_name(data)
    rows = [
        _strategy(race, entry, planned, by_cell.get((name, entry.text), {}), measure)
        for entry, planned in zip(race.entries, plan.strategies, strict=True)
    ]
    ended = _ended([by_cell[key] for key in by_cell if key[0] == name])
    due = look(ended, race.seeds)
    rows = rows if due is None else _compared(rows, due, race.reduces)
    tested = [row for row in rows if row.tied is not None]
    judged = len(tested) > 1
    ranked = judged and not race.reduces
    wanted = goal([row.curve for row in rows])
    rows = [
        row.model_copy(
            update={
                "rank": _rank(row, tested) if ranked else None,
                "epochs_to": epochs_to(
                    _histories(by_cell.get((name, row.entry), {})),
                    row.curve.key,
                    row.curve.higher,
                    wanted,
                ),
            }
        )
        for row in rows
    ]
    rows.sort(key=lambda row: (row.mean is None, -(row.mean or 0.0)))
    return DatasetResult(
        data=name,
        title=data_title(data),
        rows=tuple(rows),
        marks=ceiling_marks(race, data),
        judged=judged,
        best=tuple(row.entry for row in rows if ranked and row.tied),
        complete=len(ended) == race.seeds,
    )


def _strategy(
    race: Race,
    entry: StrategyEntry,
    planned: PlannedStrategy,
    outcomes: SeedOutcomes,
    measure: Measure,
) -> StrategyResult:
    head, histories = race.compared.name, _histories(outcomes)
    values = {seed: reached(outcome, head, measure) for seed, outcome in outcomes.items()}
    scores = {seed: value for seed, value in values.items() if value is not None}
    span = interval(list(scores.values())) if scores else None
    finished = [outcome for outcome in outcomes.values() if outcome.status == "finished"]
    target = planned.target
    return StrategyResult(
        entry=entry.text,
        title=entry.title,
        kind=entry.kind,
        mean=span.mean if span else None,
        low=measure.within(span.low) if span else None,
        high=measure.within(span.high) if span else None,
        scores=scores,
        done=len(finished),
        failed=sum(outcome.status == "failed" for outcome in outcomes.values()),
        message=_reason(outcomes.values()),
        parameters=planned.parameters,
        flops=planned.flops,
        additive=planned.additive,
        target=target,
        limit=planned.limit,
        deviation=None if target is None else (planned.parameters - target) / max(1, target),
        step_ms=step_ms(finished, race.settings.batch_size),
        curve=curve(histories, curve_key(histories, head, measure), measure),
        notes=planned.notes,
        problem=f"`{head}` reads no other input."
        if head in planned.lost_heads
        else planned.problem,
    )


def _reason(outcomes: Iterable[Outcome]) -> str:
    """The most frequent message of failed runs; empty if none has failed."""
    messages = Counter(outcome.message for outcome in outcomes if outcome.status == "failed")
    return max(messages, key=messages.__getitem__, default="")


def _ended(strategies: Sequence[SeedOutcomes]) -> set[int]:
    """The seeds that have finished or failed with every strategy."""
    ended = [
        {seed for seed, outcome in outcomes.items() if outcome.status in ("finished", "failed")}
        for outcomes in strategies
    ]
    return set.intersection(*ended)


def _compared(rows: Sequence[StrategyResult], due: Look, reduces: bool) -> list[StrategyResult]:
    """The rows with the verdict of each against the best, or against the first if it has all
    inputs."""
    judge = against_first if reduces else verdicts
    scores = [{seed: row.scores[seed] for seed in due.seeds if seed in row.scores} for row in rows]
    return [
        row if verdict is None else row.model_copy(update=vars(verdict))
        for row, verdict in zip(rows, judge(scores, due.level), strict=True)
    ]


def _rank(row: StrategyResult, tested: Sequence[StrategyResult]) -> int | None:
    if row.mean is None or row.tied is None:
        return None
    better = sum(other.mean is not None and other.mean > row.mean for other in tested)
    return 1 if row.tied else 1 + better


def _histories(outcomes: SeedOutcomes) -> list[tuple[Epoch, ...]]:
    return [outcome.history for outcome in outcomes.values() if outcome.status == "finished"]
