"""Tokens as words, with their attention weights."""

from typing import ClassVar

import numpy as np

from components.experiments.inspection.layer_pictures.base import (
    LARGE,
    LayerPicture,
    LayerView,
    PictureBox,
)
from components.models.drawing import fonts
from components.models.drawing.svg_parts import svg_rect, svg_text

SIZE, LINE = 11.0, 14.0
"""Letter size and line height in a small box, in points."""


class TokenWords(LayerPicture):
    """Words of an input of ids; a bar below each shows its attention weight."""

    rank = 20
    all_of_it: ClassVar[str] = (
        "The words without padding. The bar below a word is how much attention reads it, if a "
        "layer attends to this input."
    )

    @classmethod
    def shows(cls, layer: LayerView) -> bool:
        """Accept inputs of ids."""
        return layer.words is not None

    @classmethod
    def svg(cls, layer: LayerView, box: PictureBox) -> str:
        """Draw as many words as fit, in lines."""
        grown = 1.6 if box.height > LARGE else 1.0
        size, high = SIZE * grown, LINE * grown
        x, y, parts = box.left, box.top + size, list[str]()
        read = layer.attention
        most = 1.0 if read is None else max(float(np.max(read)), 1e-9)
        for number, word in enumerate(layer.words or ("(blank)",)):
            wide = fonts.width(word, size)
            if x > box.left and x + wide > box.left + box.width:
                x, y = box.left, y + high
            if y > box.top + box.height:
                break
            parts.append(svg_text(x, y, word, layer.theme.ink, size))
            if read is not None and number < len(read) and layer.words:
                share = float(read[number]) / most
                more = f' opacity="{0.25 + 0.75 * share:.2f}"'
                parts.append(svg_rect(x, y + 1.5, wide * share, 1.6 * grown, layer.theme.ink, more))
            x += wide + size / 3
        return "".join(parts)
