"""How a race stands: rows with intervals and ties, ceilings, curves, and who wins where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from components.core.text import join_names
from components.race.matching import TOLERANCE
from components.race.measures import (
    FrozenModel,
    MeanCurve,
    Measure,
    curve,
    curve_key,
    epochs_to,
    goal,
    mean_of,
    measure_of,
    reached,
    step_ms,
)
from components.race.outcomes import Outcome
from components.race.plan import Contender, Race, name_of, title_of
from components.race.statistics import Verdict, interval, verdicts
from components.training.events import Epoch
from sample_data.ceilings import ceilings
from sample_data.sources import Data
from sample_data.synthetic import DataSpec

NAMED = 4
"""Strategies that a sentence names; more are counted."""
FEW = 5
"""Seeds below which a race is told to be short."""


class CeilingMark(FrozenModel):
    """What can be reached on data, and the standard error of that where it is simulated."""

    kind: Literal["chance", "single", "additive", "bayes"]
    title: str
    value: float
    error: float = 0.0


class StrategyResult(FrozenModel):
    """One strategy on one data. What is not known yet is `None`."""

    entry: str
    title: str
    kind: str
    rank: int | None = None
    """1 for all that are tied with the best; else one more than there are better means."""
    tied: bool | None = None
    """Whether it is not shown to differ from the best; `None` before a second seed."""
    p: float | None = None
    """Of the paired test against the best, after Holm's correction."""
    difference: float | None = None
    """From the best, over common seeds."""
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    scores: dict[int, float] = Field(default_factory=dict)
    """By seed."""
    done: int = 0
    failed: int = 0
    message: str = ""
    """Why the first of those that failed did."""
    parameters: int
    flops: int
    deviation: float | None = None
    """From the count that all were to have, as a share of it; `None` where none was set."""
    matching: str = ""
    """A sentence on that."""
    step_ms: float | None = None
    epochs_to: float | None = None
    """Epochs to 95 % of the best row's best; `None` where most seeds never get there."""
    curve: MeanCurve = MeanCurve()
    notes: tuple[str, ...] = ()

    @property
    def matched(self) -> bool:
        """Whether it is within 2 % of the count that all were to have, where one was set."""
        return self.deviation is None or abs(self.deviation) <= TOLERANCE


class DatasetResult(FrozenModel):
    """All strategies on one data, the best mean first, those without a value last."""

    data: str
    title: str
    rows: tuple[StrategyResult, ...]
    marks: tuple[CeilingMark, ...]
    judged: bool
    """Whether there are two rows or more with values, each with two seeds or more."""
    best: tuple[str, ...]
    """The entries that are tied at the top, or the best alone; empty before there is a verdict."""
    complete: bool = True
    """Whether every run on it has finished or failed."""

    @property
    def verdict(self) -> str:
        """Who is best, in a sentence; ties are called ties."""
        said = self._said()
        return said if self.complete or not self.best else f"So far: {said}"

    def _said(self) -> str:
        top = [row.title for row in self.rows if row.entry in self.best]
        rest = [row for row in self.rows if row.mean is not None and row.entry not in self.best]
        if not self.best:
            named = next((row.title for row in self.rows if row.mean is not None), "")
            ahead = f"{named} is ahead, but" if named else "Nothing has finished yet:"
            return f"{ahead} a verdict takes two strategies with two seeds each."
        if not rest and len(top) > 1:
            return f"All {len(top)} are tied: no difference is beyond what seeds explain."
        if len(top) > 1:
            others = rest[0].title if len(rest) == 1 else f"the other {len(rest)}"
            return f"{join_names(top, NAMED)} are tied at the top, above {others}."
        return f"{top[0]} is best, beyond what seeds explain."

    def row(self, entry: str) -> StrategyResult:
        """The row of an entry by its text. Raises `KeyError` where it is not there."""
        return {row.entry: row for row in self.rows}[entry]


