"""Signals over time."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from components.core.fields import hints
from components.encoders.base import Form
from components.inputs.base import Input, Shape


class Timeseries(Input):
    """A signal sampled at even steps. Shape (length, features)."""

    title: ClassVar[str] = "Time series"
    purpose: ClassVar[str] = "sensors, prices, motion, sound"
    form: ClassVar[Form] = "sequence"
    rank: ClassVar[int] = 40

    kind: Literal["timeseries"] = "timeseries"
    length: int | None = Field(
        50,
        ge=1,
        le=4096,
        description="Steps in a series. Empty allows any number.",
        json_schema_extra=hints(unit="steps"),
    )
    features: int = Field(
        4,
        ge=1,
        le=8192,
        description="Channels measured at each step.",
        json_schema_extra=hints(step=1),
    )
    padding: bool = Field(False, description="Steps of zeros are padding, which layers skip.")

    @property
    def shape(self) -> Shape:
        return (self.length, self.features)

    @property
    def padded(self) -> bool:
        return self.padding
