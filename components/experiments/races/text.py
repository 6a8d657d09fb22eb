"""All sentences about a race, made from its result: verdicts, explanations, notes, bets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from components.base.text import join_names, plural
from components.experiments.races.entries import parse_entry
from components.experiments.races.evaluation import RaceResult
from components.experiments.races.plan import PlannedRun
from components.experiments.races.results import NAMED, DatasetResult, StrategyResult
from components.experiments.races.setup import data_name, data_title, layers_after
from components.experiments.races.statistics import FIRST_LEVEL, FIRST_SEEDS, LEVEL, VERDICT_SEEDS
from components.experiments.races.widths import WidthLimit
from components.experiments.training.events import Outcome
from components.models.merges import MERGES
from sample_data.loading.sources import about

SAME_ROWS = (
    "All seeds hold out the same rows of the file: intervals show how weights and order vary, not "
    "how other held-out rows would."
)
"""Note on a race on a file."""
SMALL = 0.02
"""Gap between two ceilings below which a sentence does not mention it."""
WORST = 20
"""Percent of races with fewer than `FIRST_SEEDS` seeds that call one of equals worse, in the worst
case measured (docs/measured.md).
"""
_STATES = {"running": "training", "finished": "without a value"}
_LIMITS: dict[WidthLimit, str] = {
    "": "whole widths come no nearer",
    "no width": "it has no width that could be changed",
    "narrowest": "its layers are as narrow as they can be",
    "widest": "its layers are as wide as they can be",
}


class ResultLine(NamedTuple):
    """A sentence or two with a label."""

    label: str
    text: str


def verdict(result: RaceResult, on_dataset: DatasetResult) -> str:
    """Return the verdict on a dataset: the best strategies, and those shown to be below them."""
    if on_dataset.complete and not any(row.done for row in on_dataset.rows):
        return f"Every run on {on_dataset.title} failed."
    if on_dataset.undefined:
        return without_value(result)
    if not on_dataset.judged:
        return f"{result.setup.so_far(on_dataset)} {_awaited_runs(result, on_dataset)}"
    return result.setup.verdict(on_dataset)


def without_value(result: RaceResult) -> str:
    """Explain why finished runs have no value of the measure."""
    return (
        f"{result.measure.title} is not defined on these {samples(result)}: an output has the same "
        "true value in all of them."
    )


def failure(result: RaceResult) -> str:
    """Return the most frequent reason of failed runs; empty if none has failed."""
    if not result.failed:
        return ""
    label = "Reason" if result.failed == 1 else "Most frequent reason"
    return f"{label}: {result.message}"


def explain(result: RaceResult, on_dataset: DatasetResult) -> tuple[ResultLine, ...]:
    """Explain one dataset in at most three lines: its demands, the strategies that meet them, and
    those that do not. The last two need a verdict.
    """
    lines: dict[str, Iterable[str]] = {"What it takes": _ceiling_sentence(result, on_dataset)}
    if on_dataset.best:
        first = "The best" if len(on_dataset.best) == 1 else "Highest mean"
        lines |= {first: _winners(result, on_dataset), "The others": _others(result, on_dataset)}
    joined = ((label, " ".join(sentences)) for label, sentences in lines.items())
    return tuple(ResultLine(label, text) for label, text in joined if text)


def teaches(result: RaceResult, on_dataset: DatasetResult) -> str:
    """Return the lesson of a dataset; empty if unknown."""
    data = next(data for data in result.setup.data if data_name(data) == on_dataset.data)
    lesson = about(data).teaches
    return f"{on_dataset.title} teaches: {lesson}" if lesson else ""


def notes(result: RaceResult) -> tuple[str, ...]:
    """Return the limits of a race's conclusions, a sentence each."""
    race = result.setup
    files = [data for data in race.data if isinstance(data, str)]
    sentences = [f"{data_title(data)}: {note}" for data in files for note in about(data).notes]
    sentences += [SAME_ROWS] if files else []
    return (*sentences, *race.notes())


def how_to_read(result: RaceResult) -> str:
    """Explain a race's figures and how they are judged."""
    return (
        f"{result.measure.title.capitalize()} of `{result.head}` on {samples(result)}: mean over "
        f"{plural(result.seeds, 'seed')} with its 95 % interval (Student's t). {_levels(result)}"
    )