class RaceResult(FrozenModel):
    """A race as far as it has come."""

    race: str
    """Its digest."""
    architecture: str
    head: str
    measure: Measure
    seeds: int
    matched: bool
    tables: tuple[DatasetResult, ...]
    done: int
    failed: int
    total: int
    notes: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every run has finished or failed."""
        return self.done + self.failed == self.total

    @property
    def wins(self) -> dict[str, int]:
        """On how many data each entry is among the best, ties counted; most first."""
        entries = [row.entry for row in self.tables[0].rows]
        found = {e: sum(e in table.best for table in self.tables) for e in entries}
        return dict(sorted(found.items(), key=lambda item: -item[1]))

    def table(self, data: str) -> DatasetResult:
        """The table of data by its name. Raises `KeyError` where it is not there."""
        return {table.data: table for table in self.tables}[data]


@dataclass(frozen=True)
class WinnerMap:
    """Strategies × data, rows in the race's order: means, who is among the best, seeds done."""

    entries: tuple[str, ...]
    titles: tuple[str, ...]
    data: tuple[str, ...]
    data_titles: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]
    best: tuple[tuple[bool | None, ...], ...]
    """`None` before there is a verdict."""
    done: tuple[tuple[int, ...], ...]


def evaluate(race: Race, outcomes: Mapping[str, Outcome]) -> RaceResult:
    """How the race stands with what is known of its runs by digest, however few.

    Raises `SpecError` where a strategy cannot take part.
    """
    head, measure = race.compared.name, measured(race)
    by_place: dict[tuple[str, str], dict[int, Outcome]] = {}
    for cell in race.cells():
        outcome = outcomes.get(cell.digest, Outcome())
        by_place.setdefault((name_of(cell.data), cell.entry.text), {})[cell.seed] = outcome
    tables = tuple(_table(race, data, by_place, head, measure) for data in race.data)
    rows = [row for table in tables for row in table.rows]
    return RaceResult(
        race=race.digest,
        architecture=race.architecture.name,
        head=head,
        measure=measure,
        seeds=race.seeds,
        matched=race.matched,
        tables=tables,
        done=sum(row.done for row in rows),
        failed=sum(row.failed for row in rows),
        total=len(race.cells()),
        notes=(*race.notes(), *_few(race)),
    )


def _few(race: Race) -> tuple[str, ...]:
    if race.seeds >= FEW or len(race.entries) == 1:
        return ()
    count = f"{race.seeds} seed{'' if race.seeds == 1 else 's'}"
    return (f"With {count} only large differences show: what is tied may yet differ.",)


def measured(race: Race) -> Measure:
    """What the race compares."""
    return measure_of(race.compared, race.settings.validation_share > 0)


def winners(found: RaceResult, race: Race) -> WinnerMap:
    """Who wins where."""
    entries = [entry.text for entry in race.entries]
    rows = [[table.row(entry) for table in found.tables] for entry in entries]
    judged = [table.best for table in found.tables]
    return WinnerMap(
        tuple(entries),
        tuple(entry.title for entry in race.entries),
        tuple(table.data for table in found.tables),
        tuple(table.title for table in found.tables),
        tuple(tuple(row.mean for row in line) for line in rows),
        tuple(
            tuple(
                row.entry in best if best and row.mean is not None else None
                for row, best in zip(line, judged, strict=True)
            )
            for line in rows
        ),
        tuple(tuple(row.done for row in line) for line in rows),
    )


