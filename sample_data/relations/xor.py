"""No input tells anything without the others."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from sample_data.arrays import Ints
from sample_data.relations._levels import digits, drawn_levels, level_count
from sample_data.relations.base import Plan, Relation, Truth, normals


class Xor(Relation):
    """Bits: u_m = ±1, y is their parity. Signs: u_m ~ N(0, 1), y = [product of u_m > 0].

    The score is the product of the causes; for bits its sign is set so that a score above zero is
    an odd number of ones, hence for one input y is its bit.

    K classes, bits: u_m on K even levels from -1 to 1, read as the digits 0 to K - 1; y is their
    sum modulo K, so all inputs but one still tell nothing. For heads of different K the levels are
    the least common multiple, and a digit is an even run of them. K classes, signs: quantile bins
    of the product.
    """

    title: ClassVar[str] = "Xor"
    formula: ClassVar[str] = (
        r"y = b_1 \oplus \dots \oplus b_M \quad\text{or}\quad y = \left[\prod_m u_m > 0\right]"
    )
    teaches: ClassVar[str] = (
        "branches must interact: additive models stay at chance, and so does concatenation "
        "followed by a linear head"
    )
    source: ClassVar[str] = "Minsky and Papert 1969, Perceptrons"
    rank: ClassVar[int] = 40

    kind: Literal["xor"] = "xor"
    form: Literal["bits", "signs"] = Field(
        "bits",
        description="bits: each cause is -1 or 1; signs: any number, of which the sign counts.",
    )

    def draw(self, plan: Plan, samples: int, rng: np.random.Generator) -> Truth:
        if self.form == "signs":
            causes = normals(rng, plan.inputs, samples)
            return Truth(plan, causes, causes.prod(axis=(1, 2)))
        shape = (plan.inputs, samples, 1)
        causes = drawn_levels(rng, shape, level_count(plan)).swapaxes(0, 1)
        return Truth(plan, causes, -(-causes).prod(axis=(1, 2)))

    def labels(self, truth: Truth, head: int) -> Ints:
        """Class numbers (N,): digits' sum modulo the classes for bits, quantile bins for signs."""
        if self.form == "signs":
            return super().labels(truth, head)
        classes = truth.plan.classes[head]
        read = digits(truth.causes[:, :, 0], level_count(truth.plan), classes)
        labels: Ints = (read.sum(axis=1) % classes).astype(np.int32)
        return labels
