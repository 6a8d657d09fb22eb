"""Patterns of print: one for each branch, in SVG, PDF and PNG, and never under text."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pypdf
import pytest
from PIL import Image, ImageChops

from components.core.graph import Graph
from components.model.builder import build
from components.model.spec import parse
from components.render import diagram, pictures
from components.render.options import DiagramOptions, Level
from components.render.palette import PRINT, THEMES
from components.render.pictures import FileSize
from tests.render.test_picture_rules import texts

INK = "#757575"
SCALE = 4
"""A line of a PNG is then wide enough to have its own colour in the middle."""
LEVELS: tuple[Level, ...] = ("blocks", "layers", "everything")
_PATH = re.compile(rf'<path fill="none" stroke="{INK}"[^>]*d="([^"]+)"/>')
_LINE = re.compile(r"M([-\d.]+),([-\d.]+)L([-\d.]+),([-\d.]+)")


@pytest.fixture(scope="module")
def six() -> Graph:
    """A branch of each hue."""
    encoder = {"kind": "dense", "depth": 1}
    names = [f"v{place}" for place in range(6)]
    inputs = [{"name": n, "kind": "vector", "features": 5, "encoder": encoder} for n in names]
    merge = {"name": "m", "kind": "concatenate", "sources": names}
    head = {"name": "y", "kind": "binary", "source": "m"}
    return build(parse({"inputs": inputs, "merges": [merge], "heads": [head]})).graph


def patterns(svg: str) -> Iterator[list[tuple[float, float, float, float]]]:
    for path in _PATH.finditer(svg):
        yield [tuple(map(float, line)) for line in _LINE.findall(path[1])]  # type: ignore[misc]


def ways(lines: list[tuple[float, float, float, float]]) -> frozenset[tuple[int, int]]:
    """The directions of lines, as signs of how far they lead to the right and down."""
    found = set()
    for a, b, c, d in lines:
        across, down = round(c - a, 1), round(d - b, 1)
        found.add((int(across != 0), 0 if not down else 1 if across * down >= 0 else -1))
    return frozenset(found)


@pytest.mark.parametrize("level", LEVELS)
def test_branches_and_their_swatches_have_patterns_of_their_own(six: Graph, level: Level) -> None:
    found = [
        ways(p) for p in patterns(diagram.svg(six, DiagramOptions(theme="print", level=level)))
    ]
    assert len(found) == len(set(found)) == len(PRINT.branches)
    legend = diagram.svg(six, DiagramOptions(theme="print", level=level, legend=True))
    assert sorted(map(sorted, map(ways, patterns(legend)))) == sorted(map(sorted, [*found, *found]))


@pytest.mark.parametrize("name", [name for name in THEMES if name != "print"])
def test_themes_with_hues_have_none(six: Graph, name: str) -> None:
    assert INK not in diagram.svg(six, DiagramOptions(theme=name, legend=True))  # type: ignore[arg-type]


@pytest.mark.parametrize("level", LEVELS)
def test_no_line_lies_under_text(six: Graph, level: Level) -> None:
    """Cards are drawn later and cover what is behind them: titles of groups are left."""
    svg = diagram.svg(six, DiagramOptions(theme="print", level=level, legend=True))
    for holder in re.findall(r'<g id="[^"]*" class="(?:cluster|node)">.*?</g>', svg, re.S):
        for a, b, c, d in (line for lines in patterns(holder) for line in lines):
            for _, (left, top, right, bottom) in texts(holder):
                beside = max(a, c) < left or min(a, c) > right
                assert beside or max(b, d) < top or min(b, d) > bottom


def dark(data: bytes) -> Image.Image:
    """Where a PNG has the ink of patterns."""
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    apart = ImageChops.difference(picture, Image.new("RGB", picture.size, INK)).convert("L")
    return apart.point(lambda value: 255 if value == 0 else 0)


@pytest.mark.parametrize("level", ["blocks", pytest.param("layers", marks=pytest.mark.matrix)])
def test_png_has_the_same_lines(six: Graph, level: Level) -> None:
    look = DiagramOptions(theme="print", level=level, transparent=False)
    svg = diagram.svg(six, look)
    inked = dark(diagram.png(six, look, SCALE))
    dx, dy = map(float, re.findall(r"translate\(([-\d.]+) ([-\d.]+)\)", svg)[0])
    for lines in patterns(svg):
        xs = [x for a, _, c, _ in lines for x in (a, c)]
        ys = [y for _, b, _, d in lines for y in (b, d)]
        box = [
            round((at + shift) * SCALE * 96 / 72)
            for at, shift in zip(
                (min(xs), min(ys), max(xs), max(ys)), (dx, dy, dx, dy), strict=True
            )
        ]
        assert inked.crop((box[0], box[1], box[2], box[3])).getbbox() is not None
    plain = dark(
        diagram.png(six, DiagramOptions(theme="light", level=level, transparent=False), SCALE)
    )
    assert sum(inked.histogram()[255:]) > 10 * sum(plain.histogram()[255:])


def test_png_stays_transparent_and_keeps_its_size(six: Graph) -> None:
    data = pictures.render(six, "png", DiagramOptions(theme="print"), FileSize(1))
    picture = Image.open(io.BytesIO(data))
    assert picture.getpixel((1, 1))[3] == 0  # type: ignore[index]
    assert picture.info["dpi"] == pytest.approx((96, 96), abs=0.1)


def test_pdf_holds_the_lines(six: Graph) -> None:
    look = DiagramOptions(theme="print")
    page = pypdf.PdfReader(io.BytesIO(pictures.render(six, "pdf", look))).pages[0]
    drawn = page.get_contents()
    assert drawn is not None
    lines = sum(map(len, patterns(diagram.svg(six, look))))
    assert drawn.get_data().count(b" l") >= lines > 100


def test_layers_in_columns_keep_the_pattern_of_their_branch(six: Graph) -> None:
    """They stand in no box then: each card has a strip."""
    svg = diagram.svg(six, DiagramOptions(theme="print", fold=2))
    assert 'class="cluster"' not in svg
    assert len({ways(lines) for lines in patterns(svg)}) == len(PRINT.branches)
