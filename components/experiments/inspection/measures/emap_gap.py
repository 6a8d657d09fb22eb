"""EMAP gap: quality lost if the scores are replaced by the nearest sum over the inputs."""

from __future__ import annotations

import numpy as np

from components.experiments.inspection.basis.coalitions import mask_of
from components.experiments.inspection.basis.results import HeadInspection, Number
from components.experiments.inspection.measures.base import (
    InspectionMeasure,
    Subject,
    is_shown,
    mean_of,
)


class EmapGap(InspectionMeasure):
    """Quality lost by the additive projection of the scores.

    The projection is the sum of the mean scores given each input, minus the mean score for each
    input but one. Source: EMAP, Hessel and Lee 2020.
    """

    title = "EMAP gap"
    rank = 50
    sign = "+"
    means = "the accuracy that the best sum of one function for each input can't reach"
    limit = (
        "What the best additive model reaches. One that is trained so may do better. The ± leaves "
        "out the error of the additive part, which is larger where that part is near chance."
    )

    @classmethod
    def measure(cls, subject: Subject) -> tuple[Number, ...]:
        coalitions, head = subject.coalitions.averaged, subject.head
        alone = [coalitions.outputs(head, 1 << index).scores for index in head.reads]
        mean = np.mean([one[coalitions.background].mean(axis=0) for one in alone], axis=0)
        projected = sum(alone) - (len(alone) - 1) * mean
        whole = coalitions.qualities(head, mask_of(head.reads))
        return (mean_of(whole - head.qualities_of(projected)),)

    @classmethod
    def says(cls, head: HeadInspection) -> str:
        (gap,) = cls.of(head)
        scores = "outputs" if head.target == "values" else "logits"
        start = f"If its {scores} were only sums over the inputs, this model"
        if not is_shown(gap):
            return f"{start} is not shown to lose {head.quality_name}."
        if gap.value > 0:
            return (
                f"{start} would lose {gap.value:.3f} {head.quality_name}: that part needs "
                "interaction."
            )
        return (
            f"{start} would gain {-gap.value:.3f} {head.quality_name}: its interaction does not "
            "help here."
        )
