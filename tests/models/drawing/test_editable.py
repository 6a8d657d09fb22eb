"""Pictures to be edited in other programs, read back as each program reads them."""

from __future__ import annotations

import io
import json
import re
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from pptx import Presentation

from components.models.architecture.builder import Blueprint, build
from components.models.drawing import diagram
from components.models.drawing.diagram_svg import MM
from components.models.drawing.options import DiagramOptions, Direction
from components.models.drawing.shapes import ShapePicture, number_text, picture
from components.models.language.graph import Graph, Group, Node
from components.sharing.formats import PICTURES
from components.sharing.formats.tikz import TikzPicture
from sample_data.content import presets

NASTY = '<b>&"x"\\ `|`* _{}[]$%#~^ end'
LOOK = DiagramOptions(title="A title", caption="A caption.", legend=True, transparent=False)


def skipping(name: str = "chain") -> Graph:
    """Return a chain of four, whose last reads the first twice."""
    nodes = tuple(
        Node(id, NASTY, id, "chain", tuple(sources), (4,), "float32", 1)
        for id, *sources in (("a",), ("b", "a"), ("c", "b"), ("d", "c", "a", "a"))
    )
    return Graph(name, nodes, (Group("chain", "branch", NASTY, 0),))


@pytest.fixture(params=["preset", "skipping"])
def graph(request: pytest.FixtureRequest) -> Graph:
    if request.param == "skipping":
        return skipping(NASTY)
    blueprint: Blueprint = request.getfixturevalue("relevance")
    return blueprint.graph


@pytest.fixture
def drawn(graph: Graph) -> ShapePicture:
    return picture(graph, LOOK)


def test_shapes_are_those_of_the_diagram(preset: Blueprint) -> None:
    graph = preset.graph
    drawn, shown = picture(graph, LOOK), diagram.at_level(graph, LOOK)
    assert [card.id for card in drawn.cards] == [node.id for node in shown.nodes]
    edges = [(edge.source, edge.target) for edge in shown.edges()]
    assert sorted((a.source, a.target) for a in drawn.arrows) == sorted(edges)
    assert len({arrow.id for arrow in drawn.arrows}) == len(edges)
    for card in drawn.cards:
        assert shown[card.id].layer.removesuffix("Layer") in card.text
        if card.frame:
            assert card.frame == f"group_{shown[card.id].group}"
            left, top, right, bottom = drawn.box(card.frame)
            x, y, to_x, to_y = card.outline.box
            assert left < x < to_x < right
            assert top < y < to_y < bottom
    for arrow in drawn.arrows:
        for id, (x, y) in ((arrow.source, arrow.points[0]), (arrow.target, arrow.points[-1])):
            left, top, right, bottom = drawn.box(id)
            assert left - 2 <= x <= right + 2
            assert top - 2 <= y <= bottom + 2


def texts(shapes: Any) -> list[str]:
    found = []
    for shape in shapes:
        if hasattr(shape, "shapes"):
            found += texts(shape.shapes)
        elif shape.has_text_frame and shape.text_frame.text:
            found.append(shape.text_frame.text)
    return found


def cards_by_number(shapes: Any) -> dict[int, str]:
    found: dict[int, str] = {}
    for shape in shapes:
        found |= cards_by_number(shape.shapes) if hasattr(shape, "shapes") else {}
        found[shape.shape_id] = shape.name
    return found


@pytest.mark.parametrize("direction", ["vertical", "horizontal"])
def test_powerpoint_has_text_and_glued_connectors(graph: Graph, direction: Direction) -> None:
    look = DiagramOptions(direction, title="A title", caption="A caption.")
    drawn = picture(graph, look)
    slide = Presentation(io.BytesIO(PICTURES["pptx"]().write(graph, look))).slides[0]
    shown = texts(slide.shapes)
    assert {card.text for card in drawn.cards} <= set(shown)
    assert "A title" in shown
    assert slide.notes_slide.notes_text_frame.text == "A caption."
    names = cards_by_number(slide.shapes)
    lines = [shape for shape in slide.shapes if shape.shape_type == 9]
    joined = [
        tuple(names[int(end.get("id"))] for end in line._element.nvCxnSpPr.cNvCxnSpPr)
        for line in lines
    ]
    assert joined == [(arrow.source, arrow.target) for arrow in drawn.arrows]


def test_connector_passes_cards_between_its_ends() -> None:
    drawn, data = picture(skipping(), LOOK), PICTURES["pptx"]().write(skipping(), LOOK)
    bows = [
        shape._element.spPr.prstGeom
        for shape in Presentation(io.BytesIO(data)).slides[0].shapes
        if shape.shape_type == 9 and shape.name == "a → d"
    ]
    assert len(bows) == sum(arrow.source == "a" and arrow.target == "d" for arrow in drawn.arrows)
    assert {bow.get("prst") for bow in bows} == {"curvedConnector3"}


def box_of(shape: Any) -> tuple[int, int, int, int]:
    return shape.left, shape.top, shape.left + shape.width, shape.top + shape.height


def test_connector_goes_round_frames_and_a_title_stays_above_it() -> None:
    """Route the connector past `watched`, whose frame a straight line from `user` would cross."""
    graph = build(presets.load("two_tower")).graph
    file = io.BytesIO(PICTURES["pptx"]().write(graph, DiagramOptions()))
    shapes = list(Presentation(file).slides[0].shapes)
    named = {shape.name: shape for shape in shapes}
    line = named["user_flatten → user_tower_concatenate"]
    assert line._element.spPr.prstGeom.get("prst") == "bentConnector2"
    left, top, right, bottom = box_of(line)  # Before it is turned by 90 degrees.
    middle, half = (left + right) // 2, (bottom - top) // 2
    *_, low = box_of(named["watched"])
    begin, reach = middle - half, (top + bottom + right - left) // 2
    assert begin < named["watched"].left
    assert low < reach
    crossed = [shapes.index(shape) for shape in shapes if shape.name.endswith("_concatenate")]
    assert shapes.index(named["title of user_tower"]) > max(crossed)
    assert "title of user" not in named


