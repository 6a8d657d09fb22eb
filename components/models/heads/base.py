"""Base class of heads: name, source, labels and loss."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field as Field

from components.base.errors import ShapeError
from components.models.inputs.base import Name
from components.models.language.fields import hints
from components.models.language.fields import number as number
from components.models.language.recorder import Keras as Keras
from components.models.language.recorder import Tensor as Tensor
from components.models.language.registry import Concept

Target = Literal["binary", "classes", "values"]


class Head(Concept):
    """Named output that reads a branch, a merge or the trunk. (d,) -> (width,)."""

    target: ClassVar[Target]
    """Type of its labels: 0 or 1, class numbers, or real values."""

    name: Name
    source: Name = Field(description="The branch or merge it reads, or `trunk`.")
    loss_weight: float = number(
        1.0, 0, 1000, "Weight of this head's loss in the total loss.", step=0.1
    )
    labels: str = Field(
        "",
        description="Another head of the same kind and width whose labels this one learns. Empty "
        "for labels of its own.",
        json_schema_extra=hints(title="Learns the labels of", refers="heads"),
    )
    dense: bool = Field(
        True,
        description="Add a dense output layer. Without it the head only applies its activation, to "
        "a source of the output width: for merges whose output is logits, such as late sum or dot.",
    )

    if TYPE_CHECKING:
        loss: str
        metrics: tuple[str, ...]

    @property
    def learns(self) -> str:
        """Name of the head whose labels it learns: its own, or another."""
        return self.labels or self.name

    @property
    def width(self) -> int:
        """Units of the output layer."""
        raise NotImplementedError

    def layers(self, k: Keras, x: Tensor) -> Tensor:
        """Write the output layer once. Raises `ShapeError` if `dense` is off and widths differ."""
        raise NotImplementedError

    def output(self, k: Keras, x: Tensor, activation: str) -> Tensor:
        """Return the output layer, named as the head."""
        if self.dense:
            return k.Dense(self.width, activation=activation, name="")(x)
        if x.shape[-1] != self.width:
            raise ShapeError(
                "A head without a dense layer can only read a source of its output width.",
                f"{self.source} of width {x.shape[-1]:,}, {self.name} of width {self.width:,}",
                f"Give `{self.source}` {self.width:,} units, or the head its dense layer.",
                ("dense",),
                (self.source,),
            )
        return k.Activation(activation, name="")(x)
