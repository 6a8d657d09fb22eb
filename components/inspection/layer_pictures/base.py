"""What a picture of a layer has: a layer's output for one sample, and a box to draw it in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import ClassVar, NamedTuple

from components.core.graph import Node
from components.core.registry import Concept
from components.inspection.basis.xray_results import LayerOutputs, XrayHead
from components.render.palette import Theme
from components.render.signed_colors import RGB, inks_of, png_address, signed_pixels
from components.render.svg_parts import svg_rect, svg_text
from sample_data.core.arrays import Array

LARGE = 100.0
"""Points: a box that is higher has large letters, and room for all that is kept."""


class PictureBox(NamedTuple):
    """Where a picture is drawn, in points."""

    left: float
    top: float
    width: float
    height: float

    def part(self, top: float, height: float) -> PictureBox:
        """A part of its height, both as shares of it."""
        return self._replace(top=self.top + top * self.height, height=height * self.height)

    def image(self, pixels: RGB, about: str = "") -> str:
        """Pixels that fill it, with sharp edges."""
        title = f"<title>{escape(about)}</title>" if about else ""
        return (
            f'<image x="{self.left:.1f}" y="{self.top:.1f}" width="{self.width:.1f}" '
            f'height="{self.height:.1f}" preserveAspectRatio="none" '
            f'style="image-rendering:pixelated" href="{png_address(pixels)}">{title}</image>'
        )


@dataclass(frozen=True)
class LayerView:
    """The output of one layer for one sample, which may be swapped."""

    node: Node
    outputs: LayerOutputs
    values: Array
    """What is kept of the output."""
    before: Array | None
    """The same before the swap; `None` if nothing is swapped."""
    theme: Theme
    colours: Mapping[str, str]
    """By input and merge."""
    words: tuple[str, ...] | None = None
    """Of an input of ids; none of them if it is blank."""
    attention: Array | None = None
    """How much its steps are read: by this layer, or of an input of words, by any."""
    head: XrayHead | None = None
    """Of a head."""
    truth: float = 0.0

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the greatest number of the layer for all samples."""
        ends = self.outputs.ends.values()
        return float(ends.min()), float(ends.max())

    def pixels(self, values: Array) -> RGB:
        """Numbers of the layer as colours, on its scale for all samples."""
        return signed_pixels(values, self.outputs.kept.largest, self.theme)

    def bars(
        self, values: Sequence[float] | Array, largest: float, box: PictureBox, colour: str = ""
    ) -> str:
        """Bars up and down from 0, in the colours of their signs; only up if none is below 0."""
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
        """A line at the bottom of a box."""
        x, y = box.left + left, box.top + box.height - 2
        return svg_text(x, y, text, self.theme.ink, size, bold=self.head is not None)


class LayerPicture(Concept):
    """A kind of picture. Its file is all that there is of it; it is never instantiated.

    The first in order of `rank` that `shows` a layer draws it.
    """

    all_of_it: ClassVar[str] = ""
    """What a large picture shows."""

    @classmethod
    def shows(cls, layer: LayerView) -> bool:
        """Whether it can draw the layer: from its shape and class alone."""
        raise NotImplementedError

    @classmethod
    def svg(cls, layer: LayerView, box: PictureBox) -> str:
        """The picture in a box, small or large."""
        raise NotImplementedError
