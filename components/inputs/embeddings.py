"""Text as vectors."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from components.core.fields import hints
from components.encoders.base import Form
from components.inputs.base import Input, Shape


class Embeddings(Input):
    """A sequence of word vectors. Shape (length, features)."""

    title: ClassVar[str] = "Embeddings"
    purpose: ClassVar[str] = "text as ready-made word vectors"
    form: ClassVar[Form] = "sequence"
    rank: ClassVar[int] = 30

    kind: Literal["embeddings"] = "embeddings"
    length: int | None = Field(
        50,
        ge=1,
        le=4096,
        description="Words in a sequence. Empty allows any number.",
        json_schema_extra=hints(unit="steps"),
    )
    features: int = Field(
        100, ge=1, le=8192, description="Width of a word vector.", json_schema_extra=hints(step=4)
    )
    padding: bool = Field(False, description="Steps of zeros are padding, which layers skip.")

    @property
    def shape(self) -> Shape:
        return (self.length, self.features)

    @property
    def padded(self) -> bool:
        return self.padding
