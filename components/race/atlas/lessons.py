"""The lessons of the atlas: sentences made from its figures.

Each sentence appears only if the figures support it; another atlas gives other sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from components.core.text import join_names
from components.race.atlas import gates, sequences
from components.race.atlas.part import MLP_NAME
from components.race.atlas.reading import CLOSE, NAMED, SMALL, Reading, beyond, percent, points
from components.race.atlas.values import Atlas, AtlasSection

JOIN = "concatenate"
SWITCHED = "conditional"
"""The relation in which one input decides which number of the other counts."""


def lessons(atlas: Atlas) -> tuple[str, ...]:
    """Where joining is enough, where products win, where gates do not help, where attention loses,
    and what sequences add."""
    sections = {section.name: section for section in atlas.sections}
    writers: tuple[tuple[str, Callable[[Reading], Iterator[str]]], ...] = (
        ("vectors", _enough),
        ("vectors", _sums),
        ("vectors", _layers),
        ("vectors", _switched),
        ("vectors", gates.lessons_on_gates),
        ("vectors", _attention),
        ("recall", sequences.recall),
        ("alignment", sequences.alignment),
    )
    return tuple(
        sentence
        for name, write in writers
        if name in sections
        for sentence in write(Reading(_trained(sections[name])))
    )


def _trained(section: AtlasSection) -> AtlasSection:
    """The section without datasets that nothing was trained on."""
    fields = tuple(field for field in section.fields if section.on(field.name))
    return section.model_copy(update={"fields": fields})


def _enough(reading: Reading) -> Iterator[str]:
    """Where a concatenation with a linear head is tied with the best, and what products cost."""
    tied = [data for data in reading.data if reading.cell(JOIN, data).tied]
    enough = [data for data in tied if reading.gap(JOIN, data) < SMALL]
    if not enough:
        return
    named = [reading.data_with_mean(JOIN, data) for data in enough]
    yield (
        f"Concatenate with a linear head is enough on {join_names(named, 6)}: no strategy is shown "
        "to be better, and the best mean is at most "
        f"{points(max(reading.gap(JOIN, data) for data in enough))} higher."
    )
    open_ = [
        f"{reading.named(data)} ({points(reading.gap(JOIN, data))} below {reading.best(data)})"
        for data in tied
        if data not in enough
    ]
    if open_:
        yield (
            f"On {join_names(open_, NAMED)} it is not shown to be worse either, but with so few "
            "seeds only large differences are detectable."
        )
    costs = [
        (reading.gap(one, data), one, data)
        for data in enough
        for one in reading.family("products")
        if not reading.cell(one, data).tied
    ]
    if costs:
        gap, one, data = max(costs)
        yield (
            f"Where a sum is enough, products can cost accuracy: on {reading.named(data)} "
            f"{reading.title(one)} is {points(gap)} below {reading.best(data)}, more than "
            "seed-to-seed variation."
        )


def _sums(reading: Reading) -> Iterator[str]:
    """Datasets on which the best additive model is at chance."""
    hard = [data for data in reading.data if reading.additive_gain(data) < CLOSE / 2]
    if not hard:
        return
    sums = reading.family("sums")
    stuck = [one for one in sums if all(reading.at_chance(one, data) for data in hard)]
    able = [one for one in reading.strategies if reading.at_bayes(one, hard[0])]
    if stuck and able:
        most = max(reading.mean(one, data) for one in stuck for data in hard)
        yield (
            "Sums fail where the label depends only on how the inputs combine "
            f"({join_names(reading.titles(hard), 6)}): "
            f"{join_names([reading.title(one) for one in stuck], 8)} stay at chance, with at most "
            f"{percent(most)}. {len(able)} of {len(reading.strategies)} strategies come within 5 "
            f"points of the Bayes optimum on {reading.named(hard[0])}"
            f"{_without_products(reading, able, hard[0])}."
        )
    for data in hard:
        tied = reading.tied(data)
        if set(tied) <= set(reading.family("products")):
            yield (
                f"Products win on {reading.named(data)}: "
                f"{join_names([reading.with_mean(one, data) for one in tied], NAMED)} "
                f"{'are tied for the best' if len(tied) > 1 else 'is the best'}."
            )


def _without_products(reading: Reading, able: list[str], data: str) -> str:
    other = [one for one in able if one not in reading.family("products")]
    if not other:
        return ", and all of them multiply"
    named = join_names([reading.with_mean(one, data) for one in other], NAMED)
    return f", not all of them by products: {named}"


def _layers(reading: Reading) -> Iterator[str]:
    """What dense layers after a concatenation can and can't replace."""
    if MLP_NAME not in reading.strategies:
        return
    worse = [data for data in reading.data if not reading.cell(JOIN, data).tied]
    replaced = [data for data in worse if reading.cell(MLP_NAME, data).tied]
    left = [data for data in worse if data not in replaced]
    if replaced:
        named = join_names([reading.data_with_mean(MLP_NAME, data) for data in replaced], 6)
        yield f"{reading.title(MLP_NAME)}, is tied with the best on {named}."
    if left:
        data = max(left, key=lambda data: reading.gap(MLP_NAME, data))
        yield (
            f"Dense layers after a concatenation do not replace every merge: on "
            f"{reading.named(data)} they reach {percent(reading.mean(MLP_NAME, data))}, and "
            f"{reading.best(data)} is higher by more than seed-to-seed variation."
        )


