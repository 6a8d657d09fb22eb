"""Means with their intervals as bars and ceilings as lines: in the table, and as one figure."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from components.experiments.races import text
from components.experiments.races.evaluation import RaceResult
from components.experiments.races.results import CeilingMark, DatasetResult, Measure, StrategyResult
from components.models.drawing import fonts
from components.models.drawing.palette import Theme
from components.models.drawing.svg_parts import svg_page, svg_text

ROOM = 0.03
"""Room at both ends, as a share of the span."""
LEAST = 0.02
"""Least span."""
WIDTH, HEIGHT = 300, 26
MARGIN, LINE, TITLE = 14, 16, 16
SMALL, LABEL = 12, 14.0
"""Size in points of the names of ceilings, and distance between their lines."""
DASHES = {"chance": "1 3", "single": "4 3", "additive": "7 3", "bayes": ""}
"""Dashes of each ceiling's line."""
SHORT = {"chance": "chance", "single": "single", "additive": "additive", "bayes": "Bayes"}
PAGE = 748
"""Width of the figure in points."""
VALUE = 104
"""Points beside the bars for the mean and the mark of a tied one."""
NEAR = 3.0
"""Distance in points below which ceilings share a line."""


@dataclass(frozen=True)
class ValueScale:
    """Scale from the lowest to the highest drawn value."""

    low: float
    high: float

    def share(self, value: float) -> float:
        """Return the position of a value, from 0 to 1."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


def scale_of(on_dataset: DatasetResult) -> ValueScale:
    """Return a scale for all intervals, runs and ceilings; values far below chance are cut off."""
    marks = [mark.value for mark in on_dataset.marks]
    reached = [
        value
        for row in on_dataset.rows
        for value in (*row.scores.values(), row.low, row.high)
        if value is not None
    ]
    values = [*marks, *reached] or [0.0, 1.0]
    low, high = min(values), max(values)
    if marks:
        low = max(low, min(marks) - (max(marks) - min(marks) or 1.0))
        high = min(high, max(1.0, *marks))
    space = max(ROOM * (high - low), LEAST / 2)
    return ValueScale(low - space, high + space)


def short(value: float, measure: Measure) -> str:
    """Format a value in few characters: `97`, or `.91`."""
    if measure.share:
        return f"{100 * value:.0f}"
    return f"{value:.2f}".replace("0.", ".", 1)


def lines(
    on_dataset: DatasetResult, scale: ValueScale, width: float
) -> list[tuple[float, CeilingMark, str]]:
    """Return the position and name of each ceiling; those too close to tell apart share a line."""
    drawn: list[tuple[float, CeilingMark, str]] = []
    for mark in sorted(on_dataset.marks, key=lambda mark: mark.value):
        x = width * scale.share(mark.value)
        if drawn and x - drawn[-1][0] < NEAR:
            drawn[-1] = (drawn[-1][0], mark, f"{drawn[-1][2]}, {SHORT[mark.kind]}")
        else:
            drawn.append((x, mark, SHORT[mark.kind]))
    return drawn


def bar(
    row: StrategyResult,
    on_dataset: DatasetResult,
    scale: ValueScale,
    theme: Theme,
    width: float = WIDTH,
) -> str:
    """Draw one row as SVG parts: ceilings, interval, small dots for runs, a large mean."""
    middle = HEIGHT / 2
    parts = [
        f'<line x1="{x:.1f}" y1="0" x2="{x:.1f}" y2="{HEIGHT}" stroke="{theme.quiet}" '
        f'stroke-dasharray="{DASHES[mark.kind]}" opacity=".8"/>'
        for x, mark, _ in lines(on_dataset, scale, width)
    ]
    if row.mean is None:
        return "".join(parts)
    color = theme.quiet if row.tied is False else theme.merge.title
    if row.low is not None and row.high is not None:
        left, right = width * scale.share(row.low), width * scale.share(row.high)
        parts.append(
            f'<rect x="{left:.1f}" y="{middle - 4}" width="{max(2.0, right - left):.1f}" '
            f'height="8" rx="4" fill="{color}" opacity=".42"/>'
        )
    parts += [
        f'<circle cx="{width * scale.share(score):.1f}" cy="{middle}" r="1.7" fill="{theme.ink}" '
        'opacity=".55"/>'
        for score in row.scores.values()
    ]
    parts.append(
        f'<circle cx="{width * scale.share(row.mean):.1f}" cy="{middle}" r="4.6" fill="{color}" '
        f'stroke="{theme.page}" stroke-width="1.5"/>'
    )
    return "".join(parts)


def heading(
    on_dataset: DatasetResult, scale: ValueScale, theme: Theme, width: float = WIDTH
) -> tuple[str, float]:
    """Return the names of the ceilings above their lines, as SVG parts, and their height.

    Names that would overlap go one line up.
    """
    ends: list[float] = []
    placed = []
    for x, _, name in lines(on_dataset, scale, width):
        wide = fonts.width(name, SMALL)
        left = min(max(0.0, x - wide / 2), width - wide)
        level = next((n for n, end in enumerate(ends) if left > end + 5), len(ends))
        ends[level : level + 1] = [left + wide]
        placed.append((x, left, level, name))
    tall = LABEL * max(1, len(ends)) + 4
    parts = []
    for x, left, level, name in placed:
        y = tall - 5 - LABEL * level
        parts.append(
            f'<line x1="{x:.1f}" y1="{y + 2}" x2="{x:.1f}" y2="{tall}" stroke="{theme.quiet}" '
            'opacity=".8"/>'
            f'<text x="{left:.1f}" y="{y}" font-size="{SMALL}" fill="{theme.quiet}">{escape(name)}'
            "</text>"
        )
    return "".join(parts), tall


def figure(result: RaceResult, on_dataset: DatasetResult, theme: Theme) -> str:
    """Return the whole figure as an SVG file that includes its title, its verdict and its font."""
    scale, measure, verdict = scale_of(on_dataset), result.measure, text.verdict(result, on_dataset)
    left = MARGIN + max(fonts.width(row.title, 12, True) for row in on_dataset.rows) + 20
    wide = PAGE - MARGIN - VALUE - left
    head, tall = heading(on_dataset, scale, theme, wide)
    title, y = f"{on_dataset.title}: {measure.title}", float(MARGIN + TITLE + 10)
    parts = [
        svg_text(MARGIN, MARGIN + TITLE, title, theme.ink, TITLE, bold=True),
        f'<g transform="translate({left:.1f} {y})">{head}</g>',
    ]
    y += tall
    for row in on_dataset.rows:
        base, bold = y + HEIGHT / 2 + 4, row.entry in on_dataset.best
        tied = " tied" if row.tied and len(on_dataset.best) > 1 else ""
        value = "none" if row.problem else f"{measure.text(row.mean)}{tied}"
        drawn = bar(row, on_dataset, scale, theme, wide)
        parts += [
            svg_text(left - 12, base, row.title, theme.ink, 12, "end", bold=bold),
            f'<g transform="translate({left:.1f} {y})">{drawn}</g>',
            svg_text(left + wide + 10, base, value, theme.ink, 12, bold=bold),
        ]
        y += HEIGHT
    words = f"{verdict} {text.how_to_read(result)}"
    for line in fonts.wrapped(words, SMALL, PAGE - 2 * MARGIN):
        y += LINE
        parts.append(svg_text(MARGIN, y, line, theme.quiet, SMALL))
    return standalone(svg_page(PAGE, y + MARGIN, f"{on_dataset.title}. {verdict}", parts, theme))


def standalone(svg: str) -> str:
    """Include the font in an SVG, so that it looks the same everywhere."""
    letters = "".join(sorted({letter for letter in svg if letter.isprintable()}))
    faces = fonts.font_face(letters) + fonts.font_face(letters, True)
    return svg.replace(">", f"><defs><style>{faces}</style></defs>", 1)
