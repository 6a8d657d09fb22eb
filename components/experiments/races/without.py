"""A run's model with all inputs and without each: its race, and the loss without each input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from components.base.errors import RunError
from components.base.text import join_names
from components.experiments.races.entries import WITHOUT, StrategyEntry
from components.experiments.races.evaluation import DatasetResult, RaceResult, StrategyResult
from components.experiments.races.setup import Race, make_race
from components.experiments.races.statistics import FIRST_SEEDS, POWER, SEEDS, Interval, interval
from components.experiments.training.requests import RunRequest

TEST = "a paired t-test against the model with all inputs, with Holm's correction"
"""Name of the test of a verdict."""
LIMIT = (
    "What the model with all inputs does with the input. A model without it learns anew, and may "
    "find the same information in the other inputs."
)
"""Limit of a loss: a note on what it does not show."""


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
    return make_race(
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


def losses(result: RaceResult, on_dataset: DatasetResult) -> tuple[Loss, ...]:
    """Return the loss without each input, in the order of the race."""
    first, *others = result.setup.entries
    whole = on_dataset.row(first.text).scores
    by_input = []
    for entry in others:
        row = on_dataset.row(entry.text)
        common = sorted(whole.keys() & row.scores.keys())
        lost = {seed: whole[seed] - row.scores[seed] for seed in common}
        span = interval([*lost.values()]) if lost else None
        by_input.append(Loss(entry.input, row, lost, span))
    return tuple(by_input)


def loss_heading(result: RaceResult) -> tuple[str, ...]:
    """Return the heading of a table with a row for each loss."""
    quality = f"{result.measure.title} without it"
    return "Input", quality[:1].upper() + quality[1:], "Lost (95 % interval)", "Seeds"


def loss_text(loss: Loss, result: RaceResult) -> str:
    """Return `25.2 points (23.1 to 27.3)`, with a note if it is not more than chance."""
    points = result.measure.difference
    if loss.row.problem:
        return "none"
    if loss.span is None:
        return "–"
    text, low, high = points(loss.span.mean), loss.span.low, loss.span.high
    if low is not None and high is not None:
        text += f" ({points(low, False)} to {points(high, False)})"
    return f"{text}, no difference shown" if loss.row.tied else text


def lost_so_far(result: RaceResult, on_dataset: DatasetResult) -> str:
    """Say what is lost without each input before a verdict."""
    known = [one for one in losses(result, on_dataset) if one.span is not None]
    if not known:
        return "No run has finished yet."
    return f"Lost so far: {', '.join(f'{loss_text(o, result)} without {o.input}' for o in known)}."


def verdict_without(result: RaceResult, on_dataset: DatasetResult) -> str:
    """Return the losses that are shown, and the inputs without which no difference is shown."""
    sentences = " ".join(_verdict(result, on_dataset))
    if on_dataset.complete:
        return sentences
    return f"After {FIRST_SEEDS} of {result.seeds} seeds: {sentences}"


def _verdict(result: RaceResult, on_dataset: DatasetResult) -> Iterator[str]:
    judged = [one for one in losses(result, on_dataset) if one.row.tied is not None]
    shown = [one for one in judged if not one.row.tied and one.row.difference is not None]
    for one in sorted(shown, key=lambda one: one.row.difference or 0.0):
        change = one.row.difference or 0.0
        word = "gains" if change > 0 else "loses"
        size = f"{result.measure.difference(abs(change))} of {result.measure.title}"
        yield f"Trained without {one.input}, the model {word} {size}."
    tied = [one for one in judged if one.row.tied]
    if tied:
        names = join_names([one.input for one in tied], last="or")
        most = max(one.row.detectable or 0.0 for one in tied)
        would = would_have(result, on_dataset, [most], min(len(one.seeds) for one in tied))
        yield f"Without {names}, no difference is shown{would}."


def problems(on_dataset: DatasetResult) -> Iterator[str]:
    """Yield the reason why there is no model without an input, a sentence each."""
    for row in on_dataset.rows:
        if row.problem:
            yield f"{row.title} there is none: {row.problem}"


def would_have(
    result: RaceResult, on_dataset: DatasetResult, sizes: Sequence[float | None], seeds: int
) -> str:
    """Return the differences that the seeds of a whole race show most of the time.

    Empty before the race's end, and if all seeds have the same result.
    """
    points, known = result.measure.difference, [size or 0.0 for size in sizes] or [0.0]
    most = points(max(known))
    if not on_dataset.complete or most == points(0.0):
        return ""
    shown = f"; {seeds} seeds show one of about"
    often = f"in {10 * POWER:.0f} of 10 races"
    if points(min(known)) == most:
        return f"{shown} {most} {often}"
    return f"{shown} {points(min(known), False)} to {most} {often}, depending on the strategy"
