"""Look of a picture whose letters are readable on one A4 page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import ceil, prod
from typing import Literal

from components.base.errors import FileError
from components.models.drawing import diagram
from components.models.drawing.options import DiagramOptions
from components.models.drawing.readable import first_readable
from components.models.language.graph import Graph

A4 = (595.28, 841.89)
MARGIN = 28.0
"""White margin on each side of an A4 page, in points."""
SMALLEST_LETTERS = 6.0
"""Least size of letters on paper, in points."""
COLUMNS = range(2, 9)
LEAST_LONG = 3
"""Least number of layers in a column."""
LEAST_FOLDED = 0.5
"""Least area of a picture in columns, as a share of its area in one column."""
Fit = Literal["page"]
_SIDES = (A4, (A4[1], A4[0]))


def fitted_to_page(graph: Graph, options: DiagramOptions) -> DiagramOptions:
    """Return the first look that is readable on A4: denser, in columns, with joined layers.

    Raises `FileError` if there is none.
    """

    def over(look: DiagramOptions) -> float:
        scale, _ = page_for(*diagram.size(graph, look))
        return SMALLEST_LETTERS / (look.small * scale)

    look, exceeded = first_readable(_looks(graph, options), over)
    if exceeded <= 1:
        return look
    raise FileError(
        f"The text would be too small to read on A4: at least {SMALLEST_LETTERS:g} pt are needed.",
        f"{graph.name} with letters of {SMALLEST_LETTERS / exceeded:.1f} points",
        f"Show blocks{' or all repeats' if options.once else ''}, hide details, or use a page as "
        "large as the picture.",
    )


def page_for(width: float, height: float) -> tuple[float, tuple[float, float]]:
    """Return the scale, at most 1, and the page, upright or across, that show a picture largest."""
    scales = [
        min((across - 2 * MARGIN) / width, (high - 2 * MARGIN) / height, 1)
        for across, high in _SIDES
    ]
    return max(zip(scales, _SIDES, strict=True), key=lambda pair: pair[0])


def _looks(graph: Graph, options: DiagramOptions) -> Iterator[DiagramOptions]:
    """Yield the looks of a picture, those that change less first.

    Columns hold every layer, so that a picture without repeats has none.
    """
    dense = replace(options, dense=True)
    yield from (options, dense)
    if options.once:
        return
    for joined in (False, True) if options.level == "layers" else (False,):
        look = replace(dense, joined=joined)
        yield look
        yield from (replace(look, fold=fold) for fold in _folds(graph, look))


def _folds(graph: Graph, look: DiagramOptions) -> Iterator[int]:
    """Yield lengths of columns; none for a picture that is far too large even in columns."""
    long, area = diagram.depth(graph, look), prod(diagram.size(graph, look))
    space = prod(side - 2 * MARGIN for side in A4) * (look.small / SMALLEST_LETTERS) ** 2
    if area * LEAST_FOLDED <= space:
        lengths = (length for n in COLUMNS for length in (ceil(long / n), long // n))
        yield from (length for length in dict.fromkeys(lengths) if LEAST_LONG <= length < long)
