"""The result of a race: figures for each strategy on each dataset, finished or not."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from components.race.matching import TOLERANCE, WidthLimit
from components.race.measures import FrozenModel, MeanCurve, Measure
from components.race.setup import Race

CeilingKind = Literal["chance", "single", "additive", "bayes"]


class CeilingMark(FrozenModel):
    """The best value that a kind of model can reach, with its standard error if it is simulated."""

    kind: CeilingKind
    title: str
    value: float
    error: float = 0.0


class StrategyResult(FrozenModel):
    """One strategy on one dataset. A value that is not known yet is `None`."""

    entry: str
    title: str
    kind: str
    rank: int | None = None
    """1 for the best and all that are not shown to be below it, else one more than the number of
    better means."""
    tied: bool | None = None
    """Whether it is the best or not shown to be below it; `None` without a verdict. In a race
    without inputs, these four compare it with the model that has all of them."""
    p: float | None = None
    """Of the test that it is as good as the best (`components.race.statistics`)."""
    difference: float | None = None
    """From the best, over the seeds that both have."""
    detectable: float | None = None
    """The smallest difference from the best that would have been shown with a probability of .8;
    only where none is shown."""
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    scores: dict[int, float] = Field(default_factory=dict)
    """By seed."""
    done: int = 0
    failed: int = 0
    message: str = ""
    """The most frequent message of the runs that failed."""
    parameters: int
    flops: int
    additive: bool | None = Field(default=None, exclude=True)
    """Whether its score is a sum of functions of one input each; `None` if that is unknown."""
    target: int | None = Field(default=None, exclude=True)
    """The number of parameters that all were fitted to; `None` if they were not."""
    limit: WidthLimit = Field(default="", exclude=True)
    """Why the number of parameters could not come nearer to the target."""
    deviation: float | None = None
    """From the target, as a share of it."""
    step_ms: float | None = None
    epochs_to: float | None = None
    """Epochs to 95 % of the best mean of all strategies; `None` if most seeds never reach it."""
    curve: MeanCurve = MeanCurve()
    notes: tuple[str, ...] = ()
    """What was changed so that the strategy fits, a sentence each."""
    problem: str = ""
    """Why there is no such model, or why it does not have the compared head."""

    @property
    def matched(self) -> bool:
        """Whether the number of parameters is within 2 % of the target, if there is one."""
        return self.deviation is None or abs(self.deviation) <= TOLERANCE


class DatasetResult(FrozenModel):
    """All strategies on one dataset, the best mean first, those without a value last."""

    data: str
    title: str
    rows: tuple[StrategyResult, ...]
    marks: tuple[CeilingMark, ...]
    judged: bool
    """Whether there is a verdict on at least two rows."""
    best: tuple[str, ...]
    """The best entry and all that are not shown to be below it; empty without a verdict, and in a
    race without inputs."""
    complete: bool = True
    """Whether every run on it has finished or failed."""

    def row(self, entry: str) -> StrategyResult:
        """The row of an entry by its text. Raises `KeyError` if there is none."""
        return {row.entry: row for row in self.rows}[entry]

    @property
    def ceilings(self) -> dict[str, float]:
        """The value of each ceiling by its kind; empty if they are not known."""
        return {mark.kind: mark.value for mark in self.marks}


class RaceResult(FrozenModel):
    """The figures of a race with all that is known of its runs."""

    setup: Race = Field(exclude=True)
    race: str
    """The digest of the setup."""
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
    """The most frequent message of the runs that failed."""

    @property
    def complete(self) -> bool:
        """Whether every run has finished or failed."""
        return self.done + self.failed == self.total

    @property
    def wins(self) -> dict[str, int]:
        """The number of datasets on which each entry is among the best; the most first."""
        entries = [row.entry for row in self.tables[0].rows]
        count = {e: sum(e in table.best for table in self.tables) for e in entries}
        return dict(sorted(count.items(), key=lambda item: -item[1]))

    def table(self, data: str) -> DatasetResult:
        """The results on a dataset by its name. Raises `KeyError` if there is none."""
        return {table.data: table for table in self.tables}[data]
