"""What the atlas teaches of sequences."""

from __future__ import annotations

from collections.abc import Iterator

from components.race.atlas.reading import Reading, beyond, listed


def recall(told: Reading) -> Iterator[str]:
    """Where steps must be looked up by what they hold."""
    (data,) = told.data
    kinds = told.family("attention")
    rest = [one for one in told.strategies if one not in kinds]
    if not kinds or not rest:
        return
    top, other = told.top(data, kinds), told.top(data, rest)
    above = [one for one in kinds if beyond(told.cell(one, data), other)]
    without = f"{told.with_mean(other.strategy, data)} at best without attention"
    if above:
        first = sorted(above, key=lambda one: -told.mean(one, data))
        below = [told.with_mean(one, data) for one in kinds if one not in above]
        also = f" Not every attention does: {listed(below)}." if below else ""
        yield (
            "Attention wins where steps are looked up by what they hold: "
            f"{listed([told.with_mean(one, data) for one in first])}, {without}.{also}"
        )
    else:
        figures = f"{told.with_mean(top.strategy, data)}, {without}"
        yield f"Attention is not shown to win on {told.named(data)}: {figures}."


def alignment(told: Reading) -> Iterator[str]:
    """Where two streams run on one clock."""
    (data,) = told.data
    clock, kinds = "time_concatenate", told.family("attention")
    if clock not in told.strategies or not kinds:
        return
    best = told.top(data, kinds)
    figures = (
        f"{told.with_mean(clock, data)} {_place(told, clock, data)}; the best attention is "
        f"{told.with_mean(best.strategy, data)}"
    )
    if told.cell(clock, data).tied and beyond(told.cell(clock, data), best):
        yield f"Attention loses on one clock, where joining step by step is enough: {figures}."
    else:
        yield f"On one clock, where steps belong together by their place: {figures}."


def _place(told: Reading, strategy: str, data: str) -> str:
    tied = told.tied(data)
    others = [told.title(one) for one in tied if one != strategy]
    if strategy not in tied:
        return f"is below {told.with_mean(tied[0], data)}"
    return f"is tied at the top with {listed(others)}" if others else "is best"
