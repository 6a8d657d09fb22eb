"""One id from a fixed set."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from components.core.fields import hints
from components.encoders.base import Form
from components.inputs.base import Input, Shape


class Categorical(Input):
    """One integer id below `categories`. Shape (1,)."""

    title: ClassVar[str] = "Categorical"
    purpose: ClassVar[str] = "the id of a user, a product or a place"
    form: ClassVar[Form] = "ids"
    dtype: ClassVar[str] = "int32"
    rank: ClassVar[int] = 60

    kind: Literal["categorical"] = "categorical"
    categories: int = Field(
        10,
        ge=1,
        le=10000000,
        description="Number of different ids.",
        json_schema_extra=hints(step=1, unit="ids"),
    )

    @property
    def shape(self) -> Shape:
        return (1,)

    @property
    def cardinality(self) -> int:
        return self.categories
