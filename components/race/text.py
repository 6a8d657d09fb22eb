"""All sentences about a race, made from its result: verdicts, explanations, notes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from components.core.text import join_names, plural
from components.merges import MERGES
from components.race.candidates import layers_after
from components.race.data_names import data_name, data_title
from components.race.matching import WidthLimit
from components.race.outcomes import Outcome
from components.race.plan import VERDICT_SEEDS, PlannedRun
from components.race.result import DatasetResult, RaceResult, StrategyResult
from components.race.statistics import LEVEL
from sample_data.sources import about

SMALL = 0.02
"""A smaller gap between two ceilings gets no sentence of its own."""
NAMED = 3
"""Strategies that an explanation names one by one."""
FEW = 5
"""With fewer seeds a note warns that only large differences are detectable."""
TIED = "not shown to be below the best, or at least as good as one that is not"
"""What makes a strategy tied with the best."""
_STATES = {"queued": "next in line", "running": "training", "finished": "without a value"}

_LIMITS: dict[WidthLimit, str] = {
    "": "whole widths come no nearer",
    "no width": "it has no width that could be changed",
    "narrowest": "its layers are as narrow as they can be",
    "widest": "its layers are as wide as they can be",
}


class ResultLine(NamedTuple):
    """A short sentence or two with a label."""

    label: str
    text: str


def verdict(table: DatasetResult) -> str:
    """Which strategy is best on a dataset, or which are tied."""
    if table.complete and not any(row.done for row in table.rows):
        return f"Every run on {table.title} failed."
    if not table.best:
        return f"{_lead_so_far(table)} {_needed(table)}"
    sentence = _best(table)
    return sentence if table.complete else f"So far: {sentence}"


def failure(result: RaceResult) -> str:
    """Why runs failed: the most frequent reason; empty if none has failed."""
    if not result.failed:
        return ""
    label = "Reason" if result.failed == 1 else "Most frequent reason"
    return f"{label}: {result.message}"


def explain(result: RaceResult, table: DatasetResult) -> tuple[ResultLine, ...]:
    """At most three lines on one dataset: what it takes, which strategies met that, and which did
    not. The last two need a verdict."""
    lines: dict[str, Iterable[str]] = {"What it takes": _limits(result, table)}
    if table.judged:
        lines |= {"The best": _winners(result, table), "The rest": _others(result, table)}
    joined = ((label, " ".join(sentences)) for label, sentences in lines.items())
    return tuple(ResultLine(label, text) for label, text in joined if text)


def teaches(result: RaceResult, table: DatasetResult) -> str:
    """What a dataset teaches; empty if that is not known."""
    data = next(data for data in result.setup.data if data_name(data) == table.data)
    lesson = about(data).teaches
    return f"{table.title} teaches: {lesson}" if lesson else ""


def notes(result: RaceResult) -> tuple[str, ...]:
    """What limits the conclusions of a race, a sentence each."""
    race = result.setup
    files = [data for data in race.data if isinstance(data, str)]
    sentences = [f"{data_title(data)}: {note}" for data in files for note in about(data).notes]
    sentences += [
        f"This model has {layers} after the merge. They can learn products whatever the strategy, "
        "so the race shows less of the strategies themselves."
        for layers in layers_after(race.architecture, race.merge)
    ]
    if race.seeds < FEW and len(race.entries) > 1:
        sentences.append(
            f"With {plural(race.seeds, 'seed')} only large differences are detectable; ties may be "
            "real differences."
        )
    return tuple(sentences)


def how_to_read(result: RaceResult) -> str:
    """What the figures of a race are, and when strategies are called tied."""
    return (
        f"{result.measure.title.capitalize()} of `{result.head}` on {samples(result)}: mean over "
        f"{plural(result.seeds, 'seed')} with its 95 % interval (Student's t). Tied: {TIED}, by a "
        "paired t-test over the seeds, corrected for the number of strategies (Holm), at the 5 % "
        "level."
    )


def samples(result: RaceResult) -> str:
    """Which samples are measured."""
    return f"{'validation' if result.measure.validated else 'training'} samples"


def matching(row: StrategyResult) -> str:
    """How near the number of parameters came to the target; empty if there is no target."""
    if row.target is None or row.deviation is None:
        return ""
    if row.parameters == row.target:
        return f"{row.parameters:,} parameters, exactly the target."
    side = "above" if row.deviation > 0 else "below"
    share = f"{100 * abs(row.deviation):.1f} %"
    sentence = f"{row.parameters:,} parameters, {share} {side} the target of {row.target:,}"
    return f"{sentence}." if row.matched else f"{sentence}: {_LIMITS[row.limit]}."


def strategy_notes(row: StrategyResult, result: RaceResult) -> list[str]:
    """What is to be known of a strategy on a dataset: its figures first, then its changes."""
    sentences = [_figures(row, result)] if row.mean is not None else []
    if row.failed:
        sentences.append(f"{plural(row.failed, 'run')} failed: {row.message}")
    sentences += [matching(row)] if row.target is not None else []
    return [*sentences, *row.notes] or ["No run has finished yet."]


def interval_text(row: StrategyResult, result: RaceResult) -> str:
    """`97.3 %, 95 % interval 96.1 % to 98.5 %`; without the interval for a single seed."""
    text = result.measure.text
    if row.low is None or row.high is None:
        return text(row.mean)
    return f"{text(row.mean)}, 95 % interval {text(row.low)} to {text(row.high)}"


def run_text(run: PlannedRun, outcome: Outcome, result: RaceResult) -> str:
    """One run: its strategy, dataset and seed, and its value or state."""
    table = result.table(data_name(run.data))
    score = table.row(run.entry.text).scores.get(run.seed)
    label = f"{run.entry.title} on {table.title}, seed {run.seed}"
    if score is not None:
        return f"{label}: {result.measure.text(score)}"
    reason = f". {outcome.message}" if outcome.message else ""
    return f"{label}: {state_text(outcome.status)}{reason}"


def state_text(status: str) -> str:
    """The state of a run without a value, in a word or two."""
    return _STATES.get(status, status)


def _lead_so_far(table: DatasetResult) -> str:
    """Which strategy has the best mean, before a verdict."""
    rows = [row for row in table.rows if row.mean is not None]
    if not rows:
        return "No run has finished yet."
    if len(rows) == 1:
        return f"Only {rows[0].title} has finished runs."
    top = [row.title for row in rows if row.mean == rows[0].mean]
    if len(top) > 1:
        return f"{join_names(top, NAMED)} have the same mean."
    return f"{top[0]} has the best mean so far."


def _needed(table: DatasetResult) -> str:
    """What a verdict waits for."""
    few = [row for row in table.rows if 0 < len(row.scores) < VERDICT_SEEDS]
    if sum(row.mean is not None for row in table.rows) < 2 or len(few) != 1:
        return f"A verdict needs at least 2 strategies, and {VERDICT_SEEDS} seeds of each."
    return f"A verdict needs {VERDICT_SEEDS} seeds of each strategy; {few[0].title} has 1."


def _best(table: DatasetResult) -> str:
    top = [row.title for row in table.rows if row.entry in table.best]
    rest = [row for row in table.rows if row.mean is not None and row.entry not in table.best]
    if not rest and len(top) > 1:
        tied = f"{top[0]} and {top[1]}" if len(top) == 2 else f"All {len(top)} strategies"
        return f"{tied} are tied: there is no difference larger than seed-to-seed variation."
    if len(top) > 1:
        others = rest[0].title if len(rest) == 1 else f"the other {len(rest)}"
        return f"{join_names(top, NAMED)} are tied for the best, ahead of {others}."
    return f"{top[0]} is best, by more than seed-to-seed variation."


def _limits(result: RaceResult, table: DatasetResult) -> Iterator[str]:
    """What can be reached: by one input, by a sum of functions of each input, and at all."""
    reach, text = table.ceilings, result.measure.text
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


def _winners(result: RaceResult, table: DatasetResult) -> Iterator[str]:
    rows = [row for row in table.rows if row.entry in table.best]
    top = rows[0]
    if "bayes" in table.ceilings and top.mean is not None:
        yield (
            f"{top.title} reaches {result.measure.text(top.mean)}, "
            f"{apart(top.mean - table.ceilings['bayes'], result)} the Bayes optimum."
        )
    if len(rows) == 1:
        yield f"{top.title} is good for {MERGES[top.kind].good_for}."


def _others(result: RaceResult, table: DatasetResult) -> Iterator[str]:
    """How far the additive strategies come, else the last one; then those that failed."""
    yield from _adders(result, table) or _last(result, table)
    failed = [row.title for row in table.rows if row.failed]
    if failed:
        yield f"Runs of {join_names(failed, NAMED)} failed."


def _adders(result: RaceResult, table: DatasetResult) -> list[str]:
    """Additive strategies, where additive models stay below the optimum."""
    reach = table.ceilings
    if not reach or reach["bayes"] - reach["additive"] <= SMALL:
        return []
    means = {row.title: row.mean for row in table.rows if row.additive and row.mean is not None}
    if not means or max(means.values()) > reach["additive"] + SMALL:
        return []
    return [
        f"Purely additive strategies ({join_names(list(means), NAMED)}) reach at most "
        f"{result.measure.text(max(means.values()))}."
    ]


def _last(result: RaceResult, table: DatasetResult) -> list[str]:
    rows = [row for row in table.rows if row.mean is not None]
    if not rows or rows[-1].entry in table.best:
        return []
    gap = apart((rows[-1].mean or 0.0) - (rows[0].mean or 0.0), result)
    return [
        f"{rows[-1].title} has the lowest mean, {gap} the best. It is weak at "
        f"{MERGES[rows[-1].kind].weak_at}."
    ]


def tie_reason(row: StrategyResult) -> str:
    """Why a strategy is called tied with the best, or that it is shown to be worse."""
    if not row.tied:
        return "shown to be worse"
    if row.p is not None and row.p <= LEVEL:
        return (
            "tied with it all the same, because its mean is at least that of a strategy that is "
            "not shown to be below the best"
        )
    return "not shown to be below it"


def _figures(row: StrategyResult, result: RaceResult) -> str:
    sentence = f"{result.measure.title.capitalize()} {interval_text(row, result)}"
    if row.difference and row.p is not None:
        gap = apart(row.difference, result)
        sentence += f"; {gap} the best (p = {row.p:.2g}): {tie_reason(row)}"
    return f"{sentence}."


def apart(difference: float, result: RaceResult) -> str:
    """`2.0 points below`, `0.3 points above`, `level with`."""
    points = result.measure.difference
    if points(abs(difference)) == points(0.0):
        return "level with"
    return f"{points(abs(difference))} {'above' if difference > 0 else 'below'}"
