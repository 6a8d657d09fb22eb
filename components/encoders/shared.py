"""A Siamese branch: the layers of another branch, with the same weights."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from components.core.fields import hints
from components.encoders.base import (
    Encoder,
    Form,
)


class Shared(Encoder):
    """The encoder of another input of the same kind and shape, weights included (Bromley 1993).

    The builder calls that encoder's layers again.
    """

    title: ClassVar[str] = "Shared with another input"
    takes: ClassVar[frozenset[Form]] = frozenset({"map", "tokens", "sequence", "vector", "ids"})
    source: ClassVar[str] = "Bromley, Guyon, LeCun, Säckinger and Shah 1993"
    wins: ClassVar[str] = (
        "comparing two inputs of one kind; half the weights, twice the data for each"
    )
    loses: ClassVar[str] = "inputs that look alike but have different meanings"
    rank: ClassVar[int] = 95

    kind: Literal["shared"] = "shared"
    depth: int = Field(1, ge=1, le=1, description="Always 1: the other branch sets the depth.")
    branch: str = Field(
        description="The input whose encoder this input also uses, weights included.",
        json_schema_extra=hints(title="Shares the encoder of", refers="inputs"),
    )
