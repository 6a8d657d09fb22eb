"""Quality of a head that knows one input only."""

from __future__ import annotations

from components.experiments.inspection.basis.results import HeadInspection, Number
from components.experiments.inspection.measures.base import InspectionMeasure, Subject


class Alone(InspectionMeasure):
    title = "Alone"
    rank = 30
    of_inputs = True
    means = "the quality if only this input is known to this model"
    limit = "What a model of that input alone can learn. This one was trained with all of them."

    @classmethod
    def measure(cls, subject: Subject) -> tuple[Number, ...]:
        coalitions, head = subject.coalitions, subject.head
        values = [coalitions.value(head, 1 << index) for index in head.reads]
        return subject.by_input(
            [Number(value=value) for value in values], coalitions.value(head, 0)
        )

    @classmethod
    def says(cls, head: HeadInspection) -> str:
        name, most = max(zip(head.inputs, cls.values(head), strict=True), key=lambda one: one[1])
        return (
            f"If this model knows `{name}` only, its {head.quality_name} is {most:.3f}; "
            f"without any input, {head.nothing:.3f}."
        )
