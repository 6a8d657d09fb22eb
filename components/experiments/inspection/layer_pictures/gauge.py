"""Gauge of a head, with the true label and the prediction before a swap."""

from typing import ClassVar

from components.experiments.inspection.layer_pictures.base import (
    LARGE,
    LayerPicture,
    LayerView,
    PictureBox,
)
from components.models.drawing.svg_parts import svg_rect


class Gauge(LayerPicture):
    """Dot on a line for a probability or a value; bars for several classes."""

    rank = 10
    all_of_it: ClassVar[str] = (
        "The answer for this sample. The tick is the true label; a hollow dot is the answer "
        "before the swap."
    )

    @classmethod
    def shows(cls, layer: LayerView) -> bool:
        """Accept heads."""
        return layer.head is not None

    @classmethod
    def svg(cls, layer: LayerView, box: PictureBox) -> str:
        """Draw a line from 0 to 1, or over all values, with a tick at the true label."""
        assert layer.head is not None
        size = 18.0 if box.height > LARGE else 10.5
        if layer.head.target == "classes":
            return _classes(layer, box, size)
        (low, high), digits = (0.0, 1.0), "g"
        if layer.head.target == "values":
            every = (*layer.ends, *layer.head.truth)
            (low, high), digits = (min(every), max(every)), ".2f"
        radius = min(size / 2, 9.0)
        y, left, wide = box.top + radius + 3, box.left + radius, box.width - 2 * radius

        def spot(value: float) -> float:
            return left + wide * min(max((value - low) / ((high - low) or 1.0), 0.0), 1.0)

        def dot(value: float, size: float, fill: str, line: str) -> str:
            look = f'r="{size:.1f}" fill="{fill}" stroke="{line}" stroke-width="1.6"'
            return f'<circle cx="{spot(value):.1f}" cy="{y:.1f}" {look}/>'

        theme, answers = (
            layer.theme,
            [layer.values] if layer.before is None else [layer.before, layer.values],
        )
        values = [float(answer.ravel()[0]) for answer in answers]
        text = f"{' → '.join(f'{value:.2f}' for value in values)} · truth {layer.truth:{digits}}"
        return (
            svg_rect(box.left, y - 2.5, box.width, 5, theme.edge, ' rx="2.5" opacity="0.4"')
            + svg_rect(spot(layer.truth) - 1.2, y - radius - 2, 2.4, 2 * radius + 4, theme.ink)
            + "".join(dot(value, radius, "none", theme.head.title) for value in values[:-1])
            + dot(values[-1], 0.7 * radius, theme.head.title, "none")
            + layer.text(text, box, size)
        )


def _classes(layer: LayerView, box: PictureBox, size: float) -> str:
    values, area = layer.values.ravel(), box._replace(height=box.height - size - 4)
    true = box.left + (layer.truth + 0.5) * min(box.width / len(values), box.width / 6)
    best = int(values.argmax())
    text = f"class {best}: {values[best]:.2f} · truth {layer.truth:.0f}"
    return (
        layer.bars(values, 1.0, area, layer.theme.head.title)
        + svg_rect(true - 1.2, box.top, 2.4, area.height, layer.theme.ink, ' opacity="0.6"')
        + layer.text(text, box, size)
    )
