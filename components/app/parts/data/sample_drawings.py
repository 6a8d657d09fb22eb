"""Samples as one HTML table: images, sounds, lines, words and bars."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from components.models.architecture.architecture import Architecture
from components.models.drawing.palette import Theme, Tones
from components.models.drawing.signed_colors import (
    RGB,
    colored,
    inks_of,
    png_address,
    signed_pixels,
)
from components.models.drawing.svg_parts import svg_address
from sample_data.core.drawings import Drawing, HeatMap, Label, Lines, Pixels, Sound, Values, Words
from sample_data.loading.preview import Preview

SIDE, WIDE = 76, 96
"""Height of a drawing in pixels, and the width of drawings without their own width."""
WORDS = 24
"""Largest number of words shown for a text."""
BOXES = 16
"""Largest number of categories drawn as boxes, one of them filled; above it, names only."""
LANES = 4
"""Largest number of channels of a time series with their own lanes."""

_LOUDNESS = ("#0B0B2B", "#3B1C6E", "#8C2A7E", "#DD4F5E", "#FB9A5B", "#FCF3BF")


def table(
    architecture: Architecture,
    shown: Sequence[Preview],
    theme: Theme,
    causes: bool = False,
    rows: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """Return a table with a column for each sample, and a row for each input and each label.

    With `causes`, the hidden values of each input are below it. `rows` adds rows by name, with one
    text for each sample; without it, narrow pages leave out the last samples. The drawings of a row
    share one scale, so they can be compared.
    """
    html = []
    for index, input in enumerate(architecture.inputs):
        if input.reads:
            continue
        hue = theme.branches[index % len(theme.branches)]
        pen = _Pen(theme, hue, [sample.inputs[input.name] for sample in shown])
        cells = "".join(_cell(sample, input.name, pen, theme, causes) for sample in shown)
        html.append(_row(input.name, hue, cells))
    for head in architecture.heads:
        cells = "".join(f"<td><b>{escape(sample.labels[head.name])}</b></td>" for sample in shown)
        html.append(_row(head.name, theme.head, cells))
    for name, texts in (rows or {}).items():
        cells = "".join(f"<td>{escape(text)}</td>" for text in texts)
        html.append(_row(name, theme.head, cells))
    few = "" if rows else ' class="first"'
    return f'<div class="samples"><table{few}>{"".join(html)}</table></div>'


def plane(points: Sequence[tuple[float, float, float]], theme: Theme) -> str:
    """Draw a small picture of two inputs on two axes, with the label as the colour of points."""
    inks = inks_of(theme)
    most = max(max(abs(x), abs(y)) for x, y, _ in points) or 1.0
    across, up, reach = WIDE / 2, SIDE / 2, SIDE / 2 - 4
    axes = f"M{across - reach:.0f} {up}h{2 * reach:.0f}M{across} {up - reach:.0f}v{2 * reach:.0f}"
    dots = "".join(
        f'<circle cx="{across + reach * x / most:.1f}" cy="{up - reach * y / most:.1f}" r="2" '
        f'fill="{inks.high if label > 0.5 else inks.low}" opacity="0.75"/>'
        for x, y, label in points
    )
    title = "First input across, second input up; the colour is the label, warm for 1"
    return _vector(f'<path d="{axes}" stroke="{theme.edge}" fill="none"/>{dots}', title)


def _row(name: str, hue: Tones, cells: str) -> str:
    return f'<tr><th scope="row" style="color:{hue.title}">{escape(name)}</th>{cells}</tr>'


def _cell(sample: Preview, name: str, pen: _Pen, theme: Theme, causes: bool) -> str:
    cause = ""
    if causes and name in sample.causes:
        cause = (
            f'<div class="cause" style="color:{theme.quiet};font-size:.7rem;line-height:1.25;'
            f'max-width:{WIDE + 24}px;margin:.1rem auto 0">{escape(sample.causes[name])}</div>'
        )
    if name in sample.absent:
        return f'<td><i style="color:{theme.quiet}">absent</i>{cause}</td>'
    return f"<td>{pen.drawn(sample.inputs[name])}{cause}</td>"


class _Pen:
    """Drawing tool for the samples of one input: one scale, in the colour of the input."""

    def __init__(self, theme: Theme, hue: Tones, drawings: Sequence[Drawing]) -> None:
        self.color = hue.title if theme.name == "dark" else hue.solid
        self.axis = theme.edge
        self.ink = theme.ink
        self.theme, self.inks = theme, inks_of(theme)
        numbers = [value for drawing in drawings for value in _numbers(drawing)]
        self.low, self.high = min(numbers, default=0.0), max(numbers, default=1.0)
        self.bound = max(abs(self.low), abs(self.high)) or 1.0

    def drawn(self, drawing: Drawing) -> str:
        if isinstance(drawing, Pixels):
            return _image(drawing.pixels, "image")
        if isinstance(drawing, Sound):
            return _image(
                colored(drawing.energy, _LOUDNESS),
                "spectrogram, low frequencies below, time to the right",
            )
        if isinstance(drawing, HeatMap):
            return _image(
                signed_pixels(drawing.values, self.bound, self.theme),
                "word vectors, one row for each step",
            )
        if isinstance(drawing, Lines):
            return _vector(self._lanes(drawing), f"{drawing.channels} signals over time")
        if isinstance(drawing, Values):
            return _vector(self._bars(drawing.values), _values_text(drawing))
        if isinstance(drawing, Words):
            return self._words_html(drawing)
        assert isinstance(drawing, Label)
        return self._label(drawing)

    def _lanes(self, drawing: Lines) -> str:
        lines, lanes = drawing.lines, min(len(drawing.lines), LANES)
        tall = SIDE / lanes
        parts = []
        for lane in range(lanes):
            if self.low < 0 < self.high:
                y = tall * lane + self._height(0.0, tall)
                parts.append(_line(y, self.axis))
        for index, line in enumerate(lines):
            top = tall * min(index, lanes - 1)
            opacity = 1 if index < LANES else 0.35
            parts.append(self._polyline(line, top, tall, opacity))
        return "".join(parts)

    def _height(self, value: float, tall: float) -> float:
        return 2 + (tall - 4) * (1 - (value - self.low) / ((self.high - self.low) or 1.0))

    def _polyline(self, line: Sequence[float], top: float, tall: float, opacity: float) -> str:
        step = (WIDE - 4) / max(1, len(line) - 1)
        points = [(2 + i * step, top + self._height(v, tall)) for i, v in enumerate(line)]
        if len(points) == 1:
            ((x, y),) = points
            return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{self.color}"/>'
        text = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        return (
            f'<polyline points="{text}" fill="none" stroke="{self.color}" stroke-width="1.5" '
            f'stroke-linejoin="round" opacity="{opacity}"/>'
        )

    def _bars(self, values: Sequence[float]) -> str:
        middle, width = SIDE / 2, min(16.0, (WIDE - 4) / len(values))
        left = WIDE / 2 - width * len(values) / 2
        bars = "".join(
            f'<rect x="{left + i * width + 0.5:.1f}" width="{max(width - 1, 0.5):.1f}" '
            f'y="{middle - max(v, 0) / self.bound * (middle - 3):.1f}" '
            f'height="{max(abs(v) / self.bound * (middle - 3), 0.8):.1f}" rx="1" '
            f'fill="{self.inks.high if v > 0 else self.inks.low}"/>'
            for i, v in enumerate(values)
        )
        return _line(middle, self.axis) + bars

    def _words_html(self, drawing: Words) -> str:
        words = " ".join(
            self._word(word, feeling)
            for word, feeling in zip(drawing.words[:WORDS], drawing.feelings, strict=False)
        )
        more = " …" if len(drawing.words) > WORDS else ""
        return (
            f'<div class="words" style="max-width:{WIDE + 44}px;color:{self.ink}">'
            f"{words}{more}</div>"
        )

    def _word(self, word: str, feeling: float) -> str:
        if not feeling:
            return f'<span style="opacity:.6">{escape(word)}</span>'
        color = self.inks.high if feeling > 0 else self.inks.low
        opacity = 0.75 + 0.25 * abs(feeling)
        return (
            f'<span style="color:{color};font-weight:600;opacity:{opacity:.2f}" '
            f'title="{feeling:+.2f} on a scale from -1 to 1">{escape(word)}</span>'
        )

    def _label(self, drawing: Label) -> str:
        """Return the name of the category; if there are few, below a row of boxes."""
        name = f"<div>{escape(drawing.text)}</div>"
        if drawing.ids > BOXES:
            return name
        step = min(14, (WIDE - 4) / drawing.ids)
        left = (WIDE - step * drawing.ids) / 2
        boxes = "".join(
            f'<rect x="{left + step * number + 1:.1f}" y="3" width="{step - 2:.1f}" height="10" '
            f'rx="2" stroke="{self.axis}" '
            f'fill="{self.color if number == drawing.id else "none"}"/>'
            for number in range(drawing.ids)
        )
        title = f"{drawing.text}: number {drawing.id} of {drawing.ids}, counted from 0"
        return f"{_vector(boxes, title, 16)}{name}"


def _numbers(drawing: Drawing) -> Iterable[float]:
    """Return the numbers that the scale of a row must include."""
    if isinstance(drawing, Lines):
        return (value for line in drawing.lines for value in line)
    if isinstance(drawing, Values):
        return drawing.values
    if isinstance(drawing, HeatMap):
        return (float(drawing.values.min()), float(drawing.values.max()))
    return ()


def _values_text(drawing: Values) -> str:
    names = drawing.names or ("",) * len(drawing.values)
    values = ", ".join(
        f"{name} {value:.2f}".strip() for name, value in zip(names, drawing.values, strict=False)
    )
    more = f" of {drawing.features:,}" if drawing.features > len(drawing.values) else ""
    return f"{len(drawing.values):,}{more} numbers: {values}"


def _image(pixels: RGB, title: str) -> str:
    height, width = pixels.shape[:2]
    tall, wide = _fitted(height, width)
    return (
        f'<img alt="{escape(title)}" src="{png_address(pixels)}" width="{wide}" '
        f'height="{tall}" style="width:{wide}px;height:{tall}px;image-rendering:pixelated">'
    )


def _fitted(height: int, width: int) -> tuple[int, int]:
    """Return the largest height and width that fit on the page, with the image's proportions."""
    scale = min(SIDE / height, (WIDE + 24) / width)
    return max(3, round(height * scale)), max(3, round(width * scale))


def _vector(body: str, title: str, tall: int = SIDE) -> str:
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {tall}" width="{WIDE}" '
        f'height="{tall}">{body}</svg>'
    )
    return (
        f'<img alt="{escape(title)}" title="{escape(title)}" width="{WIDE}" height="{tall}" '
        f'src="{svg_address(drawn)}">'
    )


def _line(y: float, color: str) -> str:
    return (
        f'<line x1="0" x2="{WIDE}" y1="{y:.1f}" y2="{y:.1f}" stroke="{color}" '
        f'stroke-width="0.8" opacity="0.6"/>'
    )
