"""Steps or places pooled, without weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from components.encoders.base import (
    ActivationBehind,
    Dropout,
    Encoder,
    EncoderInput,
    Form,
    NormalizationBehind,
    UnitsBehind,
    apply_readout,
    average,
    dense_stack,
    maximum,
)

if TYPE_CHECKING:
    from components.core.recorder import Keras
    from components.core.tensors import Tensor


class Pooling(Encoder):
    """Mean or maximum over all steps or places, then `depth - 1` Dense layers. (T, d) -> (d,).

    Steps that hold no data are left out. Tokens are pooled by the encoder `embedding`.
    Source: keras.layers.GlobalAveragePooling1D; the deep averaging network of Iyyer 2015.
    """

    title: ClassVar[str] = "Pooling"
    takes: ClassVar[frozenset[Form]] = frozenset({"sequence", "map"})
    source: ClassVar[str] = (
        "keras.layers.GlobalAveragePooling1D; Iyyer, Manjunatha, Boyd-Graber and Daumé 2015"
    )
    wins: ClassVar[str] = "ready-made word vectors, and maps or sequences that a merge has joined"
    loses: ClassVar[str] = "order and place, which it does not see"
    rank: ClassVar[int] = 40

    kind: Literal["pooling"] = "pooling"
    pooling: Literal["average", "max", "both"] = Field(
        "average", description="Over all steps or places; both: the two side by side."
    )
    units: UnitsBehind = 64
    activation: ActivationBehind = "relu"
    normalization: NormalizationBehind = "none"
    dropout: Dropout = 0.0

    def layers(self, k: Keras, x: Tensor, given: EncoderInput) -> Tensor:
        if self.pooling == "both":
            x = k.Concatenate(name="both")([average(k, x), maximum(k, x)])
        else:
            x = apply_readout(k, x, self.pooling)
        return dense_stack(k, x, self, first=2)