def test_shapes_of_powerpoint_have_alternative_texts(graph: Graph) -> None:
    slide = Presentation(io.BytesIO(PICTURES["pptx"]().write(graph, LOOK))).slides[0]
    assert slide.shapes.title.text == "A title"
    assert slide.shapes.title.top + slide.shapes.title.height < 0
    described = {
        shape.name: shape._element._nvXxPr.cNvPr.get("descr")
        for shape in slide.shapes
        if shape.shape_type in (6, 9)  # Groups and connectors.
    }
    drawn = picture(graph, LOOK)
    assert len(described) > len(drawn.frames)
    assert all(described.values())
    assert described[drawn.arrows[0].name].startswith("Arrow from")


def test_drawio_holds_cards_in_frames_and_arrows_at_cards(
    graph: Graph, drawn: ShapePicture
) -> None:
    file = PICTURES["drawio"]().write(graph, LOOK)
    cells = {cell.attrib["id"]: cell for cell in ElementTree.fromstring(file).iter("mxCell")}
    cards = [cells[f"layer {card.id}"] for card in drawn.cards]
    assert [card.attrib["parent"] for card in cards] == [c.frame or "page" for c in drawn.cards]
    for card, cell in zip(drawn.cards, cards, strict=True):
        words = ElementTree.fromstring(
            f"<p>{cell.attrib['value'].replace('<br>', ' ').replace('&nbsp;', ' ')}</p>"
        )
        assert "".join(words.itertext()).split() == card.text.split()
    arrows = [cell for cell in cells.values() if "edge" in cell.attrib]
    ends = [(arrow.attrib["source"], arrow.attrib["target"]) for arrow in arrows]
    assert ends == [(f"layer {arrow.source}", f"layer {arrow.target}") for arrow in drawn.arrows]
    assert {*sum(ends, ())} <= set(cells)
    both = ElementTree.fromstring(PICTURES["drawio.svg"]().write(graph, LOOK))
    assert both.attrib["content"].encode() == file
    assert both.tag.endswith("svg")


def test_excalidraw_binds_arrows_and_cards_to_each_other(graph: Graph, drawn: ShapePicture) -> None:
    file = json.loads(PICTURES["excalidraw"]().write(graph, LOOK))
    elements = {element["id"]: element for element in file["elements"]}
    assert len(elements) == len(file["elements"])
    arrows = [element for element in elements.values() if element["type"] == "arrow"]
    assert len(arrows) == len(drawn.arrows)
    for arrow in arrows:
        for end in ("startBinding", "endBinding"):
            card = elements[arrow[end]["elementId"]]
            assert {"type": "arrow", "id": arrow["id"]} in card["boundElements"]
    for card in drawn.cards:
        groups = elements[f"card {card.id}"]["groupIds"]
        inside = [e["text"] for e in file["elements"] if groups == e["groupIds"] and "text" in e]
        assert inside == [text.text for line in card.lines for text in line]
        assert card.frame in (*groups, "")


def test_tikz_draws_arrows_between_the_nodes_it_has(graph: Graph, drawn: ShapePicture) -> None:
    text = PICTURES["tikz"]().write(graph, LOOK).decode()
    assert text.startswith(r"\documentclass")
    assert TikzPicture(standalone=False).write(graph, LOOK).decode() in text
    corner = f"({number_text(drawn.width)}, {number_text(drawn.height)})"
    assert rf"\useasboundingbox (0, 0) rectangle {corner};" in text
    code = "\n".join(line for line in text.splitlines() if not line.startswith("%"))
    bare = re.sub(r"\\[{}$%&#_]", "", code)
    depths = [0]
    for letter in re.findall("[{}]", bare):
        depths.append(depths[-1] + (1 if letter == "{" else -1))
    assert min(depths) == depths[-1] == 0
    known = re.findall(r"\((n\d+)\) at", code)
    drawn_arrows = re.findall(r"\\draw\[arrow.*?\] \((n\d+)\).*\((n\d+)\);", code)
    assert len(drawn_arrows) == len(drawn.arrows)
    assert {*sum(drawn_arrows, ())} <= set(known)
    wanted = set(re.findall(r"fp[0-9A-F]{6}", code))
    assert wanted == set(re.findall(r"definecolor\{(fp[0-9A-F]{6})\}", code))


def test_tikz_is_as_wide_as_was_chosen() -> None:
    drawn, text = picture(skipping(), LOOK), TikzPicture(width=85).write(skipping(), LOOK).decode()
    width, height = map(float, re.findall(r"paper(?:width|height)=([\d.]+)bp", text))
    assert width == pytest.approx(85 * MM, abs=0.1)
    assert height == pytest.approx(width * drawn.height / drawn.width, abs=0.1)
    assert r"\resizebox{85mm}{!}{%" in text
    bare = TikzPicture(width=85, standalone=False).write(skipping(), LOOK).decode()
    assert bare.startswith(r"\resizebox{85mm}{!}{%")
    assert bare in text


def test_bends_lie_on_the_curve() -> None:
    for arrow in picture(skipping(), LOOK).arrows:
        heights = [arrow.points[0][1], *(y for _, y in arrow.bends), arrow.points[-1][1]]
        assert all(one <= other for one, other in pairwise(heights))
