"""Animations of the numbers in each family of strategies: boxes move once, and again on hover.

If the system asks for reduced motion, the picture shows the result.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from html import escape
from pathlib import Path

from components.models.analysis.families import (
    EXAMPLES,
    FAMILIES,
    FIRST,
    PAIRS,
    SECOND,
    FamilyExample,
    number,
    vector,
)
from components.models.drawing.palette import Theme, Tones
from components.models.merges.base import Family

WIDTH, HEIGHT = 248, 132
BOX = 38
LEFT, STEP = 60, 46
ROWS = (2, 36, 70, 104)
"""Tops of the rows of boxes."""
FARTHEST = WIDTH - BOX
"""Left edge of a grid's results."""
PAUSE = 0.25
"""Seconds from one position to the next."""


CSS = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
"""Style of the figures."""


@lru_cache(maxsize=32)
def picture(family: Family, theme: Theme) -> str:
    """Return the figure as HTML: the picture, and the calculation below it."""
    shown = EXAMPLES[family]
    parts = _grid(shown, theme) if shown.grid else _columns(shown, family, theme)
    label = (
        f"{FAMILIES[family].title}. First source {vector(FIRST)}, second source {vector(SECOND)}. "
        f"{shown.how}."
    )
    return (
        f'<figure class="numbers" tabindex="0"><div class="stage" role="img" '
        f'style="width:{WIDTH}px;height:{HEIGHT}px" aria-label="{escape(label)}">'
        f"{''.join(parts)}</div>"
        f"<figcaption>{escape(shown.how)}</figcaption></figure>"
    )


def _columns(shown: FamilyExample, family: Family, theme: Theme) -> Iterator[str]:
    """Yield two rows of sources, the step between them, and the result below."""
    first, second, *_ = theme.branches
    for row, (name, values, tones) in enumerate(
        (("first", FIRST, first), ("second", SECOND, second))
    ):
        yield _label(name, ROWS[row], theme)
        yield from (_box(_x(n), ROWS[row], number(v), tones) for n, v in enumerate(values))
    if family == "join":
        yield from _joined(shown, (first, second))
        return
    yield _label("result", ROWS[3], theme)
    look = f"color:{theme.merge.title}"
    for column, text in enumerate(shown.notes):
        yield _placed(_x(column), ROWS[2], text, "box small", look)
    for column, value in enumerate(shown.result):
        delay = PAUSE * column
        for row, (source, tones) in enumerate(((FIRST, first), (SECOND, second))):
            fall = (0, ROWS[3] - ROWS[row])
            yield _box(_x(column), ROWS[row], number(source[column]), tones, "fly", delay, fall)
        yield _box(_x(column), ROWS[3], number(value), theme.merge, "appear", delay)


def _joined(shown: FamilyExample, sources: Sequence[Tones]) -> Iterator[str]:
    """Yield all numbers in one row, each moving from its position in its source."""
    size, pitch = len(FIRST), (WIDTH - BOX) / (len(shown.result) - 1)
    for index, value in enumerate(shown.result):
        row, column = divmod(index, size)
        x = pitch * index
        start = (_x(column) - x, ROWS[row] - ROWS[3])
        yield _box(x, ROWS[3], number(value), sources[row], "arrive", PAUSE * index, start)


def _grid(shown: FamilyExample, theme: Theme) -> Iterator[str]:
    """Yield the first source on the left, the second above, a number per pair, and the results."""
    first, second, *_ = theme.branches
    weights = len(shown.result) > 1
    for n, value in enumerate(SECOND):
        yield _box(_x(n), ROWS[0], number(value), second)
    for row, value in enumerate(FIRST):
        yield _box(LEFT - STEP, ROWS[row + 1], number(value), first)
        for column, cell in enumerate(shown.grid[row]):
            text = f"{100 * cell:.0f} %" if weights else number(cell)
            share = cell if weights else float((row, column) in PAIRS)
            delay = PAUSE * (row + column)
            yield _cell(_x(column), ROWS[row + 1], text, share, theme, delay)
            if share > 0.5:
                away = (FARTHEST - _x(column), 0 if weights else ROWS[2] - ROWS[row + 1])
                yield _box(_x(column), ROWS[row + 1], text, theme.merge, "fly", 1 + delay, away)
    for row, value in enumerate(shown.result):
        y = ROWS[row + 1] if weights else ROWS[2]
        yield _box(FARTHEST, y, number(value), theme.merge, "appear", 1 + PAUSE * row)


def _x(column: int) -> float:
    return LEFT + STEP * column


def _box(
    x: float,
    y: float,
    text: str,
    tones: Tones,
    motion: str = "",
    delay: float = 0.0,
    way: tuple[float, float] = (0, 0),
) -> str:
    """Return a number in a box, with a motion along `way` or from there."""
    style = f"background:{tones.solid};color:{tones.on_solid}"
    moves = f";--wait:{delay:.2f}s;--x:{way[0]:.0f}px;--y:{way[1]:.0f}px" if motion else ""
    return _placed(x, y, text, f"box {motion}", style + moves)


def _cell(x: float, y: float, text: str, share: float, theme: Theme, delay: float) -> str:
    """Return the number of a pair, with a stronger frame for a larger share."""
    style = (
        f"background:{theme.merge.wash};color:{theme.ink};--wait:{delay - 1:.2f}s;"
        f"box-shadow:0 0 0 {0.4 + 1.8 * share:.1f}px {theme.merge.title} inset"
    )
    return _placed(x, y, text, "box appear", style)


def _label(text: str, y: float, theme: Theme) -> str:
    return _placed(0, y, text, "small", f"color:{theme.quiet}")


def _placed(x: float, y: float, text: str, css: str, style: str) -> str:
    return (
        f'<span class="{css.strip()}" style="left:{x:.0f}px;top:{y:.0f}px;{style}">'
        f"{escape(text)}</span>"
    )
