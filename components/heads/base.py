"""What every head shares: its name, its source and what it is trained with."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from components.fields import hints
from components.inputs.base import Name
from components.registry import Concept

if TYPE_CHECKING:
    from components.recorder import Keras, Tensor

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

    if TYPE_CHECKING:
        loss: str
        metrics: tuple[str, ...]

    @property
    def width(self) -> int:
        """Units of the output layer."""
        raise NotImplementedError

    def layers(self, k: Keras, x: Tensor) -> Tensor:
        """Write the output layer once."""
        raise NotImplementedError
