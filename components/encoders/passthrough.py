"""No layers: the input goes to the merge unchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from components.encoders.base import (
    Encoder,
    EncoderInput,
    Form,
)

if TYPE_CHECKING:
    from components.core.recorder import Keras
    from components.core.tensors import Tensor


class Passthrough(Encoder):
    """The input itself, for early fusion and for wide features. Ids are cast to floats."""

    title: ClassVar[str] = "Pass through"
    takes: ClassVar[frozenset[Form]] = frozenset({"map", "tokens", "sequence", "vector", "ids"})
    source: ClassVar[str] = "the wide part of Cheng 2016"
    wins: ClassVar[str] = "early fusion, and features that are already good"
    loses: ClassVar[str] = "raw pictures, texts and series before a plain merge"
    rank: ClassVar[int] = 90

    kind: Literal["passthrough"] = "passthrough"
    depth: int = Field(0, ge=0, le=0, description="Always 0: it has no layers.")

    def layers(self, k: Keras, x: Tensor, incoming: EncoderInput) -> Tensor:
        return x
