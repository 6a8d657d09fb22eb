"""Verdict on one head: a sentence that its figures and their intervals allow."""

from __future__ import annotations

import math
from collections import Counter
from typing import NamedTuple

from components.base.text import plural
from components.experiments.inspection.basis.results import HeadInspection
from components.experiments.inspection.measures.cooperation import Cooperation
from components.experiments.inspection.measures.shapley_share import ShapleyShare
from sample_data.ceilings import Ceilings

CLOSE = 0.05
"""Largest difference that counts as about the same; the whole interval must be below it."""
Z = 1.96
"""Standard errors of a 95 % interval."""


class Range(NamedTuple):
    """Limits of a 95 % interval of a difference."""

    low: float
    high: float


def chance_of(head: HeadInspection, ceilings: Ceilings | None = None) -> float:
    """Return chance: that of the relation, or else the share of the most frequent class.

    For R² it is 0, and for another metric the quality without any input.
    """
    if ceilings:
        return ceilings.chance.value
    if head.metric or not head.samples:
        return head.nothing
    if head.target == "values":
        return 0.0
    return Counter(one.truth for one in head.samples).most_common(1)[0][1] / len(head.samples)


def verdict(head: HeadInspection, chance: float, samples: int, kind: str) -> str:
    """Return the verdict on a head. `kind` names the samples, such as `held-out`."""
    few = f"{plural(samples, f'{kind} sample')} {'is' if samples == 1 else 'are'} too few to tell"
    best = _text(head, head.quality)
    above = _difference(head, chance, samples, fixed=True)
    inputs = _difference(head, head.nothing, samples)
    if above.high < 0:
        return f"The model is worse than chance: it reaches {best}, chance is {_at(head, chance)}."
    if above.low <= 0 or inputs.low <= 0:
        if max(above.high, inputs.high) > CLOSE:
            return (
                f"{few} if this model's inputs help: it reaches {best}, "
                f"chance is {_at(head, chance)}."
            )
        return f"{_none(head)}: the model reaches {best}, chance is {_at(head, chance)}."
    alone = {one.inputs[0]: one.value for one in head.coalitions if len(one.inputs) == 1}
    if len(alone) < 2:
        names = "".join(f"`{name}`" for name in alone) or "The model"
        return f"{names} helps: the model reaches {best}, chance is {_at(head, chance)}."
    if head.target == "values" and len(alone) > 2:
        return f"The inputs help: together they reach {best}, chance is {_at(head, chance)}."
    name, most = max(alone.items(), key=lambda one: one[1])
    lacks = [_difference(head, value, samples) for value in alone.values()]
    lead = _difference(head, most, samples)
    every = "both inputs" if len(alone) == 2 else f"all {len(alone)} inputs"
    if lead.high <= CLOSE:
        return f"`{name}` alone does about as well as {every}: {_at(head, most)} and {best}."
    if min(one.low for one in lacks) > 0:
        needed = "Both inputs are needed" if len(alone) == 2 else "No input is enough alone"
        return (
            f"{needed}: alone they reach {_at(head, most)} at most (chance {_at(head, chance)}), "
            f"together {best}."
        )
    return (
        f"{few} if `{name}` alone does as well as {every}: alone it reaches {_at(head, most)}, "
        f"together they reach {best}."
    )


def _none(head: HeadInspection) -> str:
    """Return the sentence that the inputs don't help, without its figures."""
    if len(head.inputs) == 1:
        return "The input does not help"
    return "Neither input helps" if len(head.inputs) == 2 else "No input helps"


def _difference(head: HeadInspection, other: float, samples: int, fixed: bool = False) -> Range:
    """Return the interval of the quality above another one; `fixed` has no error of its own.

    Accuracies have Newcombe's interval, which takes them for independent: too wide rather than
    too narrow for a model on the same samples. R² has the sum of all errors of its parts.
    """
    gap = head.quality - other
    if head.target == "values" or head.metric:
        parts = (*ShapleyShare.of(head), *Cooperation.of(head))
        room = Z * sum(number.error for number in parts)
        return Range(gap - room, gap + room)
    low, high = wilson(head.quality, samples)
    least, most = (other, other) if fixed else wilson(other, samples)
    return Range(
        gap - math.hypot(head.quality - low, most - other),
        gap + math.hypot(high - head.quality, other - least),
    )


def wilson(share: float, samples: int) -> Range:
    """Return Wilson's 95 % interval of a share of samples."""
    if samples < 1:
        return Range(0.0, 1.0)
    square = Z * Z / samples
    middle = (share + square / 2) / (1 + square)
    half = Z * math.sqrt(share * (1 - share) / samples + square / (4 * samples)) / (1 + square)
    return Range(min(share, middle - half), max(share, middle + half))


def _text(head: HeadInspection, value: float) -> str:
    """Format a quality with its name, unless it is a percentage."""
    percent = head.target != "values" and not head.metric
    return _at(head, value) if percent else f"{head.quality_name} {_at(head, value)}"


def _at(head: HeadInspection, value: float) -> str:
    """Format a quality: accuracy in percent, others with two decimals."""
    if head.target == "values" or head.metric:
        return f"{round(value, 2) + 0.0:.2f}"
    return f"{100 * value:.0f} %"
