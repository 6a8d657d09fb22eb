"""Shapley share: part of the quality gained from the inputs that each contributes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from components.base.text import quoted
from components.experiments.inspection.basis.coalitions import (
    EXACT_INPUTS,
    ORDERS,
    masks,
    scores,
    subset_mask,
)
from components.experiments.inspection.basis.results import HeadInspection, Number
from components.experiments.inspection.basis.shapley import sampled_shapley_values, shapley_values
from components.experiments.inspection.measures.base import (
    InspectionMeasure,
    Subject,
    leaders,
    standard_errors,
)
from sample_data.core.arrays import Array


class ShapleyShare(InspectionMeasure):
    title = "Shapley share"
    rank = 20
    of_inputs = True
    in_chart = "step"
    means = "what an input adds to what this one model reaches without any input, fairly shared"
    limit = "What an input says on its own. What needs several inputs is split between them."

    @classmethod
    def measure(cls, subject: Subject) -> tuple[Number, ...]:
        shares = subject.once(shapley_shares)
        numbers = zip(shares.quality, shares.error, strict=True)
        return subject.by_input(
            [Number(value=float(value), error=float(error)) for value, error in numbers]
        )

    @classmethod
    def says(cls, head: HeadInspection) -> str:
        first, *tied = leaders(cls, head)
        above, sum_of_all = total_texts(head, first[1].value, 3)
        if round(first[1].value, 3) <= 0:
            meaning = "No input has a share above 0."
        elif tied:
            names = quoted([name for name, _ in (first, *tied)])
            meaning = f"No difference is shown between the largest shares{above}: those of {names}."
        else:
            meaning = f"`{first[0]}` has the largest share: {first[1].value:.3f}{above}."
        return f"{meaning} {sum_of_all}"


def total_texts(head: HeadInspection, share: float, digits: int) -> tuple[str, str]:
    """Return the text after a share, and the sentence about the sum of all shares.

    The text is empty unless the share is between 0 and that sum.
    """
    total = round(head.quality - head.nothing, digits)
    above = f"the {total:.{digits}f} that this model gains from its inputs"
    if total <= 0:
        sum_of_all = f"{total:z.{digits}f}, so this model gains nothing from its inputs"
        return "", f"All shares add up to {sum_of_all}."
    if 0 <= round(share, digits) <= total:
        return f" of {above}", "All shares add up to that."
    return "", f"All shares add up to {above}."


@dataclass(frozen=True)
class ShapleyShares:
    """Shapley values of a head's inputs, in the order of `reads`, and their standard errors.

    `quality` (M,) splits the accuracy or R² above that without inputs. `scores` (M, N, width)
    splits the scores of each sample. Errors are over the samples, and over the orders if these are
    sampled.
    """

    quality: Array
    error: Array
    scores: Array


def shapley_shares(subject: Subject) -> ShapleyShares:
    """Compute Shapley values: exact for up to `EXACT_INPUTS` inputs, else sampled.

    Source: SHAPE, Hu 2022.
    """
    coalitions, head = subject.coalitions, subject.head
    if len(head.reads) <= EXACT_INPUTS:
        table = np.stack([coalitions.qualities(head, mask) for mask in masks(head)])
        shares = shapley_values(table)
        return ShapleyShares(
            shares.mean(axis=1), standard_errors(shares), shapley_values(scores(coalitions, head))
        )
    players, seed = len(head.reads), int(subject.rng.integers(2**32))

    def sampled(value: Callable[[int], Array]) -> tuple[Array, Array]:
        same_orders = np.random.default_rng(seed)
        return sampled_shapley_values(
            lambda coalition: value(subset_mask(head, coalition)), players, ORDERS, same_orders
        )

    quality, of_orders = sampled(lambda mask: np.array(coalitions.value(head, mask)))
    shares, _ = sampled(lambda mask: coalitions.qualities(head, mask))
    pushes, _ = sampled(lambda mask: coalitions.outputs(head, mask).scores)
    return ShapleyShares(quality, np.hypot(of_orders, standard_errors(shares)), pushes)
