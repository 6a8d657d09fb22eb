"""Verdict on one head: a sentence that its figures and their intervals allow."""

from __future__ import annotations

import math
from collections import Counter

from components.base.text import plural
from components.experiments.inspection.basis.results import HeadInspection
from components.experiments.inspection.measures.cooperation import Cooperation
from components.experiments.inspection.measures.shapley_share import ShapleyShare
from components.experiments.training.intervals import QualityInterval, Z, of_share
from sample_data.ceilings import Ceilings

CLOSE = 0.05
"""Largest difference that counts as about the same; the whole interval must be below it."""


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
    percent = head.target != "values" and not head.metric
    best = _at(head, head.quality) if percent else f"{head.quality_name} {_at(head, head.quality)}"
    above = _difference(head, chance, samples, fixed=True)
    inputs = _difference(head, head.nothing, samples)
    if above.high < 0:
        return f"The model is worse than chance: it reaches {best}, chance is {_at(head, chance)}."
    if above.low <= 0 or inputs.low <= 0:
        none = {1: "The input does not help", 2: "Neither input helps"}.get(
            len(head.inputs), "No input helps"
        )
        if max(above.high, inputs.high) > CLOSE:
            return (
                f"{few} if this model's inputs help: it reaches {best}, "
                f"chance is {_at(head, chance)}."
            )
        return f"{none}: the model reaches {best}, chance is {_at(head, chance)}."
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


def _difference(
    head: HeadInspection, other: float, samples: int, fixed: bool = False
) -> QualityInterval:
    """Return the interval of the quality above another one; `fixed` has no error of its own.

    Accuracies have Newcombe's interval, which takes them for independent: too wide rather than
    too narrow for a model on the same samples. R² has the sum of all errors of its parts.
    """
    gap = head.quality - other
    if head.target == "values" or head.metric:
        parts = (*ShapleyShare.of(head), *Cooperation.of(head))
        room = Z * sum(number.error for number in parts)
        return QualityInterval(gap, gap - room, gap + room)
    own, others = of_share(head.quality, samples), of_share(other, samples)
    least, most = (other, other) if fixed else (others.low, others.high)
    return QualityInterval(
        gap,
        gap - math.hypot(head.quality - own.low, most - other),
        gap + math.hypot(own.high - head.quality, other - least),
    )


def _at(head: HeadInspection, value: float) -> str:
    """Format a quality: accuracy in percent, others with two decimals."""
    if head.target == "values" or head.metric:
        return f"{round(value, 2) + 0.0:.2f}"
    return f"{100 * value:.0f} %"
