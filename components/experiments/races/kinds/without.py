"""A run's model with all inputs and without each: its race, and the loss without each input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, NamedTuple

from components.base.errors import RunError
from components.base.text import join_names
from components.experiments.races.entries import WITHOUT, StrategyEntry
from components.experiments.races.fitted import Fitted
from components.experiments.races.results import DatasetResult, StrategyResult
from components.experiments.races.setup import Race
from components.experiments.races.statistics import (
    SEEDS,
    Interval,
    interval,
)
from components.experiments.training.requests import RunRequest, Settings
from components.models.heads.base import Head

TEST = "a paired t-test against the model with all inputs, with Holm's correction"
"""Name of the test of a verdict."""
LIMIT = (
    "What the model with all inputs does with the input. A model without it learns anew, and may "
    "find the same information in the other inputs."
)
"""Limit of a loss: a note on what it does not show."""


class WithoutRace(Race):
    """Race of the architecture itself, first with all inputs, then without some of them."""

    marks: ClassVar[tuple[str, ...]] = (WITHOUT,)
    refits: ClassVar[bool] = True

    @classmethod
    def seeded(cls, settings: Settings) -> Settings:
        """Return the settings with the seed of the run whose model it is."""
        return settings

    def check_entries(self) -> None:
        first, *others = self.entries
        if first.text != WITHOUT or any(entry.kind != WITHOUT for entry in others):
            raise RunError(
                f"A race without inputs needs `{WITHOUT}` first, which has all of them, and "
                "can't have strategies.",
                ",".join(entry.text for entry in self.entries),
                f"Write it as in `{WITHOUT},{WITHOUT}:input=image`.",
            )
        self.check_inputs()

    def check_fits(self, fits: Sequence[Fitted]) -> None:
        if sum(fit.architecture is not None for fit in fits) < 2:
            raise RunError(
                "A race without inputs needs a model that can be built without one of them.",
                ", ".join(branch.name for branch in self.architecture.data_inputs),
                "Add an input that the heads read, too.",
            )

    @property
    def compared(self) -> Head:
        heads = self.architecture.heads
        return next((head for head in heads if head.name == self.head), heads[0])

    @property
    def title(self) -> str:
        return "without each input"

    @property
    def test(self) -> str:
        return f"{TEST} for the number of inputs"

    @property
    def reference(self) -> str:
        return "the model with all inputs"

    def so_far(self, on_dataset: DatasetResult) -> str:
        """Say what is lost without each input, before a verdict."""
        known = [one for one in losses(self, on_dataset) if one.span is not None]
        if not known:
            return "No run has finished yet."
        return (
            f"Lost so far: {', '.join(f'{loss_text(o, self)} without {o.input}' for o in known)}."
        )

    def sentences(self, on_dataset: DatasetResult) -> Iterator[str]:
        """Yield the losses that are shown, and the inputs without which no difference is shown."""
        judged = [one for one in losses(self, on_dataset) if one.row.tied is not None]
        shown = [one for one in judged if not one.row.tied and one.row.difference is not None]
        for one in sorted(shown, key=lambda one: one.row.difference or 0.0):
            change = one.row.difference or 0.0
            word = "gains" if change > 0 else "loses"
            size = f"{self.measure.difference(abs(change))} of {self.measure.title}"
            yield f"Trained without {one.input}, the model {word} {size}."
        tied = [one for one in judged if one.row.tied]
        if tied:
            names = join_names([one.input for one in tied], last="or")
            most = max(one.row.detectable or 0.0 for one in tied)
            would = self.would_have(on_dataset, [most], min(len(one.seeds) for one in tied))
            yield f"Without {names}, no difference is shown.{would}"

    def notes(self) -> Iterator[str]:
        yield from ()


def race_without(request: RunRequest, seeds: int = SEEDS) -> Race:
    """Return the race of a run's model with all inputs and without each; its first run is that run.

    Raises `RunError` for a run whose model was already trained without an input, and as `make_race`
    does.
    """
    if request.whole is not None:
        raise RunError(
            "A race without inputs needs a run whose model has all of them.",
            "a model that was trained without one",
            "Choose the run of the model with all inputs.",
        )
    names = [branch.name for branch in request.architecture.data_inputs]
    return WithoutRace.make(
        architecture=request.architecture,
        entries=(
            StrategyEntry(kind=WITHOUT),
            *(StrategyEntry(kind=WITHOUT, fields={"input": name}) for name in names),
        ),
        data=(request.data,),
        settings=request.settings,
        seeds=seeds,
    )


class Loss(NamedTuple):
    """Loss without one input, over the seeds that both models have; negative for a gain.

    `span` is `None` without such a seed.
    """

    input: str
    row: StrategyResult
    seeds: dict[int, float]
    span: Interval | None


def losses(race: Race, on_dataset: DatasetResult) -> tuple[Loss, ...]:
    """Return the loss without each input, in the order of the race."""
    first, *others = race.entries
    whole = on_dataset.row(first.text).scores
    by_input = []
    for entry in others:
        row = on_dataset.row(entry.text)
        common = sorted(whole.keys() & row.scores.keys())
        lost = {seed: whole[seed] - row.scores[seed] for seed in common}
        span = interval([*lost.values()]) if lost else None
        by_input.append(Loss(entry.input, row, lost, span))
    return tuple(by_input)


def loss_heading(race: Race) -> tuple[str, ...]:
    """Return the heading of a table with a row for each loss."""
    quality = f"{race.measure.title} without it"
    return "Input", quality[:1].upper() + quality[1:], "Lost (95 % interval)", "Seeds"


def loss_text(loss: Loss, race: Race) -> str:
    """Return `25.2 points (23.1 to 27.3)`, with a note if it is not more than chance."""
    points = race.measure.difference
    if loss.row.problem:
        return "none"
    if loss.span is None:
        return "–"
    text, low, high = points(loss.span.mean), loss.span.low, loss.span.high
    if low is not None and high is not None:
        text += f" ({points(low, False)} to {points(high, False)})"
    return f"{text}, no difference shown" if loss.row.tied else text


def problems(on_dataset: DatasetResult) -> Iterator[str]:
    """Yield the reason why there is no model without an input, a sentence each."""
    for row in on_dataset.rows:
        if row.problem:
            yield f"{row.title} there is none: {row.problem}"
