"""What the atlas teaches, in sentences that are written from its figures.

Each is said only where the figures say so; another atlas makes other sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from components.race.atlas import gates, sequences
from components.race.atlas.part import MLP_NAME
from components.race.atlas.reading import (
    CLOSE,
    SMALL,
    Reading,
    beyond,
    listed,
    percent,
    points,
)
from components.race.atlas.values import Atlas, AtlasSection

JOIN = "concatenate"
SWITCHED = "conditional"
"""The data on which one input says which number of the other counts."""


def lessons(atlas: Atlas) -> tuple[str, ...]:
    """Where joining is enough, where products win, where gates do not help, where attention loses,
    and what sequences add."""
    found = {section.name: section for section in atlas.sections}
    tellers: tuple[tuple[str, Callable[[Reading], Iterator[str]]], ...] = (
        ("vectors", _enough),
        ("vectors", _sums),
        ("vectors", _layers),
        ("vectors", _switched),
        ("vectors", gates.lose),
        ("vectors", _attention),
        ("recall", sequences.recall),
        ("alignment", sequences.alignment),
    )
    return tuple(
        sentence
        for name, tell in tellers
        if name in found
        for sentence in tell(Reading(_with_all(found[name])))
    )


def _with_all(section: AtlasSection) -> AtlasSection:
    """The section without data that nothing was raced on."""
    fields = tuple(field for field in section.fields if section.on(field.name))
    return section.model_copy(update={"fields": fields})


def _enough(told: Reading) -> Iterator[str]:
    """Where a concatenation with a linear head is tied with the best, and what products cost."""
    tied = [data for data in told.data if told.cell(JOIN, data).tied]
    enough = [data for data in tied if told.gap(JOIN, data) < SMALL]
    if not enough:
        return
    named = [f"{told.named(data)} ({percent(told.mean(JOIN, data))})" for data in enough]
    yield (
        f"Concatenate and a linear head are enough on {listed(named, 6)}: nothing is shown to be "
        f"better, and the best mean is at most {points(max(told.gap(JOIN, d) for d in enough))} "
        "above."
    )
    open_ = [
        f"{told.named(data)} ({points(told.gap(JOIN, data))} below "
        f"{told.with_mean(told.top(data).strategy, data)})"
        for data in tied
        if data not in enough
    ]
    if open_:
        yield f"It is not shown to lose on {listed(open_)} either: so few seeds leave that open."
    costs = [
        (told.gap(one, data), one, data)
        for data in enough
        for one in told.family("products")
        if not told.cell(one, data).tied
    ]
    if costs:
        gap, one, data = max(costs)
        yield (
            f"Products have a price where a sum is enough: {told.title(one)} stays {points(gap)} "
            f"below {told.with_mean(told.top(data).strategy, data)} on {told.named(data)}, beyond "
            "what seeds explain."
        )


def _sums(told: Reading) -> Iterator[str]:
    """Data on which the best additive model is at chance."""
    hard = [
        data for data in told.data
        if told.mark(data, "additive") < told.mark(data, "chance") + CLOSE / 2
    ]  # fmt: skip
    if not hard:
        return
    stuck = [one for one in told.family("sums") if all(told.at_chance(one, data) for data in hard)]
    for data in hard[:1]:
        able = [one for one in told.strategies if told.at_bayes(one, data)]
        if stuck and able:
            most = max(told.mean(one, other) for one in stuck for other in hard)
            yield (
                f"Sums fail where inputs only count together ({listed(told.titles(hard), 6)}): "
                f"{listed([told.title(one) for one in stuck], 8)} stay at chance, {percent(most)} "
                f"at most. {len(able)} of {len(told.strategies)} strategies come within 5 points "
                f"of Bayes on {told.named(data)}, so products are not the only way: "
                f"{_bends(told, able, data)}."
            )
    for data in hard:
        tied = told.tied(data)
        products = [one for one in tied if one in told.family("products")]
        if len(products) == len(tied):
            yield (
                f"Products win on {told.named(data)}: "
                f"{listed([told.with_mean(one, data) for one in tied])} "
                f"{'are tied at the top' if len(tied) > 1 else 'is best'}."
            )


def _bends(told: Reading, able: list[str], data: str) -> str:
    other = [one for one in able if one not in told.family("products")]
    if not other:
        return "but all of them multiply"
    return f"{listed([told.with_mean(one, data) for one in other])} get there too"


def _layers(told: Reading) -> Iterator[str]:
    """What dense layers behind a concatenation can make up for."""
    if MLP_NAME not in told.strategies:
        return
    short = [data for data in told.data if not told.cell(JOIN, data).tied]
    made_up = [data for data in short if told.cell(MLP_NAME, data).tied]
    behind = [data for data in short if data not in made_up]
    title = told.title(MLP_NAME)
    if made_up:
        named = [f"{told.named(d)} ({percent(told.mean(MLP_NAME, d))})" for d in made_up]
        yield f"{title}, makes up for the merge on {listed(named, 6)}: it is tied with the best."
    if behind:
        data = max(behind, key=lambda data: told.gap(MLP_NAME, data))
        yield (
            f"Layers behind a concatenation do not replace every merge: on {told.named(data)} they "
            f"bring it to {percent(told.mean(MLP_NAME, data))}, and "
            f"{told.with_mean(told.top(data).strategy, data)} is above that, beyond what seeds "
            "explain."
        )


def _switched(told: Reading) -> Iterator[str]:
    """Where one input says what counts in the other."""
    if SWITCHED not in told.data:
        return
    joined = told.cell(JOIN, SWITCHED)
    above = [
        one for one in (*told.family("products"), *told.family("gates"))
        if beyond(told.cell(one, SWITCHED), joined)
    ]  # fmt: skip
    first = sorted(above, key=lambda one: -told.mean(one, SWITCHED))
    if first:
        yield (
            f"On {told.named(SWITCHED)}, where one input says which number of the other counts, "
            f"{listed([told.with_mean(one, SWITCHED) for one in first])} are above Concatenate "
            f"({percent(joined.mean)}), with intervals that do not meet."
        )


def _attention(told: Reading) -> Iterator[str]:
    """Attention between single vectors."""
    kinds = told.family("attention")
    hard = [d for d in told.data if told.mark(d, "additive") < told.mark(d, "chance") + CLOSE]
    blind = [one for one in kinds if hard and all(told.at_chance(one, data) for data in hard)]
    if blind:
        most = max(told.mean(one, data) for one in blind for data in hard)
        yield (
            f"Attention has nothing to choose from between single vectors: "
            f"{listed([told.title(one) for one in blind])} stay at {percent(most)} or less on "
            f"{listed(told.titles(hard), 6)}: a softmax over one key is 1."
        )
    forgotten = [
        (told.mean(JOIN, data) - told.mean(one, data), one, data)
        for one in blind
        for data in told.data
        if beyond(told.cell(JOIN, data), told.cell(one, data))
    ]
    if forgotten:
        _, one, data = max(forgotten)
        yield (
            f"Where one vector only asks the other, the one that asks is lost: "
            f"{told.with_mean(one, data)} on {told.named(data)}, "
            f"{told.with_mean(JOIN, data)}."
        )
    seeing = [one for one in kinds if one not in blind]
    lost = [
        (told.gap(one, data), one, data)
        for one in seeing
        for data in told.data
        if not told.cell(one, data).tied
    ]
    if lost:
        _, one, data = max(lost)
        top = told.top(data)
        lines = {line.strategy: line for line in told.section.lines}
        yield (
            f"Attention over both vectors as steps loses most on {told.named(data)}: "
            f"{told.with_mean(one, data)} with {lines[one].parameters:,} parameters, "
            f"{told.with_mean(top.strategy, data)} with {lines[top.strategy].parameters:,}."
        )
