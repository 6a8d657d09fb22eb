"""How far two are apart, feature by feature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from components.merges.base import Contract, Merge, Trait

if TYPE_CHECKING:
    from components.core.recorder import Keras
    from components.core.tensors import Tensor


class AbsoluteDifference(Merge):
    """abs(h1 - h2), elementwise. Two equal shapes -> the same shape."""

    title: ClassVar[str] = "Absolute difference"
    contract: ClassVar[Contract] = Contract(at_most=2)
    formula: ClassVar[str] = r"\lvert h_1 - h_2 \rvert"
    source: ClassVar[str] = "Siamese networks, Koch 2015; keras.layers.Subtract and keras.ops.abs"
    wins: ClassVar[str] = "matching: the same or not, with a shared encoder"
    loses: ClassVar[str] = "anything where the sign of the difference counts"
    cost: ClassVar[str] = "one subtraction per number"
    traits: ClassVar[frozenset[Trait]] = frozenset({"no weights", "comparison"})
    rank: ClassVar[int] = 80

    kind: Literal["absolute_difference"] = "absolute_difference"

    def layers(self, k: Keras, xs: Sequence[Tensor]) -> Tensor:
        distance: Tensor = k.ops.abs(k.Subtract(name="difference")(xs))
        return distance
