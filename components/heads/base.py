"""What every head shares: its name, its source and what it is trained with."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from components.core.errors import ShapeError
from components.core.fields import hints
from components.core.registry import Concept
from components.inputs.base import Name

if TYPE_CHECKING:
    from components.core.recorder import Keras
    from components.core.tensors import Tensor

Target = Literal["binary", "classes", "values"]


class Head(Concept):
    """One named output that reads a branch, a merge or the trunk. (d,) -> (width,)."""

    target: ClassVar[Target]
    """What its labels are: 0 or 1, class numbers, or real values."""
    rank: ClassVar[int] = 50

    name: Name
    source: Name = Field(description="What it reads: a branch, a merge, or `trunk`.")
    loss_weight: float = Field(
        1.0,
        ge=0,
        le=1000,
        description="Weight of its loss in the sum over all heads.",
        json_schema_extra=hints(step=0.1),
    )
    dense: bool = Field(
        True,
        description="A dense layer of its own; without it the activation alone, on a source as "
        "wide as the output: for merges that give logits, such as a late sum or a dot product.",
    )

    if TYPE_CHECKING:
        loss: str
        metrics: tuple[str, ...]

    @property
    def width(self) -> int:
        """Units of the output layer."""
        raise NotImplementedError

    def layers(self, k: Keras, x: Tensor) -> Tensor:
        """Write the output layer once. Raises `ShapeError` where a source without one misfits."""
        raise NotImplementedError

    def output(self, k: Keras, x: Tensor, activation: str) -> Tensor:
        """The layer that gives the output, named as the head."""
        if self.dense:
            return k.Dense(self.width, activation=activation, name="")(x)
        if x.shape[-1] != self.width:
            raise ShapeError(
                "A head without a dense layer of its own reads a source as wide as its output.",
                f"{self.source} of width {x.shape[-1]}, {self.name} of width {self.width}",
                f"End `{self.source}` in width {self.width}, or give the head its dense layer.",
                ("dense",),
                (self.source,),
            )
        return k.Activation(activation, name="")(x)
