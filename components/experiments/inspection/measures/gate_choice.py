"""Gate choice: quality lost if each sample gets the gates of another one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from components.experiments.inspection.basis.results import HeadInspection, Number
from components.experiments.inspection.measures.base import (
    InspectionMeasure,
    Subject,
    is_shown,
    mean_of,
)
from components.experiments.inspection.measures.permutation import REPEATS


class GateChoice(InspectionMeasure):
    """Gates of all merges are shuffled together. Source: gate permutation, arXiv 2606.26473."""

    title = "Gate choice"
    rank = 70
    sign = "+"
    means = (
        "what this model loses if each sample gets the gates of another one, the mean of ten "
        "shuffles"
    )
    limit = (
        "Whether a model trained without gates would be worse: they may help while it learns. "
        "Attention inside a layer of Keras is not measured."
    )

    @classmethod
    def measure(cls, subject: Subject) -> tuple[Number, ...]:
        losses = subject.once(gate_losses, each_head=False)
        return (losses[subject.head.name],) if losses else ()

    @classmethod
    def says(cls, head: HeadInspection) -> str:
        (number,), name = cls.of(head), head.quality_name
        if not is_shown(number):
            return (
                f"With the gates of another sample, this model is not shown to lose {name}: what "
                "they choose for each sample may be decoration."
            )
        if number.value > 0:
            return (
                f"What the gates choose for each sample is worth {number.value:.3f} {name}: this "
                "model loses that with the gates of another sample."
            )
        return f"With the gates of another sample, this model gains {-number.value:.3f} {name}."


def gate_losses(subject: Subject) -> Mapping[str, Number]:
    """Return the loss of each head; empty if the model has no gates."""
    model, tick = subject.coalitions.model, subject.coalitions.tick
    own = np.arange(model.samples)
    whole = model.gated_scores(own)
    if not whole:
        return {}
    shuffled = []
    for _ in range(REPEATS):
        tick()
        shuffled.append(model.gated_scores(subject.rng.permutation(own)))
    return {
        head.name: mean_of(
            head.qualities_of(whole[head.name])
            - np.mean([head.qualities_of(one[head.name]) for one in shuffled], axis=0)
        )
        for head in model.heads
    }
