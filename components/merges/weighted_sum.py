"""A weighted mean with learned weights, the same for all samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from components.merges._one import one
from components.merges.base import Contract, Merge, Trait

if TYPE_CHECKING:
    from components.core.recorder import Keras
    from components.core.tensors import Tensor


class WeightedSum(Merge):
    """Sum of softmax(a)_m h_m, elementwise. Equal shapes -> the same shape.

    The M numbers a start at zero: the plain average. Source: Peters 2018, equation 1, without its
    scale.
    """

    title: ClassVar[str] = "Weighted sum"
    contract: ClassVar[Contract] = Contract()
    formula: ClassVar[str] = r"\sum_m \mathrm{softmax}(a)_m \, h_m"
    weights: ClassVar[str] = r"M"
    source: ClassVar[str] = "Peters et al. 2018 (ELMo), which mixes layers in this way"
    wins: ClassVar[str] = "sources of unequal but constant value; its weights can be read"
    loses: ClassVar[str] = "values that change from sample to sample, and products"
    cost: ClassVar[str] = "one multiply-add per number and source"
    traits: ClassVar[frozenset[Trait]] = frozenset({"additive"})
    rank: ClassVar[int] = 110

    kind: Literal["weighted_sum"] = "weighted_sum"

    def layers(self, k: Keras, xs: Sequence[Tensor]) -> Tensor:
        stacked: Tensor = k.ops.stack(list(xs), axis=-1)
        shares = k.Dense(
            len(xs),
            activation="softmax",
            use_bias=False,
            kernel_initializer="zeros",
            name="shares",
        )(one(k, stacked))
        weighted = k.Multiply(name="weighted")([shares, stacked])
        mixed: Tensor = k.ops.sum(weighted, axis=-1)
        return mixed
