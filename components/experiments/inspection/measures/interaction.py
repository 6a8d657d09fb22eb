"""Share of interactions among all effects of a head's inputs, on logits or on probabilities."""

from __future__ import annotations

from typing import ClassVar, Literal

from components.experiments.inspection.basis.coalitions import (
    EXACT_INPUTS,
    predictions,
    scores,
)
from components.experiments.inspection.basis.results import HeadInspection, Number
from components.experiments.inspection.basis.shapley import interaction_share, shapley_interactions
from components.experiments.inspection.measures.base import InspectionMeasure, Subject


class _Interaction(InspectionMeasure):
    """Not measured for more than `EXACT_INPUTS` inputs."""

    word: ClassVar[str]
    """Name of the affected quantity, such as `logits`."""
    on_scores: ClassVar[bool] = False
    """`True` for effects on scores, `False` for effects on predictions."""
    of_values: ClassVar[bool] = False
    """`True` for heads with real values, `False` for heads with classes."""

    @classmethod
    def measure(cls, subject: Subject) -> tuple[Number, ...]:
        coalitions, head = subject.coalitions, subject.head
        if len(head.reads) > EXACT_INPUTS or (head.target == "values") != cls.of_values:
            return ()
        table = (scores if cls.on_scores else predictions)(coalitions, head)
        return (Number(value=interaction_share(shapley_interactions(table))),)

    @classmethod
    def says(cls, head: HeadInspection) -> str:
        (share,) = cls.values(head)
        return (
            f"{share:.0%} of all effects on the {cls.word} belong to pairs of inputs, not to one "
            "alone."
        )


class LogitInteraction(_Interaction):
    kind: Literal["logit_interaction"] = "logit_interaction"
    title = "Interaction share of logits"
    rank = 60
    means = "the share of pairs of inputs among all effects on the logits"
    limit = "How much accuracy interaction brings. It may change logits, and no decision."
    word, on_scores = "logits", True


class ProbabilityInteraction(_Interaction):
    kind: Literal["probability_interaction"] = "probability_interaction"
    title = "Interaction share of probabilities"
    rank = 61
    means = (
        "the share of pairs of inputs among all effects on the probabilities; above 0 for additive "
        "models, too"
    )
    limit = (
        "Whether the model combines inputs. The bend of sigmoid and softmax counts as interaction, "
        "also where logits only add up."
    )
    word = "probabilities"


class ValueInteraction(_Interaction):
    kind: Literal["value_interaction"] = "value_interaction"
    title = "Interaction share of values"
    rank = 62
    means = "the share of pairs of inputs among all effects on the values"
    limit = "How much R² interaction brings. It weighs effects, not their use."
    word, of_values = "values", True
