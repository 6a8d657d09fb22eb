"""Tabular features."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from components.core.fields import hints
from components.encoders.base import Form
from components.inputs.base import Input, Shape


class Vector(Input):
    """Features of a table's row, or readings of sensors. Shape (features,)."""

    title: ClassVar[str] = "Vector"
    purpose: ClassVar[str] = "columns of a table, sensor readings"
    form: ClassVar[Form] = "vector"
    rank: ClassVar[int] = 50

    kind: Literal["vector"] = "vector"
    features: int = Field(
        16, ge=1, le=65536, description="Numbers in the vector.", json_schema_extra=hints(step=1)
    )

    @property
    def shape(self) -> Shape:
        return (self.features,)