def _switched(reading: Reading) -> Iterator[str]:
    """Products and gates where one input decides what counts in the other."""
    if SWITCHED not in reading.data:
        return
    joined = reading.cell(JOIN, SWITCHED)
    strategies = (*reading.family("products"), *reading.family("gates"))
    above = [one for one in strategies if beyond(reading.cell(one, SWITCHED), joined)]
    above.sort(key=lambda one: -reading.mean(one, SWITCHED))
    if above:
        yield (
            f"On {reading.named(SWITCHED)} one input decides which number of the other counts: "
            f"{join_names([reading.with_mean(one, SWITCHED) for one in above], NAMED)} are above "
            f"Concatenate ({percent(joined.mean)}), and their intervals do not overlap with its."
        )


def _attention(reading: Reading) -> Iterator[str]:
    """Attention between single vectors."""
    kinds = reading.family("attention")
    hard = [data for data in reading.data if reading.additive_gain(data) < CLOSE]
    blind = [one for one in kinds if hard and all(reading.at_chance(one, data) for data in hard)]
    if blind:
        most = max(reading.mean(one, data) for one in blind for data in hard)
        yield (
            "Attention between single vectors has nothing to choose from, because a softmax over "
            f"one key is 1: {join_names([reading.title(one) for one in blind], NAMED)} reach at "
            f"most {percent(most)} on {join_names(reading.titles(hard), 6)}."
        )
    forgotten = [
        (reading.mean(JOIN, data) - reading.mean(one, data), one, data)
        for one in blind
        for data in reading.data
        if beyond(reading.cell(JOIN, data), reading.cell(one, data))
    ]
    if forgotten:
        _, one, data = max(forgotten)
        yield (
            "Where one vector is only the query of the other, its own content is lost: on "
            f"{reading.named(data)} {reading.with_mean(one, data)}, "
            f"{reading.with_mean(JOIN, data)}."
        )
    worse = [
        (reading.gap(one, data), one, data)
        for one in kinds
        for data in reading.data
        if one not in blind and not reading.cell(one, data).tied
    ]
    if worse:
        _, one, data = max(worse)
        top = reading.top(data).strategy
        sizes = {line.strategy: f"{line.parameters:,}" for line in reading.section.lines}
        yield (
            f"Attention over both vectors as steps loses most on {reading.named(data)}: "
            f"{reading.with_mean(one, data)} with {sizes[one]} parameters, "
            f"{reading.with_mean(top, data)} with {sizes[top]}."
        )
