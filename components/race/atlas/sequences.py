"""The lessons of the atlas on sequences."""

from __future__ import annotations

from collections.abc import Iterator

from components.core.text import join_names
from components.race.atlas.reading import NAMED, Reading, beyond


def recall(reading: Reading) -> Iterator[str]:
    """Where steps must be looked up by their content."""
    (data,) = reading.data
    kinds = reading.family("attention")
    rest = [one for one in reading.strategies if one not in kinds]
    if not kinds or not rest:
        return
    top, other = reading.top(data, kinds), reading.top(data, rest)
    above = [one for one in kinds if beyond(reading.cell(one, data), other)]
    without = f"the best strategy without it is {reading.with_mean(other.strategy, data)}"
    if above:
        above.sort(key=lambda one: -reading.mean(one, data))
        below = [reading.with_mean(one, data) for one in kinds if one not in above]
        also = f" Not every attention does: {join_names(below, NAMED)}." if below else ""
        yield (
            "Attention wins where steps are looked up by their content: "
            f"{join_names([reading.with_mean(one, data) for one in above], NAMED)}; "
            f"{without}.{also}"
        )
    else:
        figures = f"{reading.with_mean(top.strategy, data)}; {without}"
        yield f"Attention is not shown to win on {reading.named(data)}: {figures}."


def alignment(reading: Reading) -> Iterator[str]:
    """Where two streams share a clock."""
    (data,) = reading.data
    clock, kinds = "time_concatenate", reading.family("attention")
    if clock not in reading.strategies or not kinds:
        return
    best = reading.top(data, kinds)
    figures = (
        f"{reading.with_mean(clock, data)} {_rank(reading, clock, data)}; the best attention is "
        f"{reading.with_mean(best.strategy, data)}"
    )
    if reading.cell(clock, data).tied and beyond(reading.cell(clock, data), best):
        yield f"Attention loses where two streams share a clock and equal steps match: {figures}."
    else:
        yield f"Where two streams share a clock and equal steps match: {figures}."


def _rank(reading: Reading, strategy: str, data: str) -> str:
    tied = reading.tied(data)
    others = [reading.title(one) for one in tied if one != strategy]
    if strategy not in tied:
        return f"is below {reading.with_mean(tied[0], data)}"
    return f"is tied for the best with {join_names(others, NAMED)}" if others else "is the best"