def marks(race: Race, data: Data) -> tuple[CeilingMark, ...]:
    """What can be reached on data of a relation by the head that is compared, from low to high."""
    if not isinstance(data, DataSpec):
        return ()
    found = ceilings(race.architecture, data).get(race.compared.name)
    if found is None:
        return ()
    name = max(found.single, key=lambda one: found.single[one].value)
    single = found.single[name]
    return (
        CeilingMark(
            kind="chance", title="chance", value=found.chance.value, error=found.chance.error
        ),
        CeilingMark(
            kind="single",
            title=f"best input alone ({name})",
            value=single.value,
            error=single.error,
        ),
        CeilingMark(
            kind="additive",
            title="best additive model",
            value=found.additive.value,
            error=found.additive.error,
        ),
        CeilingMark(kind="bayes", title="Bayes", value=found.bayes.value, error=found.bayes.error),
    )


Places = Mapping[tuple[str, str], Mapping[int, Outcome]]


def _table(race: Race, data: Data, places: Places, head: str, measure: Measure) -> DatasetResult:
    name = name_of(data)
    rows = [
        _row(contender, places[name, contender.entry.text], head, measure, race.settings.batch_size)
        for contender in race.contenders()
    ]
    found = verdicts([row.scores for row in rows])
    told = [
        row if verdict is None else _judged(row, verdict)
        for row, verdict in zip(rows, found, strict=True)
    ]
    valued = [row for row in told if row.mean is not None]
    judged = len(valued) > 1 and all(row.tied is not None for row in valued)
    ranked = _ranked(told) if judged else told
    wanted = goal([row.curve for row in rows])
    timed = [
        row.model_copy(
            update={
                "epochs_to": epochs_to(
                    _histories(places[name, row.entry]), row.curve.key, row.curve.higher, wanted
                )
            }
        )
        for row in ranked
    ]
    return DatasetResult(
        data=name,
        title=title_of(data),
        rows=tuple(sorted(timed, key=_order)),
        marks=marks(race, data),
        judged=judged,
        best=tuple(row.entry for row in sorted(ranked, key=_order) if judged and row.tied),
        complete=all(row.done + row.failed == race.seeds for row in rows),
    )


def _order(row: StrategyResult) -> tuple[bool, float]:
    return (row.mean is None, -(row.mean or 0.0))


def _row(
    contender: Contender, outcomes: Mapping[int, Outcome], head: str, measure: Measure, batch: int
) -> StrategyResult:
    values = {seed: reached(outcome, head, measure) for seed, outcome in outcomes.items()}
    scores = {seed: value for seed, value in values.items() if value is not None}
    spanned = interval(list(scores.values())) if scores else None
    failed = [outcome for outcome in outcomes.values() if outcome.status == "failed"]
    histories = _histories(outcomes)
    match = contender.matched
    return StrategyResult(
        entry=contender.entry.text,
        title=contender.entry.title,
        kind=contender.entry.kind,
        mean=mean_of(scores),
        low=measure.within(spanned.low) if spanned else None,
        high=measure.within(spanned.high) if spanned else None,
        scores=scores,
        done=sum(outcome.status == "finished" for outcome in outcomes.values()),
        failed=len(failed),
        message=failed[0].message if failed else "",
        parameters=contender.size.parameters,
        flops=contender.size.flops,
        deviation=match.deviation if match else None,
        matching=match.note if match else "",
        step_ms=step_ms([o for o in outcomes.values() if o.status == "finished"], batch),
        curve=curve(histories, curve_key(histories, head, measure), measure),
        notes=contender.notes,
    )


def _histories(outcomes: Mapping[int, Outcome]) -> list[tuple[Epoch, ...]]:
    return [outcome.history for outcome in outcomes.values() if outcome.status == "finished"]


def _judged(row: StrategyResult, verdict: Verdict) -> StrategyResult:
    return row.model_copy(
        update={"tied": verdict.tied, "p": verdict.adjusted, "difference": verdict.difference}
    )


def _ranked(rows: Sequence[StrategyResult]) -> list[StrategyResult]:
    means = [row.mean for row in rows if row.mean is not None]
    return [
        row
        if row.mean is None
        else row.model_copy(
            update={"rank": 1 if row.tied else 1 + sum(mean > row.mean for mean in means)}
        )
        for row in rows
    ]
