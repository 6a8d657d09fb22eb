"""What the measures of a head mean, in sentences: what each says here, and what it does not say."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from components.core.text import join_names, quoted
from components.heads.base import Target
from components.inspection.results import HeadInspection, InputShare

SMALL = 0.02
"""A cooperation or a gap that is smaller is called none."""
BEYOND = 2.0
"""Standard errors of a difference from which it is shown."""


@dataclass(frozen=True)
class ExplainedMeasure:
    """One measure of a head. Names of inputs stand in backticks."""

    title: str
    values: str
    meaning: str
    limit: str
    """What it does not say."""


def quality_name(head: HeadInspection) -> str:
    """What the quality of a head is called."""
    return head_quality(head.target)


def head_quality(target: Target) -> str:
    """What the quality of a head with such labels is called."""
    return "R²" if target == "values" else "accuracy"


def with_error(value: float, error: float, sign: Literal["", "+"] = "") -> str:
    """A measure with its standard error, unless that is 0."""
    return f"{value:{sign}.3f} ± {error:.3f}" if error else f"{value:{sign}.3f}"


def explain_head(head: HeadInspection) -> tuple[ExplainedMeasure, ...]:
    """All measures of a head, explained."""
    return (
        _shapley(head),
        _permutation(head),
        _alone(head),
        _cooperation(head),
        _emap_gap(head),
        *_interactions(head),
    )


def _shapley(head: HeadInspection) -> ExplainedMeasure:
    first, *tied = _leaders(head, lambda share: (share.shapley, share.shapley_error))
    above = f"of the {head.quality - head.nothing:.3f} that this model reaches above chance"
    meaning = (
        f"No difference is shown between the largest shares {above}: those of "
        f"{quoted([share.name for share in (first, *tied)])}."
        if tied
        else f"`{first.name}` has the largest share: {first.shapley:.3f} {above}."
    )
    return ExplainedMeasure(
        "Shapley share",
        _values(head, lambda share: with_error(share.shapley, share.shapley_error)),
        f"{meaning} All shares add up to that.",
        "What an input says on its own: what needs several inputs is split between them.",
    )


def _permutation(head: HeadInspection) -> ExplainedMeasure:
    first, *tied = _leaders(head, lambda share: (share.permutation, share.permutation_error))
    lost, names = quality_name(head), [f"`{share.name}`" for share in (first, *tied)]
    if first.permutation <= BEYOND * first.permutation_error:
        meaning = f"This model is not shown to lose {lost} if an input is shuffled."
    elif tied:
        meaning = (
            f"This model loses most {lost} if {join_names(names, last='or')} is shuffled; no "
            "difference between them is shown."
        )
    else:
        meaning = (
            f"If `{first.name}` is shuffled, this model loses {first.permutation:.3f} {lost}: it "
            "relies on it most."
        )
    return ExplainedMeasure(
        "Permutation",
        _values(head, lambda share: with_error(share.permutation, share.permutation_error)),
        meaning,
        "What training without the input would lose: another model can learn from the others.",
    )


def _alone(head: HeadInspection) -> ExplainedMeasure:
    most = max(head.inputs, key=lambda share: share.alone)
    return ExplainedMeasure(
        "Alone",
        _values(head, lambda share: f"{share.alone:.3f}"),
        f"If this model knows `{most.name}` only, its {quality_name(head)} is {most.alone:.3f}; "
        f"without any input, {head.nothing:.3f}.",
        "What a model of that input alone can learn: this one was trained with all of them.",
    )


def _cooperation(head: HeadInspection) -> ExplainedMeasure:
    size = abs(head.cooperation)
    if _none(head.cooperation, head.cooperation_error):
        meaning = (
            "Together the inputs are not shown to reach more or less than the sum of what each "
            "adds alone."
        )
    elif head.cooperation > 0:
        meaning = f"Together the inputs reach {size:.3f} more than the sum of what each adds alone."
    else:
        meaning = (
            f"Together the inputs reach {size:.3f} less than the sum of what each adds alone: they "
            f"repeat each other, or {quality_name(head)} can't rise further."
        )
    return ExplainedMeasure(
        "Cooperation",
        with_error(head.cooperation, head.cooperation_error, "+"),
        meaning,
        "Whether the data need it: another model may combine the same inputs otherwise.",
    )


def _emap_gap(head: HeadInspection) -> ExplainedMeasure:
    scores = "outputs" if head.target == "values" else "logits"
    if _none(head.emap_gap, head.emap_gap_error):
        meaning = (
            f"If its {scores} were only sums over the inputs, this model is not shown to lose "
            f"{quality_name(head)}."
        )
    elif head.emap_gap > 0:
        meaning = (
            f"If its {scores} were only sums over the inputs, this model would lose "
            f"{head.emap_gap:.3f} {quality_name(head)}: that part needs interaction."
        )
    else:
        meaning = (
            f"If its {scores} were only sums over the inputs, this model would gain "
            f"{-head.emap_gap:.3f} {quality_name(head)}: its interaction does not help here."
        )
    return ExplainedMeasure(
        "EMAP gap",
        with_error(head.emap_gap, head.emap_gap_error, "+"),
        meaning,
        "What the best additive model reaches: one that is trained so may do better. The ± leaves "
        "out the error of the additive part, which is larger where that part is near chance.",
    )


_LIMITS = {
    "logits": "How much accuracy interaction brings: it may change logits, and no decision.",
    "values": "How much R² interaction brings: it weighs effects, not their use.",
    "probabilities": "Whether the model combines inputs: the bend of sigmoid and softmax counts "
    "as interaction, also where logits only add up.",
}


def _interactions(head: HeadInspection) -> Iterator[ExplainedMeasure]:
    for of, share in head.interaction.items():
        yield ExplainedMeasure(
            f"Interaction share of {of}",
            f"{share:.3f}",
            f"{share:.0%} of all effects on the {of} belong to pairs of inputs, not to one alone.",
            _LIMITS[of],
        )


def _none(value: float, error: float) -> bool:
    return abs(value) < max(SMALL, BEYOND * error)


def _leaders(
    head: HeadInspection, measure: Callable[[InputShare], tuple[float, float]]
) -> list[InputShare]:
    """The input with the largest value, then those that are not shown to have a smaller one."""
    first, *others = sorted(head.inputs, key=measure, reverse=True)
    most, error = measure(first)

    def beyond(share: InputShare) -> bool:
        value, own = measure(share)
        return most - value > BEYOND * math.hypot(error, own)

    return [first, *(share for share in others if not beyond(share))]


def _values(head: HeadInspection, text: Callable[[InputShare], str]) -> str:
    return ", ".join(f"`{share.name}` {text(share)}" for share in head.inputs)
