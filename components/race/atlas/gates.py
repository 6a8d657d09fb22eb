"""The lessons of the atlas on gates."""

from __future__ import annotations

from collections.abc import Iterator

from components.race.atlas.reading import CLOSE, Reading, beyond, percent, points

JOIN = "concatenate"
GATED = "cross_reliability"
"""The relation that is made for gates: one input tells how reliable the other is."""


def lessons_on_gates(reading: Reading) -> Iterator[str]:
    """Whether gates win on the relation that is made for them, and what they do elsewhere."""
    kinds = reading.family("gates")
    if not kinds or GATED not in reading.data:
        return
    rest = (*reading.family("products"), *reading.family("sums"))
    gate, other = reading.top(GATED, kinds), reading.top(GATED, rest)
    figures = (
        f"the best gate is {reading.with_mean(gate.strategy, GATED)}, the best strategy without "
        f"one {reading.with_mean(other.strategy, GATED)}; {reading.with_mean(JOIN, GATED)}, Bayes "
        f"optimum {percent(reading.mark(GATED, 'bayes'))}"
    )
    if beyond(gate, other):
        yield f"Gates win on {reading.named(GATED)}, which is made for them: {figures}."
    else:
        yield f"Gates do not win on {reading.named(GATED)}, though it is made for them: {figures}."
    yield from _noise(reading, kinds)
    yield from _halfway(reading)


def _noise(reading: Reading, kinds: tuple[str, ...]) -> Iterator[str]:
    """Whether gates help to ignore an input that is only noise."""
    data = "unique"
    if data not in reading.data:
        return
    gate = reading.top(data, kinds)
    if not beyond(gate, reading.cell(JOIN, data)):
        yield (
            f"A model needs no gate to ignore an input that is only noise: on "
            f"{reading.named(data)} the best gate is {reading.with_mean(gate.strategy, data)}, "
            f"{reading.with_mean(JOIN, data)}."
        )


def _halfway(reading: Reading) -> Iterator[str]:
    """Gates that weigh one branch against the other, where only the combination counts."""
    expert, data = "mixture_of_experts", "xor"
    if expert not in reading.strategies or data not in reading.data:
        return
    cell, chance = reading.cell(expert, data), reading.mark(data, "chance")
    bayes = reading.mark(data, "bayes")
    if chance + CLOSE < cell.low and cell.high < bayes - CLOSE:
        yield (
            f"Weighing branches does not combine them: {reading.title(expert)} reaches "
            f"{percent(cell.mean)} on {reading.named(data)}, {points(cell.mean - chance)} above "
            f"chance and {points(bayes - cell.mean)} below the Bayes optimum."
        )
