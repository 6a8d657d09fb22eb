"""A head as a gauge, with the true label and the answer before a swap."""

from __future__ import annotations

from typing import ClassVar, Literal

from components.inspection.layer_pictures.base import (
    LayerPicture,
    LayerView,
    PictureBox,
    bars,
    rect,
)
from components.render.svg_parts import svg_text


class Gauge(LayerPicture):
    """A dot on a line for a probability or a value; bars for several classes."""

    title = "Gauge"
    rank = 10
    all_of_it: ClassVar[str] = (
        "The answer for this sample. The tick is the true label; a hollow dot is the answer "
        "before the swap."
    )
    kind: Literal["gauge"] = "gauge"

    @classmethod
    def shows(cls, layer: LayerView) -> bool:
        """Heads."""
        return layer.head is not None

    @classmethod
    def svg(cls, layer: LayerView, box: PictureBox) -> str:
        """The line from 0 to 1, or over all values; the true label is a tick."""
        head, theme = layer.head, layer.theme
        assert head is not None
        big = box.height > 100
        size = 18.0 if big else 10.5
        if head.target == "classes":
            return _classes(layer, box, size)
        low, high = (0.0, 1.0) if head.target == "binary" else _ends(layer)
        radius = min(size / 2, 9.0)
        y, left, wide = box.top + radius + 3, box.left + radius, box.width - 2 * radius

        def spot(value: float) -> float:
            return left + wide * min(max((value - low) / ((high - low) or 1.0), 0.0), 1.0)

        value, true = float(layer.values.ravel()[0]), spot(layer.truth)
        parts = [
            rect(box.left, y - 2.5, box.width, 5, theme.edge, ' rx="2.5" opacity="0.4"'),
            rect(true - 1.2, y - radius - 2, 2.4, 2 * radius + 4, theme.ink),
        ]
        answer = f"{value:.2f}"
        if layer.before is not None:
            before = float(layer.before.ravel()[0])
            answer = f"{before:.2f} → {value:.2f}"
            parts.append(_dot(spot(before), y, radius, "none", theme.head.title))
        parts.append(_dot(spot(value), y, 0.7 * radius, theme.head.title, "none"))
        true_text = f"{layer.truth:g}" if head.target == "binary" else f"{layer.truth:.2f}"
        text = f"{answer} · truth {true_text}"
        parts.append(svg_text(box.left, box.top + box.height - 2, text, theme.ink, size, bold=True))
        return "".join(parts)


def _ends(layer: LayerView) -> tuple[float, float]:
    head = layer.head
    assert head is not None
    low, high = min(layer.outputs.low), max(layer.outputs.high)
    return min(low, *head.truth), max(high, *head.truth)


def _dot(x: float, y: float, radius: float, fill: str, line: str) -> str:
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{fill}" stroke="{line}" '
        f'stroke-width="1.6"/>'
    )


def _classes(layer: LayerView, box: PictureBox, size: float) -> str:
    values, theme = layer.values.ravel(), layer.theme
    area = PictureBox(box.left, box.top, box.width, box.height - size - 4)
    step = min(box.width / len(values), box.width / 6)
    true = box.left + (layer.truth + 0.5) * step
    best = int(values.argmax())
    text = f"class {best}: {values[best]:.2f} · truth {layer.truth:.0f}"
    return (
        bars(values, 1.0, theme, area, theme.head.title)
        + rect(true - 1.2, box.top, 2.4, area.height, theme.ink, ' opacity="0.6"')
        + svg_text(box.left, box.top + box.height - 2, text, theme.ink, size, bold=True)
    )
