"""Images."""

from components.models.inputs.base import Input, Shape, number


class Image(Input):
    """A picture of floats in [0, 1]. Shape (height, width, channels)."""

    title = "Image"
    plain = "Picture"
    form = "map"
    rank = 10

    height: int = number(32, 1, 2048, "Rows of pixels.", step=4, unit="px")
    width: int = number(32, 1, 2048, "Columns of pixels.", step=4, unit="px")
    channels: int = number(3, 1, 16, "1 for grey, 3 for colour.", step=1)

    @property
    def shape(self) -> Shape:
        return (self.height, self.width, self.channels)
