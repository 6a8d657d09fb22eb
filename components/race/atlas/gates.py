"""What the atlas teaches of gates."""

from __future__ import annotations

from collections.abc import Iterator

from components.race.atlas.reading import CLOSE, Reading, beyond, percent, points

JOIN = "concatenate"
GATED = "cross_reliability"
"""The data that is made for gates: how far one input can be trusted is told by the other."""


def lose(told: Reading) -> Iterator[str]:
    """Whether gates win on the data that is made for them, and what they do elsewhere."""
    kinds = told.family("gates")
    if not kinds or GATED not in told.data:
        return
    rest = (*told.family("products"), *told.family("sums"))
    gate, other = told.top(GATED, kinds), told.top(GATED, rest)
    figures = (
        f"{told.with_mean(gate.strategy, GATED)} is the best gate, "
        f"{told.with_mean(other.strategy, GATED)} the best without one, "
        f"{told.with_mean(JOIN, GATED)}, and {percent(told.mark(GATED, 'bayes'))} can be reached"
    )
    if beyond(gate, other):
        yield f"Gates win on {told.named(GATED)}, which is made for them: {figures}."
    else:
        yield f"Gates do not win on {told.named(GATED)}, though it is made for them: {figures}."
    yield from _shut(told, kinds)
    yield from _halfway(told)


def _shut(told: Reading, kinds: tuple[str, ...]) -> Iterator[str]:
    """Whether gates help to leave an input alone that tells nothing."""
    data = "unique"
    if data not in told.data:
        return
    gate, joined = told.top(data, kinds), told.cell(JOIN, data)
    if not beyond(gate, joined):
        yield (
            f"Nor does it take a gate to leave an input alone that tells nothing: on "
            f"{told.named(data)} {told.with_mean(gate.strategy, data)} is the best gate, "
            f"{told.with_mean(JOIN, data)}."
        )


def _halfway(told: Reading) -> Iterator[str]:
    """Gates that weigh one branch against the other, where branches count together."""
    expert, data = "mixture_of_experts", "xor"
    if expert not in told.strategies or data not in told.data:
        return
    cell, chance = told.cell(expert, data), told.mark(data, "chance")
    bayes = told.mark(data, "bayes")
    if chance + CLOSE < cell.low and cell.high < bayes - CLOSE:
        yield (
            f"Weighing branches is not joining them: {told.title(expert)} gets to "
            f"{percent(cell.mean)} on {told.named(data)}, {points(cell.mean - chance)} above "
            f"chance and {points(bayes - cell.mean)} below Bayes."
        )
