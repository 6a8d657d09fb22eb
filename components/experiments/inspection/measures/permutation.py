"""Permutation: quality lost if the samples of one input are shuffled."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from components.base.text import join_names
from components.experiments.inspection.basis.results import HeadInspection, Number
from components.experiments.inspection.measures.base import (
    BEYOND,
    InspectionMeasure,
    Subject,
    leaders,
    mean_of,
)

REPEATS = 10
"""Number of shuffles of each input."""


class Permutation(InspectionMeasure):
    title = "Permutation"
    rank = 10
    of_inputs = True
    means = "what this model loses if the input is that of another sample, the mean of ten shuffles"
    limit = "What training without the input would lose. Another model can learn from the others."

    @classmethod
    def measure(cls, subject: Subject) -> tuple[Number, ...]:
        losses = subject.once(permutation_losses, each_head=False)
        return subject.by_input(losses[subject.head.name])

    @classmethod
    def says(cls, head: HeadInspection) -> str:
        first, *tied = leaders(cls, head)
        (name, most), lost = first, head.quality_name
        if most.value <= BEYOND * most.error:
            return f"This model is not shown to lose {lost} if an input is shuffled."
        if tied:
            names = join_names([f"`{name}`" for name, _ in (first, *tied)], last="or")
            return (
                f"This model loses most {lost} if {names} is shuffled; no difference between them "
                "is shown."
            )
        return (
            f"If `{name}` is shuffled, this model loses {most.value:.3f} {lost}: it relies on it "
            "most."
        )


def permutation_losses(subject: Subject, repeats: int = REPEATS) -> Mapping[str, list[Number]]:
    """Return the loss for each input that a head reads, by head.

    Source: Breiman 2001; Fisher, Rudin and Dominici 2019.
    """
    model, tick = subject.coalitions.model, subject.coalitions.tick
    own = np.tile(np.arange(model.samples)[:, None], (1, len(model.inputs)))
    scores = model.scores(own)
    whole = {head.name: head.qualities_of(scores[head.name]) for head in model.heads}
    losses: dict[str, list[Number]] = {head.name: [] for head in model.heads}
    for index in range(len(model.inputs)):
        shuffled = []
        for _ in range(repeats):
            rows = own.copy()
            rows[:, index] = subject.rng.permutation(model.samples)
            tick()
            shuffled.append(model.scores(rows))
        for head in model.heads:
            if index in head.reads:
                left = np.mean([head.qualities_of(one[head.name]) for one in shuffled], axis=0)
                losses[head.name].append(mean_of(whole[head.name] - left))
    return losses
