"""Sound as an image of its energy over time and frequency."""

from components.models.inputs.base import Input, Shape, number


class Spectrogram(Input):
    """Energy of a sound by time and frequency, floats in [0, 1]. Shape (frames, bands, 1)."""

    title = "Spectrogram"
    plain = "Sound (spectrogram)"
    form = "map"
    rank = 45

    frames: int = number(64, 1, 2048, "Number of time frames.", step=4, unit="frames")
    bands: int = number(
        32,
        1,
        2048,
        "Number of frequency bands, from low to high, such as mel bands.",
        step=4,
        unit="bands",
    )

    @property
    def shape(self) -> Shape:
        return (self.frames, self.bands, 1)
