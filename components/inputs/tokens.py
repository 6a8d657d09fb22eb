"""Text as integer ids."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from components.core.fields import hints
from components.encoders.base import Form
from components.inputs.base import Input, Shape


class Tokens(Input):
    """Integer token ids below `vocabulary`; 0 is padding. Shape (length,)."""

    title: ClassVar[str] = "Tokens"
    purpose: ClassVar[str] = "text, clicks or events as ids"
    form: ClassVar[Form] = "tokens"
    dtype: ClassVar[str] = "int32"
    rank: ClassVar[int] = 20

    kind: Literal["tokens"] = "tokens"
    vocabulary: int = Field(
        1000,
        ge=2,
        le=1000000,
        description="Number of different ids, padding included.",
        json_schema_extra=hints(step=100, unit="ids"),
    )
    length: int | None = Field(
        32,
        ge=1,
        le=4096,
        description="Ids in a sequence. Empty allows any number.",
        json_schema_extra=hints(unit="steps"),
    )
    padding: bool = Field(
        True, description="Id 0 is padding, which encoders of depth 1 or more skip."
    )

    @property
    def shape(self) -> Shape:
        return (self.length,)

    @property
    def cardinality(self) -> int:
        return self.vocabulary

    @property
    def padded(self) -> bool:
        return self.padding
