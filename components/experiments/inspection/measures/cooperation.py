"""Cooperation: quality from all inputs beyond the sum of what each adds alone."""

from __future__ import annotations

from components.experiments.inspection.basis.coalitions import mask_of
from components.experiments.inspection.basis.results import HeadInspection, Number
from components.experiments.inspection.measures.base import (
    InspectionMeasure,
    Subject,
    is_shown,
    mean_of,
)


class Cooperation(InspectionMeasure):
    """Negative if inputs repeat each other, or if the quality can't rise further.

    The accuracy of independent inputs whose sum is the label is also less than the sum of what each
    adds.
    """

    title = "Cooperation"
    rank = 40
    sign = "+"
    in_chart = "part"
    means = (
        "what the inputs reach together beyond the sum of what each adds alone; below 0, they "
        "repeat each other, or accuracy can't rise further"
    )
    limit = "Whether the data need it. Another model may combine the same inputs otherwise."

    @classmethod
    def measure(cls, subject: Subject) -> tuple[Number, ...]:
        coalitions, head = subject.coalitions, subject.head
        nothing = coalitions.qualities(head, 0)
        alone = sum(coalitions.qualities(head, 1 << index) - nothing for index in head.reads)
        return (mean_of(coalitions.qualities(head, mask_of(head.reads)) - nothing - alone),)

    @classmethod
    def says(cls, head: HeadInspection) -> str:
        (number,) = cls.of(head)
        size = abs(number.value)
        if not is_shown(number):
            return (
                "Together the inputs are not shown to reach more or less than the sum of what each "
                "adds alone."
            )
        if number.value > 0:
            return (
                f"Together the inputs reach {size:.3f} more than the sum of what each adds alone."
            )
        return (
            f"Together the inputs reach {size:.3f} less than the sum of what each adds alone: they "
            f"repeat each other, or {head.quality_name} can't rise further."
        )
