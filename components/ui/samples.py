"""Samples drawn as what they are: pictures, lines, words, bars. One HTML table."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from functools import lru_cache
from html import escape

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from components.render.palette import Theme
from components.spec import Architecture
from sample_data.dataset import DataSpec, make, nbytes
from sample_data.drawings import Drawing, HeatMap, Label, Lines, Picture, Values, Words
from sample_data.preview import Preview, preview

SHOWN = 5
DRAWN = 20
"""Samples that are made for a preview; the fewest a data set can have."""
MOST_BYTES = 100_000_000
SIDE, WIDE = 72, 90
"""Pixels of a drawing's height, and of the width of one that may be of any width."""


@lru_cache(maxsize=64)
def samples(architecture: Architecture, data: DataSpec) -> list[Preview] | None:
    """The first samples of the data, drawn; `None` where even these are too large to show."""
    few = data.model_copy(update={"samples": DRAWN})
    if nbytes(architecture, few) > MOST_BYTES:
        return None
    return preview(architecture, make(architecture, few), range(SHOWN))


def table(architecture: Architecture, shown: Sequence[Preview], theme: Theme) -> str:
    """One column a sample: a row for each input, and one for each head's label."""
    rows = []
    for place, given in enumerate(architecture.inputs):
        hue = theme.branches[place % len(theme.branches)]
        cells = "".join(f"<td>{_drawn(p.inputs[given.name], hue.solid)}</td>" for p in shown)
        rows.append(f'<tr><th style="color:{hue.title}">{escape(given.name)}</th>{cells}</tr>')
    for head in architecture.heads:
        cells = "".join(
            f"<td><b>{escape(p.labels[head.name].removeprefix(f'{head.name}: '))}</b></td>"
            for p in shown
        )
        rows.append(
            f'<tr><th style="color:{theme.head.title}">{escape(head.name)}</th>{cells}</tr>'
        )
    return f'<div class="samples"><table>{"".join(rows)}</table></div>'


def _drawn(drawing: Drawing, color: str) -> str:
    if isinstance(drawing, Picture):
        return _image(drawing.pixels, "picture")
    if isinstance(drawing, HeatMap):
        return _image(_heat(drawing.values), "word vectors, a row for each step")
    if isinstance(drawing, Lines):
        return _vector(_polylines(drawing.lines, color), "signal over time")
    if isinstance(drawing, Values):
        more = f" of {drawing.features}" if drawing.features > len(drawing.values) else ""
        told = (
            f"{len(drawing.values)}{more} numbers: {', '.join(f'{v:.2f}' for v in drawing.values)}"
        )
        return _vector(_bars(drawing.values, color), told)
    if isinstance(drawing, Words):
        return _words(drawing)
    assert isinstance(drawing, Label)
    return escape(drawing.text)


def _image(pixels: NDArray[np.uint8], told: str) -> str:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    height, width = pixels.shape[:2]
    shown = min(max(round(SIDE * width / height), 24), 120)
    source = base64.b64encode(buffer.getvalue()).decode()
    return (
        f'<img alt="{escape(told)}" src="data:image/png;base64,{source}" '
        f'style="width:{shown}px;height:{SIDE}px;image-rendering:pixelated">'
    )


def _heat(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Blue below zero, white at it, red above."""
    bound = float(np.abs(values).max()) or 1.0
    scaled = np.clip(values / bound, -1, 1)[..., None]
    cold, zero, warm = np.array([37, 99, 235]), np.array([248, 250, 252]), np.array([220, 38, 38])
    mixed = np.where(scaled < 0, zero + (cold - zero) * -scaled, zero + (warm - zero) * scaled)
    pixels: NDArray[np.uint8] = mixed.astype(np.uint8)
    return pixels


def _vector(body: str, told: str) -> str:
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {SIDE}" width="{WIDE}" '
        f'height="{SIDE}">{body}</svg>'
    )
    source = base64.b64encode(drawn.encode()).decode()
    return (
        f'<img alt="{escape(told)}" title="{escape(told)}" width="{WIDE}" height="{SIDE}" '
        f'src="data:image/svg+xml;base64,{source}">'
    )


def _polylines(lines: Sequence[Sequence[float]], color: str) -> str:
    flat = [value for line in lines for value in line]
    low, high = min(flat), max(flat)
    span = (high - low) or 1.0
    drawn = []
    for place, line in enumerate(lines):
        step = (WIDE - 4) / max(1, len(line) - 1)
        points = " ".join(
            f"{2 + i * step:.1f},{SIDE - 4 - (SIDE - 8) * (v - low) / span:.1f}"
            for i, v in enumerate(line)
        )
        opacity = 1 if place == 0 else 0.4
        drawn.append(
            f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="1.6" '
            f'opacity="{opacity}"/>'
        )
    return "".join(drawn)


def _bars(values: Sequence[float], color: str) -> str:
    bound = max(1.0, *(abs(v) for v in values))
    middle, width = SIDE / 2, min(16.0, (WIDE - 4) / len(values))
    left = WIDE / 2 - width * len(values) / 2
    line = (
        f'<line x1="0" x2="{WIDE}" y1="{middle}" y2="{middle}" stroke="#94A3B8" stroke-width="1"/>'
    )
    return line + "".join(
        f'<rect x="{left + i * width + 0.5:.1f}" width="{max(width - 1, 0.5):.1f}" '
        f'y="{middle - max(v, 0) / bound * (middle - 3):.1f}" '
        f'height="{abs(v) / bound * (middle - 3):.1f}" fill="{color}" '
        f'opacity="{1 if v > 0 else 0.55}"/>'
        for i, v in enumerate(values)
    )


def _words(drawing: Words) -> str:
    classes = {1: "glad", -1: "sad", 0: "plain"}
    spoken = " ".join(
        f'<span class="{classes[feeling]}">{escape(word)}</span>'
        for word, feeling in zip(drawing.words[:12], drawing.feelings, strict=False)
    )
    more = " …" if len(drawing.words) > 12 else ""
    return f'<div class="words">{spoken}{more}</div>'
