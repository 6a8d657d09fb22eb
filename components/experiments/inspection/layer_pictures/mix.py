"""Gates as a mix of their sources."""

from typing import ClassVar

from components.experiments.inspection.layer_pictures.base import (
    LARGE,
    LayerPicture,
    LayerView,
    PictureBox,
)
from components.models.drawing.svg_parts import svg_rect


class GateMix(LayerPicture):
    """Mean gate of each source, as a share of all, in the colour of its branch."""

    rank = 30
    all_of_it: ClassVar[str] = "The mean gate of each source, as a share of all gates."

    @classmethod
    def shows(cls, layer: LayerView) -> bool:
        """Accept gates that weigh each source."""
        return bool(layer.outputs.sources)

    @classmethod
    def svg(cls, layer: LayerView, box: PictureBox) -> str:
        """Draw a part for each source, as wide as its share, with its name and gate."""
        gates = layer.values.clip(min=0)
        whole, x, parts = float(gates.sum()) or 1.0, box.left, list[str]()
        size = 10.0 if box.height < LARGE else 15.0
        for source, gate in zip(layer.outputs.sources, gates, strict=True):
            wide = box.width * float(gate) / whole
            parts.append(svg_rect(x, box.top, wide, box.height - size - 4, layer.colours[source]))
            if wide > 4 * size:
                text = f"{source} {gate:.2f}"[: int(2 * wide / size)]
                parts.append(layer.text(text, box, size, x + 1 - box.left))
            x += wide
        return "".join(parts)
