"""Pictures."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from components.core.fields import hints
from components.encoders.base import Form
from components.inputs.base import Input, Shape


class Image(Input):
    """A picture of floats in [0, 1]. Shape (height, width, channels)."""

    title: ClassVar[str] = "Image"
    purpose: ClassVar[str] = "photos, scans, spectra as pictures"
    form: ClassVar[Form] = "map"
    rank: ClassVar[int] = 10

    kind: Literal["image"] = "image"
    height: int = Field(
        32, ge=1, le=2048, description="Rows of pixels.", json_schema_extra=hints(step=4, unit="px")
    )
    width: int = Field(
        32,
        ge=1,
        le=2048,
        description="Columns of pixels.",
        json_schema_extra=hints(step=4, unit="px"),
    )
    channels: int = Field(
        3, ge=1, le=16, description="1 for grey, 3 for colour.", json_schema_extra=hints(step=1)
    )

    @property
    def shape(self) -> Shape:
        return (self.height, self.width, self.channels)
