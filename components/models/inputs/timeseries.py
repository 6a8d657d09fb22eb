"""Signals over time."""

from components.models.inputs.base import Field, Input, Shape, number


class Timeseries(Input):
    """A signal sampled at even steps. Shape (length, features)."""

    title = "Time series"
    plain = "Sequence"
    form = "sequence"
    rank = 40

    length: int | None = number(
        50, 1, 4096, "Steps in a series. Empty allows any number.", unit="steps"
    )
    features: int = number(4, 1, 8192, "Channels measured at each step.", step=1)
    padding: bool = Field(False, description="Steps of zeros are padding, which layers skip.")

    @property
    def shape(self) -> Shape:
        return (self.length, self.features)

    @property
    def padded(self) -> bool:
        return self.padding