def _levels(result: RaceResult) -> str:
    """Explain how a race is judged, and how often that is wrong."""
    if result.seeds < VERDICT_SEEDS:
        return f"A verdict needs at least {VERDICT_SEEDS} seeds."
    text = (
        f"Verdicts: {result.setup.test}. If all were equal, at most about {100 * LEVEL:.0f} % of "
        f"races would {result.setup.wrong}"
    )
    if result.seeds > FIRST_SEEDS:
        text += (
            f", {100 * FIRST_LEVEL:.0f} % by the first verdict after {FIRST_SEEDS} seeds and the "
            "others by the last"
        )
    elif result.seeds < FIRST_SEEDS:
        text += (
            f"; with {result.seeds} seeds it is up to {WORST} % where some trainings fail to "
            f"learn. Choose at least {FIRST_SEEDS} seeds there"
        )
    return f"{text}. Where no difference is shown, there may still be one."


def samples(result: RaceResult) -> str:
    """Return the name of the measured samples."""
    return f"{'validation' if result.measure.validated else 'training'} samples"


def matching(row: StrategyResult) -> str:
    """Say how near the number of parameters is to the target; empty if there is no target."""
    if row.target is None or row.deviation is None:
        return ""
    if row.parameters == row.target:
        return f"{row.parameters:,} parameters, exactly the target."
    side = "above" if row.deviation > 0 else "below"
    share = f"{100 * abs(row.deviation):.1f} %"
    sentence = f"{row.parameters:,} parameters, {share} {side} the target of {row.target:,}"
    return f"{sentence}." if row.matched else f"{sentence}: {_LIMITS[row.limit]}."


def strategy_notes(row: StrategyResult, result: RaceResult) -> list[str]:
    """Return notes on a strategy on a dataset: its figures first, then its changes."""
    sentences = [_figures(row, result)] if row.mean is not None else []
    if row.failed:
        sentences.append(f"{plural(row.failed, 'run')} failed: {row.message}")
    sentences += [matching(row)] if row.target is not None else []
    sentences += [row.problem] if row.problem else []
    if row.rates:
        counts = sorted(Counter(row.rates).items())
        rates = join_names([f"{rate:.3g} with {plural(count, 'seed')}" for rate, count in counts])
        sentences.append(f"Learning rates chosen: {rates}.")
    if row.undefined:
        sentences.append(without_value(result))
    return [*sentences, *row.notes] or ["No run has finished yet."]


def weakness(row: StrategyResult, result: RaceResult) -> str:
    """Return the weakness of a strategy; empty if layers after it make up for that.

    The text of a merge is about a linear head behind it. A model that only adds has that weakness
    whatever its layers.
    """
    behind = "then" in parse_entry(row.entry).fields or any(layers_after(result.setup))
    return "" if behind and not row.additive else MERGES[row.kind].weak_at


def interval_text(row: StrategyResult, result: RaceResult) -> str:
    """Return `97.3 %, 95 % interval 96.1 % to 98.5 %`; no interval for a single seed."""
    text = result.measure.text
    if row.low is None or row.high is None:
        return text(row.mean)
    return f"{text(row.mean)}, 95 % interval {text(row.low)} to {text(row.high)}"


def run_text(run: PlannedRun, outcome: Outcome, result: RaceResult) -> str:
    """Describe one run: its strategy, dataset and seed, and its value or state."""
    on_dataset = result.table(data_name(run.data))
    score = on_dataset.row(run.entry.text).scores.get(run.seed)
    label = f"{run.entry.title} on {on_dataset.title}, seed {run.seed}"
    if score is not None:
        return f"{label}: {result.measure.text(score)}"
    reason = f". {outcome.message}" if outcome.message else ""
    return f"{label}: {state_text(outcome.status)}{reason}"


def state_text(status: str) -> str:
    """Return the state of a run without a value, in a word or two."""
    return _STATES.get(status, status)


def _awaited_runs(result: RaceResult, on_dataset: DatasetResult) -> str:
    """Name the runs that a verdict waits for."""
    if len(on_dataset.rows) < 2:
        return "A verdict needs at least 2 strategies."
    if result.seeds < VERDICT_SEEDS:
        return f"A verdict needs at least {VERDICT_SEEDS} seeds."
    if on_dataset.complete:
        return (
            f"A verdict needs at least {result.setup.counted(2)} with {VERDICT_SEEDS} seeds each."
        )
    name = "The first verdict" if result.seeds > FIRST_SEEDS else "The verdict"
    seeds = min(result.seeds, FIRST_SEEDS)
    return f"{name} comes after {seeds} seeds of each {result.setup.what}."


def _ceiling_sentence(result: RaceResult, on_dataset: DatasetResult) -> Iterator[str]:
    """Yield a sentence on the ceilings of one input, of an additive model and of any model."""
    reach, text = on_dataset.ceilings, result.measure.text
    if not reach:
        return
    single, additive, bayes = (reach[kind] for kind in ("single", "additive", "bayes"))
    trained = f"a trained additive model reaches {text(additive)}"
    optimum = f"the Bayes optimum is {text(bayes)}."
    if bayes - additive > SMALL:
        yield f"The inputs must interact: {trained}, {optimum}"
    elif bayes - single > SMALL:
        yield (
            f"The inputs must be combined, but a sum is enough: {trained}, one input alone "
            f"{text(single)}; {optimum}"
        )
    else:
        yield f"One input is enough: alone it reaches {text(single)}, {optimum}"


