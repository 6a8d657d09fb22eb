"""What a picture of a layer has: a layer's output for one sample, and a box to draw it in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import ClassVar

from components.core.graph import Node
from components.core.registry import Concept
from components.inspection.basis.xray_results import LayerOutputs, XrayHead
from components.render.palette import Theme
from components.render.signed_colors import RGB, inks_of, png_address
from sample_data.core.arrays import Array


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
    def largest(self) -> float:
        """The largest number of the layer for all samples: the end of its scale."""
        return self.outputs.kept.largest or 1.0


@dataclass(frozen=True)
class PictureBox:
    """Where a picture is drawn, in points."""

    left: float
    top: float
    width: float
    height: float


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


def rect(left: float, top: float, width: float, height: float, fill: str, more: str = "") -> str:
    """A filled rectangle."""
    return (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{max(width, 0.1):.1f}" '
        f'height="{max(height, 0.1):.1f}" fill="{fill}"{more}/>'
    )


def image(pixels: RGB, box: PictureBox, about: str = "") -> str:
    """Pixels that fill a box, with sharp edges."""
    title = f"<title>{escape(about)}</title>" if about else ""
    return (
        f'<image x="{box.left:.1f}" y="{box.top:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.1f}" preserveAspectRatio="none" '
        f'style="image-rendering:pixelated" href="{png_address(pixels)}">{title}</image>'
    )


def bars(
    values: Sequence[float] | Array, largest: float, theme: Theme, box: PictureBox, colour: str = ""
) -> str:
    """Bars up and down from 0, in the colours of their signs; only up if none is below 0."""
    inks, below = inks_of(theme), any(value < 0 for value in values)
    zero = box.top + (box.height / 2 if below else box.height)
    unit = (box.height / 2 if below else box.height) / largest
    step = min(box.width / len(values), box.width / 6)
    gap = min(1.5, 0.15 * step)
    parts = [
        f'<line x1="{box.left:.1f}" x2="{box.left + box.width:.1f}" y1="{zero:.1f}" '
        f'y2="{zero:.1f}" stroke="{theme.edge}" stroke-width="0.7"/>'
    ]
    for number, value in enumerate(values):
        tall = min(abs(float(value)) * unit, box.height)
        top = zero - tall if value > 0 else zero
        fill = colour or (inks.high if value > 0 else inks.low)
        parts.append(rect(box.left + number * step + gap / 2, top, step - gap, tall, fill))
    return "".join(parts)
