"""Sound as a picture of its energy over time and frequency."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from components.core.fields import hints
from components.encoders.base import Form
from components.inputs.base import Input, Shape


class Spectrogram(Input):
    """Energy of a sound by time and frequency, floats in [0, 1]. Shape (frames, bands, 1)."""

    title: ClassVar[str] = "Spectrogram"
    purpose: ClassVar[str] = "speech, music, machine noise as a picture"
    form: ClassVar[Form] = "map"
    rank: ClassVar[int] = 45

    kind: Literal["spectrogram"] = "spectrogram"
    frames: int = Field(
        64,
        ge=1,
        le=2048,
        description="Number of time frames.",
        json_schema_extra=hints(step=4, unit="frames"),
    )
    bands: int = Field(
        32,
        ge=1,
        le=2048,
        description="Number of frequency bands, from low to high, such as mel bands.",
        json_schema_extra=hints(step=4, unit="bands"),
    )

    @property
    def shape(self) -> Shape:
        return (self.frames, self.bands, 1)
