"""A Siamese branch: the layers of another branch, with the same weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from components.encoders.base import Encoder, Form
from components.fields import hints

if TYPE_CHECKING:
    from components.inputs.base import Input
    from components.recorder import Keras, Tensor


class Shared(Encoder):
    """The encoder of another input of the same kind and shape, weights included (Bromley 1993)."""

    title: ClassVar[str] = "Shared with another input"
    takes: ClassVar[frozenset[Form]] = frozenset({"map", "tokens", "sequence", "vector", "ids"})
    rank: ClassVar[int] = 95

    kind: Literal["shared"] = "shared"
    depth: int = Field(1, ge=1, le=1, description="Always 1: the other branch sets the depth.")
    branch: str = Field(
        description="The input whose encoder, weights included, this input goes through too.",
        json_schema_extra=hints(title="Shares the encoder of", refers="inputs"),
    )

    def layers(self, k: Keras, x: Tensor, given: Input) -> Tensor:
        return k.again(self.branch, x)
