"""What the measures of a head mean, in sentences: what each says here, and what it does not say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from components.heads.base import Target
from components.inspection.results import HeadInspection, InputShare

SMALL = 0.02
"""A cooperation or a gap that is smaller is called none."""


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


def with_error(value: float, error: float) -> str:
    """A measure with its standard error, unless it is exact."""
    return f"{value:.3f} ± {error:.3f}" if error else f"{value:.3f}"


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
    most, above = _most(head, lambda share: share.shapley), head.quality - head.nothing
    meaning = f"`{most.name}` has the largest share: {most.shapley:.3f} of the {above:.3f} "
    return ExplainedMeasure(
        "Shapley share",
        _values(head, lambda share: with_error(share.shapley, share.shapley_error)),
        f"{meaning}that this model reaches above chance. All shares add up to that.",
        "What an input says on its own: what needs several inputs is split between them.",
    )


def _permutation(head: HeadInspection) -> ExplainedMeasure:
    most = _most(head, lambda share: share.permutation)
    return ExplainedMeasure(
        "Permutation",
        _values(head, lambda share: with_error(share.permutation, share.permutation_error)),
        f"If `{most.name}` is shuffled, this model loses {most.permutation:.3f} "
        f"{quality_name(head)}: it relies on it most.",
        "What training without the input would lose: another model can learn from the others.",
    )


def _alone(head: HeadInspection) -> ExplainedMeasure:
    most = _most(head, lambda share: share.alone)
    return ExplainedMeasure(
        "Alone",
        _values(head, lambda share: f"{share.alone:.3f}"),
        f"If this model knows `{most.name}` only, its {quality_name(head)} is {most.alone:.3f}; "
        f"without any input, {head.nothing:.3f}.",
        "What a model of that input alone can learn: this one was trained with all of them.",
    )


def _cooperation(head: HeadInspection) -> ExplainedMeasure:
    size = abs(head.cooperation)
    if size < SMALL:
        meaning = "Together the inputs reach about the sum of what each adds alone."
    elif head.cooperation > 0:
        meaning = f"Together the inputs reach {size:.3f} more than the sum of what each adds alone."
    else:
        meaning = (
            f"Together the inputs reach {size:.3f} less than the sum of what each adds alone: "
            "they say the same in part."
        )
    return ExplainedMeasure(
        "Cooperation",
        f"{head.cooperation:+.3f}",
        meaning,
        "Whether the data need it: another model may combine the same inputs otherwise.",
    )


def _emap_gap(head: HeadInspection) -> ExplainedMeasure:
    scores = "outputs" if head.target == "values" else "logits"
    if abs(head.emap_gap) < SMALL:
        meaning = f"If its {scores} were only sums over the inputs, this model would lose nothing."
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
        f"{head.emap_gap:+.3f}",
        meaning,
        "What the best additive model reaches: one that is trained so may do better.",
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


def _most(head: HeadInspection, value: Callable[[InputShare], float]) -> InputShare:
    return max(head.inputs, key=value)


def _values(head: HeadInspection, text: Callable[[InputShare], str]) -> str:
    return ", ".join(f"`{share.name}` {text(share)}" for share in head.inputs)
