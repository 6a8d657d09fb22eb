"""Image in the form that the model reads."""

from typing import ClassVar

import numpy as np

from components.experiments.inspection.layer_pictures.base import (
    LayerPicture,
    LayerView,
    PictureBox,
)


class Picture(LayerPicture):
    """Pixels of an input, grey or in three colours."""

    rank = 40
    all_of_it: ClassVar[str] = "The image as the model reads it."

    @classmethod
    def shows(cls, layer: LayerView) -> bool:
        """Accept inputs (height, width, 1 or 3)."""
        values = layer.values
        return layer.node.layer == "InputLayer" and values.ndim == 3 and values.shape[2] in (1, 3)

    @classmethod
    def svg(cls, layer: LayerView, box: PictureBox) -> str:
        """Draw the image with its own proportions, from its darkest to its brightest value."""
        low, high = layer.ends
        shades = np.clip((layer.values - low) / ((high - low) or 1.0), 0, 1)
        pixels = np.rint(255 * np.broadcast_to(shades, (*shades.shape[:2], 3))).astype(np.uint8)
        wide = min(box.width, box.height * shades.shape[1] / shades.shape[0])
        return box._replace(width=wide).image(pixels)
