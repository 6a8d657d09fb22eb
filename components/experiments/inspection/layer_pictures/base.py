"""Base of layer pictures, with a layer's output for one sample and a box to draw it in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import ClassVar, NamedTuple

from components.experiments.inspection.basis.xray_results import LayerOutputs, XrayHead
from components.models.drawing.palette import Theme
from components.models.drawing.signed_colors import RGB, inks_of, png_address, signed_pixels
from components.models.drawing.svg_parts import svg_rect, svg_text
from components.models.language.graph import Node
from components.models.language.registry import Concept
from sample_data.core.arrays import Array

LARGE = 100.0
"""Height in points from which a box has large letters, and space for all kept values."""


class PictureBox(NamedTuple):
    """Area of a picture, in points."""

    left: float
    top: float
    width: float
    height: float

    def part(self, top: float, height: float) -> PictureBox:
        """Return a horizontal part of the box; `top` and `height` are shares of its height."""
        return self._replace(top=self.top + top * self.height, height=height * self.height)

    def image(self, pixels: RGB, about: str = "") -> str:
        """Draw pixels with sharp edges over the whole box."""
        title = f"<title>{escape(about)}</title>" if about else ""
        return (
            f'<image x="{self.left:.1f}" y="{self.top:.1f}" width="{self.width:.1f}" '
            f'height="{self.height:.1f}" preserveAspectRatio="none" '
            f'style="image-rendering:pixelated" href="{png_address(pixels)}">{title}</image>'
        )


@dataclass(frozen=True)
class LayerView:
    """Output of one layer for one sample, which may have a swapped input."""

    node: Node
    outputs: LayerOutputs
    values: Array
    """Kept part of the output."""
    before: Array | None
    """Values before the swap; `None` if nothing is swapped."""
    theme: Theme
    colours: Mapping[str, str]
    """Colours of inputs and merges."""
    words: tuple[str, ...] | None = None
    """Words of an input of ids; empty if the input is blank."""
    attention: Array | None = None
    """Attention to each step: by this layer, or for an input of words, by any layer."""
    head: XrayHead | None = None
    """Facts of the head, if the layer is one."""
    truth: float = 0.0

    @property
    def ends(self) -> tuple[float, float]:
        """Smallest and largest number of the layer over all samples."""
        ends = self.outputs.ends.values()
        return float(ends.min()), float(ends.max())

    def pixels(self, values: Array) -> RGB:
        """Return the colours of numbers, on the layer's scale over all samples."""
        return signed_pixels(values, self.outputs.kept.largest, self.theme)

    def bars(
        self, values: Sequence[float] | Array, largest: float, box: PictureBox, colour: str = ""
    ) -> str:
        """Draw bars up and down from 0, coloured by sign; only up if no value is negative."""
        inks, below = inks_of(self.theme), any(value < 0 for value in values)
        high = box.height / 2 if below else box.height
        zero, step = box.top + high, min(box.width / len(values), box.width / 6)
        gap = min(1.5, 0.15 * step)
        parts = [svg_rect(box.left, zero - 0.35, box.width, 0.7, self.theme.edge)]
        for number, value in enumerate(values):
            tall = min(abs(float(value)) / (largest or 1.0), 1.0) * high
            top = zero - tall if value > 0 else zero
            fill = colour or (inks.high if value > 0 else inks.low)
            parts.append(svg_rect(box.left + number * step + gap / 2, top, step - gap, tall, fill))
        return "".join(parts)

    def text(self, text: str, box: PictureBox, size: float, left: float = 0.0) -> str:
        """Draw a line of text at the bottom of a box."""
        x, y = box.left + left, box.top + box.height - 2
        return svg_text(x, y, text, self.theme.ink, size, bold=self.head is not None)


class LayerPicture(Concept):
    """Base of a kind of picture.

    Subclasses are used as classes and never instantiated; one file each. A layer is drawn by the
    first one, in order of `rank`, whose `shows` accepts it.
    """

    all_of_it: ClassVar[str] = ""
    """Explanation of the large picture."""

    @classmethod
    def shows(cls, layer: LayerView) -> bool:
        """Return `True` if it can draw the layer. Only shape and class of the layer count."""
        raise NotImplementedError

    @classmethod
    def svg(cls, layer: LayerView, box: PictureBox) -> str:
        """Draw the picture in a small or large box."""
        raise NotImplementedError