def _winners(result: RaceResult, on_dataset: DatasetResult) -> Iterator[str]:
    rows = [row for row in on_dataset.rows if row.entry in on_dataset.best]
    top = rows[0]
    if "bayes" in on_dataset.ceilings and top.mean is not None:
        yield (
            f"{top.title} reaches {result.measure.text(top.mean)}, "
            f"{difference_text(top.mean - on_dataset.ceilings['bayes'], result)} the Bayes optimum."
        )
    if len(rows) == 1:
        yield f"{top.title} is good for {MERGES[top.kind].good_for}."


def _others(result: RaceResult, on_dataset: DatasetResult) -> Iterator[str]:
    """Yield sentences on the strategies below the best, then on those that failed.

    If additive models stay below the optimum, the additive strategies are described, otherwise the
    last one.
    """
    reach, rows = on_dataset.ceilings, [row for row in on_dataset.rows if row.mean is not None]
    means = {row.title: row.mean or 0.0 for row in rows if row.additive}
    below = bool(reach) and reach["bayes"] - reach["additive"] > SMALL
    if below and means and max(means.values()) <= reach["additive"] + SMALL:
        yield (
            f"Purely additive strategies ({join_names(list(means), NAMED)}) reach at most "
            f"{result.measure.text(max(means.values()))}."
        )
    elif rows and rows[-1].entry not in on_dataset.best:
        gap = difference_text((rows[-1].mean or 0.0) - (rows[0].mean or 0.0), result)
        yield f"{rows[-1].title} has the lowest mean, {gap} the best."
        if weak := weakness(rows[-1], result):
            yield f"It is weak at {weak}."
    failed = [row.title for row in on_dataset.rows if row.failed]
    if failed:
        yield f"Runs of {join_names(failed, NAMED)} failed."


def _figures(row: StrategyResult, result: RaceResult) -> str:
    sentence = f"{result.measure.title.capitalize()} {interval_text(row, result)}"
    if row.difference is not None and row.p is not None:
        other, shown = result.setup.reference, result.setup.shown(row)
        sentence += f"; {difference_text(row.difference, result)} {other}: {shown}"
    return f"{sentence}."


def difference_text(difference: float, result: RaceResult) -> str:
    """Return `2.0 points below`, `0.3 points above`, `level with`."""
    points = result.measure.difference
    if points(abs(difference)) == points(0.0):
        return "level with"
    return f"{points(abs(difference))} {'above' if difference > 0 else 'below'}"


@dataclass(frozen=True)
class BetAnswer:
    """Answer to a bet: `True` if it was right, `None` before the last verdict, with sentences."""

    right: bool | None
    text: str


def judge_bet(
    entry: str, result: RaceResult, on_dataset: DatasetResult, mine: bool = True
) -> BetAnswer:
    """Judge a bet on an entry. Raises `KeyError` for one that doesn't race.

    `mine` is `True` if the reader made the bet.
    """
    own, top = on_dataset.row(entry), on_dataset.rows[0]
    opening = f"{'You bet' if mine else 'The bet was'} on {own.title}."
    if not on_dataset.complete or own.tied is None:
        return BetAnswer(None, f"{opening} {verdict(result, on_dataset)}")
    if own.entry in on_dataset.best:
        return BetAnswer(True, f"{opening} {_winning_sentence(own, on_dataset, result)}")
    gap = difference_text((own.mean or 0.0) - (top.mean or 0.0), result)
    valued = sum(row.mean is not None for row in on_dataset.rows)
    shares = "shares " if sum(row.rank == own.rank for row in on_dataset.rows) > 1 else ""
    rank = f"{shares}rank {own.rank} of {valued}"
    lost = f"{top.title} has the best mean; {own.title} is {gap} it ({rank})."
    return BetAnswer(False, f"{opening} {lost}")


def _winning_sentence(own: StrategyResult, on_dataset: DatasetResult, result: RaceResult) -> str:
    """Say how good a winning bet is: the only best, the best mean, or not shown to be below it."""
    mean, top = result.measure.text(own.mean), on_dataset.rows[0]
    if len(on_dataset.best) == 1:
        return f"It is the best, with {mean}."
    if own.mean == top.mean:
        others = plural(len(on_dataset.best) - 1, "strategy", "strategies")
        return f"It has the best mean, {mean}; no difference from {others} is shown."
    return f"With {mean}, it is not shown to be below {top.title}, which has the best mean."
