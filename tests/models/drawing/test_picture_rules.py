"""Rules that every picture follows, over random architectures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape
from itertools import combinations, pairwise

import pytest

from components.app.parts.widgets.viewer import SMALLEST, readable_scale
from components.models.architecture.architecture import Architecture
from components.models.architecture.builder import build
from components.models.drawing import diagram, fonts
from components.models.drawing.options import DiagramOptions, Direction, automatic_level
from components.models.language.graph import Graph
from tests.models.drawing import random_architectures

_GROUP = re.compile(r'<g[^>]* class="(?:title|node)">.*?</g>', re.S)
"""Card, or title of a box on its plate."""
_RECT = re.compile(
    r'<rect fill="[#\w]+" stroke="[#\w]+"[^>]* x="([-\d.]+)" y="([-\d.]+)" '
    r'width="([\d.]+)" height="([\d.]+)"'
)
_TEXT = re.compile(
    r'<text x="([-\d.]+)" y="([-\d.]+)"( font-weight="bold")? font-size="([\d.]+)"[^>]*>([^<]*)<'
)
FEW = 40
"""Pictures that `make test` looks at."""
Box = tuple[float, float, float, float]
"""Left, top, right and bottom in points, y downwards."""


@dataclass(frozen=True)
class DrawnPicture:
    """Architecture as the page first shows it, in one of the two directions."""

    architecture: Architecture
    graph: Graph
    options: DiagramOptions
    svg: str


@pytest.fixture(
    scope="module",
    params=[FEW, pytest.param(random_architectures.COUNT, marks=pytest.mark.matrix)],
)
def pictures(request: pytest.FixtureRequest) -> list[DrawnPicture]:
    """Draw the same pictures each time: every second from left to right, every third as volumes."""
    specs = random_architectures.load()[: request.param]
    return [_picture(index, spec) for index, spec in enumerate(specs)]


def _picture(index: int, architecture: Architecture) -> DrawnPicture:
    graph = build(architecture).graph
    options = _options(graph, "horizontal" if index % 2 else "vertical")
    options = replace(options, level="volumes" if index % 3 == 1 else options.level)
    return DrawnPicture(architecture, graph, options, diagram.svg(graph, options))


def _options(graph: Graph, direction: Direction) -> DiagramOptions:
    return DiagramOptions(direction=direction, level=automatic_level(graph))


def texts(svg: str) -> Iterator[tuple[str, Box]]:
    """Yield each text, with the box around its letters."""
    for x, y, bold, size, letters in _TEXT.findall(svg):
        left, base, high = float(x), float(y), float(size)
        right = left + fonts.width(unescape(letters), high, bool(bold))
        yield letters, (left, base - 0.66 * high, right, base + 0.2 * high)


def meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def test_no_two_texts_overlap(pictures: list[DrawnPicture]) -> None:
    for picture in pictures:
        for (one, its), (other, theirs) in combinations(texts(picture.svg), 2):
            assert not meet(its, theirs), (one, other, picture.architecture)


def test_no_text_leaves_its_box(pictures: list[DrawnPicture]) -> None:
    boxes = 0
    for picture in pictures:
        for group in _GROUP.findall(picture.svg):
            x, y, width, height = map(float, _RECT.search(group).groups())  # type: ignore[union-attr]
            for text, (left, top, right, bottom) in texts(group):
                assert x <= left, (text, picture.architecture)
                assert right <= x + width, (text, picture.architecture)
                assert y <= top, (text, picture.architecture)
                assert bottom <= y + height, (text, picture.architecture)
                boxes += 1
    assert boxes > 20 * len(pictures)


def test_no_letter_is_too_small_at_first(pictures: list[DrawnPicture]) -> None:
    """Start the viewer with at least `readable_scale` pixels per point."""
    for picture in pictures:
        smallest = min(float(size) for *_, size, _ in _TEXT.findall(picture.svg))
        assert readable_scale(picture.svg) * smallest >= SMALLEST - 1e-6


def positions(graph: Graph, options: DiagramOptions) -> dict[str, tuple[float, float, float]]:
    """Return the middle of each node across the flow, and its size there.

    The third number is its distance along the flow from the inputs.
    """
    places: dict[str, tuple[float, float, float]] = {}
    for part in diagram.drawing(graph, options).parts:
        if part.role != "node":
            continue
        left, top, right, bottom = part.outlines[0].box
        if options.direction == "vertical":
            places[part.id] = (left + right) / 2, right - left, (top + bottom) / 2
        else:
            places[part.id] = (top + bottom) / 2, bottom - top, (left + right) / 2
    return places


def test_branches_stand_in_the_order_of_the_sidebar(pictures: list[DrawnPicture]) -> None:
    several = 0
    for picture in pictures:
        places = positions(picture.graph, picture.options)
        shown = diagram.at_level(picture.graph, picture.options)
        firsts = [
            places[next(node.id for node in shown.nodes if node.group == branch.name)]
            for branch in picture.architecture.inputs
        ]
        assert all(one[0] < other[0] for one, other in pairwise(firsts)), (
            picture.architecture.json_text()
        )
        several += len(firsts) > 1
    assert several > len(pictures) / 2
