"""Pictures as files: golden ones in all themes and levels, and rules of each format."""

from __future__ import annotations

import base64
import io
import itertools
import math
import os
import re
import zipfile
from collections.abc import Iterator
from typing import Any, get_args
from xml.etree import ElementTree

import hypothesis
import pypdf
import pytest
from fontTools.ttLib import TTFont
from hypothesis import assume, given
from PIL import Image

from components.base.errors import FileError, ShapeError
from components.base.paths import ROOT
from components.models.architecture.architecture import Architecture, parse
from components.models.architecture.builder import Blueprint, build, sketch
from components.models.architecture.costs import costs_of
from components.models.drawing import blocks, caption, diagram, fonts, interactive
from components.models.drawing.cards import node_card
from components.models.drawing.diagram_svg import MM
from components.models.drawing.options import DiagramOptions, Level
from components.models.drawing.palette import PRINT, THEMES, contrast
from components.models.drawing.paper import A4, SMALLEST_LETTERS, fitted_to_page, page_for
from components.models.language.graph import Graph, Group, Node
from components.sharing.code import archive
from components.sharing.formats import FORMATS, PICTURES, TABLES, media_type, picture_format
from components.sharing.formats.mermaid import flowchart
from components.sharing.formats.pdf import PdfPicture
from components.sharing.formats.png import PngPicture
from components.sharing.formats.svg import SvgPicture
from sample_data.content import presets
from tests.strategies import fitting_architectures

SNAPSHOTS = ROOT / "tests" / "snapshots"
SVG = "{http://www.w3.org/2000/svg}"
LEVELS: tuple[Level, ...] = get_args(Level)
NASTY = '<b>&"x"\\ `|`* _{}[]$%#~^ end'


def full(theme: str, level: Level, **more: Any) -> DiagramOptions:
    given_ = {"legend": True, "title": "A title", "caption": "A caption.", "transparent": False}
    return DiagramOptions(theme=theme, level=level, **{**given_, **more})  # type: ignore[arg-type]


NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
"""Number in a picture; processors differ in its last digit."""
GOLDEN = [
    *(full("light", level) for level in LEVELS),
    full("dark", "layers"),
    full("print", "blocks"),
    full("colour-blind", "volumes"),
]
"""Each level and each theme, not their product: levels share colours, and themes share layouts."""


# Golden pictures


def same_picture(one: str, other: str) -> bool:
    """Return `True` if two pictures differ at most in the last digits of places."""
    if NUMBER.sub("0", one) != NUMBER.sub("0", other):
        return False
    places, others = (list(map(float, NUMBER.findall(svg))) for svg in (one, other))
    return places == pytest.approx(others, abs=0.05)


@pytest.mark.parametrize("look", GOLDEN, ids=lambda look: f"{look.level}-{look.theme}")
def test_golden_picture_is_as_it_was(relevance: Blueprint, look: DiagramOptions) -> None:
    """Rewrite the golden pictures with `UPDATE_SNAPSHOTS=1`, and look at each change."""
    kept = SNAPSHOTS / "pictures" / f"{look.level}_{look.theme}.svg"
    text = diagram.svg(relevance.graph, look)
    before = kept.read_text(encoding="utf-8") if kept.exists() else ""
    if os.environ.get("UPDATE_SNAPSHOTS") == "1" and not same_picture(text, before):
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(text, encoding="utf-8")
        before = text
    assert same_picture(text, before)


# Nothing is cut off


def boxes(svg: str) -> Iterator[tuple[str, float, float, float, float]]:
    """Yield each text with its left, top, right and bottom in the coordinates of the viewBox."""
    for text in ElementTree.fromstring(svg).iter(f"{SVG}text"):
        shown_text, size = text.text or "", float(text.attrib["font-size"])
        left, base = float(text.attrib["x"]), float(text.attrib["y"])
        wide = fonts.width(shown_text, size, text.attrib.get("font-weight") == "bold")
        yield shown_text, left, base - 0.8 * size, left + wide, base + 0.22 * size


def inside_the_page(svg: str) -> bool:
    _, _, width, height = map(float, ElementTree.fromstring(svg).attrib["viewBox"].split())
    return all(
        left >= 0 and top >= 0 and right <= width and bottom <= height
        for _, left, top, right, bottom in boxes(svg)
    )


LONG = "A title that is much longer than any picture it might stand above " * 3


@pytest.mark.parametrize("level", LEVELS)
def test_nothing_is_outside_the_page(relevance: Blueprint, level: Level) -> None:
    for direction, dense in itertools.product(("vertical", "horizontal"), (False, True)):
        more = {"direction": direction, "dense": dense, "title": LONG, "caption": LONG + "x" * 200}
        assert inside_the_page(diagram.svg(relevance.graph, full("print", level, **more)))


@pytest.mark.matrix
@hypothesis.settings(max_examples=10)
@given(fitting_architectures())
def test_every_architecture_is_drawn_whole(architecture: Architecture) -> None:
    try:
        graph = build(architecture).graph
    except ShapeError:
        assume(False)
        raise
    for level in LEVELS:
        svg = diagram.svg(graph, full("colour-blind", level, caption=caption.text(graph)))
        assert inside_the_page(svg)
    drawn, whole = list(ElementTree.fromstring(svg).iter(f"{SVG}g")), graph.drawn()
    nodes = [g.attrib["id"] for g in drawn if g.attrib.get("class") == "node"]
    assert sorted(nodes) == sorted(node.id for node in whole.nodes)
    assert sum(g.attrib.get("class") == "edge" for g in drawn) == len(list(whole.edges()))
    layers = interactive.figure(graph, costs_of(graph)).data[0]
    assert all(math.isfinite(number) for number in (*layers.x, *layers.y))
    assert {name for (name,) in layers.customdata} == {node.id for node in whole.nodes}


def test_sketch_is_drawn_at_every_level() -> None:
    plain = {"kind": "vector", "encoder": {"kind": "passthrough", "depth": 0}}
    inputs = [{**plain, "name": "a", "features": 3}, {**plain, "name": "b", "features": 4}]
    merge = {"name": "sum", "kind": "add", "sources": ["a", "b"]}
    head = {"name": "y", "kind": "binary", "source": "sum"}
    graph = sketch(parse({"inputs": inputs, "merges": [merge], "heads": [head]})).graph
    for look in GOLDEN:
        shown_text = [text for text, *_ in boxes(diagram.svg(graph, look))]
        assert any("does not fit" in text for text in shown_text)
    assert "Sum does not fit." in caption.text(graph)


# Blocks


def test_blocks_are_the_groups(preset: Blueprint) -> None:
    graph = preset.graph
    whole = blocks.block_graph(graph)
    assert [node.id for node in whole.nodes] == [group.id for group in graph.groups]
    found = costs_of(graph)
    for node in whole.nodes:
        assert node.parameters == found.groups[node.id].parameters
        inside = [n for n in graph.drawn().nodes if n.group == node.id and n.layer != "InputLayer"]
        assert sum(blocks.layer_counts(node).values()) == len(inside)
    joined = {
        (graph[edge.source].group, graph[edge.target].group)
        for edge in graph.edges()
        if graph[edge.source].group != graph[edge.target].group
    }
    assert {(edge.source, edge.target) for edge in whole.edges()} == joined


def test_groups_that_read_each_other_are_condensed() -> None:
    """Condense groups as in models from elsewhere, whose groups are made from names."""

    def node(id: str, group: str, *sources: str) -> Node:
        return Node(id, "Dense", id, group, sources, (4,), "float32", 1)

    nodes = (node("a1", "a"), node("b1", "b", "a1"), node("a2", "a", "b1"))
    groups = (Group("a", "trunk", "a", 0), Group("b", "trunk", "b", 0), Group("c", "head", "c", 0))
    whole = blocks.block_graph(Graph("g", nodes, groups))
    assert {(edge.source, edge.target) for edge in whole.edges()} == {("a", "b"), ("b", "a")}
    assert [node.parameters for node in whole.nodes] == [2, 1]
    assert diagram.svg(Graph("g", nodes, groups), DiagramOptions(level="blocks"))


# SVG that stands alone


def test_svg_holds_its_font_and_its_words(relevance: Blueprint) -> None:
    svg = SvgPicture().write(relevance.graph, full("light", "layers")).decode()
    root = ElementTree.fromstring(svg)
    named = root.attrib["aria-labelledby"].split()
    shown_text = [next(e.text for e in root.iter() if e.attrib.get("id") == id) for id in named]
    assert shown_text == ["A title", caption.text(relevance.graph)]
    faces = re.findall(r"base64,([A-Za-z0-9+/=]+)", svg)
    spans = list(root.iter(f"{SVG}tspan"))
    letters = "".join(span.text or "" for span in spans)
    held = [TTFont(io.BytesIO(base64.b64decode(face))) for face in faces]
    assert {ord(letter) for letter in letters} <= {*held[0].getBestCmap(), *held[1].getBestCmap()}
    assert not {"GPOS", "GSUB"} & {*held[0].keys(), *held[1].keys()}
    assert len(svg) < 60_000


def test_texts_of_an_svg_file_flow_in_any_font(relevance: Blueprint) -> None:
    """Flow without the file's font: other programs write in Helvetica, at the layout's size."""
    root = ElementTree.fromstring(SvgPicture().write(relevance.graph, DiagramOptions()))
    texts = [list(text) for text in root.iter(f"{SVG}text")]
    (conv,) = (spans for spans in texts if spans[0].text == "Conv2D")
    assert [span.text for span in conv] == ["Conv2D", "32 · 3×3 · relu"]
    assert [span.get("dx") for span in conv] == [None, "7"]
    assert {span.attrib["font-size"] for spans in texts for span in spans} == {"14", "11"}
    attributes = {name for spans in texts for span in spans for name in span.attrib}
    assert attributes == {"dx", "fill", "font-size", "font-weight"}
    (style,) = (style.text or "" for style in root.iter(f"{SVG}style"))
    assert style.count(f"size-adjust:{15 / 14:.2%}") == style.count("@font-face") == 2


# PNG


def test_png_has_its_size_and_its_resolution(relevance: Blueprint) -> None:
    look = full("light", "blocks")
    picture = Image.open(io.BytesIO(PngPicture().write(relevance.graph, look)))
    sides = [side * 192 / 72 for side in diagram.size(relevance.graph, look)]
    assert picture.size == pytest.approx(sides, abs=4)
    assert picture.info["dpi"] == pytest.approx((192, 192), abs=0.1)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_background_is_the_themes_or_transparent(relevance: Blueprint, theme: Any) -> None:
    """Put the theme's page behind texts, as a transparent picture may lie on any colour."""
    page = tuple(bytes.fromhex(theme.page[1:]))
    for transparent in (True, False):
        look = full(theme.name, "blocks", transparent=transparent)
        data = PngPicture().write(relevance.graph, look)
        pixel = Image.open(io.BytesIO(data)).convert("RGBA").getpixel((1, 1))
        assert pixel == (*page, 255) if not transparent else pixel[3] == 0  # type: ignore[index]
    clear = diagram.drawing(relevance.graph, full(theme.name, "blocks", transparent=True))
    around = [part for part in clear.parts if part.role == "legend"]
    assert len(around) == 2
    for part in around:
        left, top, right, bottom = part.outlines[0].box
        assert part.outlines[0].fill == theme.page
        for text in part.texts:
            assert contrast(theme.page, text.color) >= 4.5
            assert left <= text.x <= text.x + text.width <= right
            assert top <= text.y <= bottom


# Width in millimetres


def test_width_in_millimetres_is_that_of_the_file(relevance: Blueprint) -> None:
    graph, look = relevance.graph, full("light", "blocks")
    width, height = diagram.size(graph, look)
    root = ElementTree.fromstring(SvgPicture(width=85).write(graph, look))
    assert root.attrib["width"] == "85mm"
    assert float(root.attrib["height"].removesuffix("mm")) == pytest.approx(
        85 * height / width, abs=0.1
    )
    reader, text = read(PdfPicture(width=85).write(graph, look))
    assert float(reader.pages[0].mediabox.width) / MM == pytest.approx(85, abs=0.1)
    assert "A caption." in text.replace("\xa0", " ")


@pytest.mark.parametrize(
    ("ending", "choices", "sentence"),
    [
        ("svg", {"width": 9.0}, "`width` of the SVG file can't be 9.0. Use 10 or more"),
        ("pdf", {"width": 2001.0}, "`width` of the PDF file can't be 2001.0. Use 2,000 or less"),
        ("svg", {"width": math.nan}, "`width` of the SVG file needs a finite number, not nan"),
        ("pdf", {"page": "A3"}, "`page` of the PDF file can't be `A3`. (Did|Choose)"),
        ("png", {"width": 85.0}, "PNG files can't have `width`"),
    ],
)
def test_choices_that_a_format_does_not_take_are_reported(
    ending: str, choices: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(FileError, match=sentence):
        picture_format(ending, choices)


# PDF


def read(data: bytes) -> tuple[pypdf.PdfReader, str]:
    reader = pypdf.PdfReader(io.BytesIO(data))
    assert len(reader.pages) == 1
    return reader, reader.pages[0].extract_text()


def test_pdf_has_text_its_font_its_title_and_a_background(relevance: Blueprint) -> None:
    look = full("light", "layers")
    reader, text = read(PdfPicture().write(relevance.graph, look))
    for shown_text in ("Conv2D", "3,936,384 params (96.7 %)", "128 + 128 → 256", "A caption."):
        assert shown_text in text.replace("\xa0", " ")
    assert 4 * "\N{NO-BREAK SPACE}" + " 257 params" in text
    assert reader.metadata is not None
    assert reader.metadata.title == "A title"
    assert reader.metadata.subject == caption.text(relevance.graph)
    box = reader.pages[0].mediabox
    sides = diagram.size(relevance.graph, look)
    assert (float(box.width), float(box.height)) == pytest.approx(sides, abs=0.1)
    fonts_ = reader.pages[0]["/Resources"]["/Font"].get_object()  # type: ignore[index]
    clear, filled = (full("dark", "blocks", transparent=given) for given in (True, False))
    assert PdfPicture().write(relevance.graph, clear) == PdfPicture().write(relevance.graph, filled)
    assert all("SourceSans3" in str(font.get_object()["/BaseFont"]) for font in fonts_.values())


def test_what_fits_on_a_page_is_readable(preset: Blueprint) -> None:
    look = full("light", "blocks", caption=caption.text(preset.graph))
    shown = fitted_to_page(preset.graph, look)
    reader, text = read(PdfPicture(page="A4").write(preset.graph, look))
    page = [float(side) for side in reader.pages[0].mediabox[2:]]
    assert sorted(page) == pytest.approx(A4, abs=0.1)
    width, height = diagram.size(preset.graph, shown)
    assert shown.small * min(page[0] / width, page[1] / height, 1) >= SMALLEST_LETTERS
    assert preset.graph.groups[0].title in text


def chain(length: int) -> Graph:
    nodes = tuple(
        Node(f"n{i}", "Dense", f"n{i}", "g", (f"n{i - 1}",) * bool(i), (4,), "float32", 20)
        for i in range(length)
    )
    return Graph("chain", nodes, (Group("g", "trunk", "chain", 0),))


def test_a_long_picture_is_denser_on_a_page_and_one_that_is_too_large_is_refused() -> None:
    assert fitted_to_page(chain(25), DiagramOptions()).dense
    with pytest.raises(FileError, match=r"at least 6 pt.*Show blocks"):
        PdfPicture(page="A4").write(chain(400), full("light", "everything"))


def residual(blocks: int) -> Graph:
    """Return a chain of blocks of a layer, its normalization, a skip around them and a ReLU."""
    nodes = [Node("in", "InputLayer", "in", "g", (), (8, 8, 4), "float32", 0)]
    for block in range(blocks):
        start = before = nodes[-1].id
        for name, weights in {"Conv2D": 20, "BatchNormalization": 20, "Add": 0, "ReLU": 0}.items():
            id, reads = f"{name}_{block}", (before, start)[: 1 + (name == "Add")]
            nodes.append(Node(id, name, id, "g", reads, (8, 8, 4), "float32", weights))
            before = id
    return Graph("residual", tuple(nodes), (Group("g", "trunk", "residual", 0),))


def test_a_tall_picture_is_folded_into_columns_that_can_be_read_on_a_page() -> None:
    graph = chain(76)
    look = fitted_to_page(graph, DiagramOptions())
    assert look.fold
    assert not look.joined
    scale, _ = page_for(*diagram.size(graph, look))
    assert look.small * scale >= SMALLEST_LETTERS


def test_where_columns_are_not_enough_layers_that_keep_the_shape_share_a_card() -> None:
    graph = residual(44)
    look = fitted_to_page(graph, DiagramOptions())
    assert look.joined
    assert look.fold
    assert len(diagram.at_level(graph, look).nodes) == 1 + 2 * 44
    svg = diagram.svg(graph, look)
    assert svg.count(">BatchNormalization<") == svg.count(">ReLU<") == 44
    assert svg.count("40 params") == 44


def test_a_column_ends_where_one_edge_goes_on_and_columns_are_in_order() -> None:
    places: dict[str, float] = {}
    for part in diagram.drawing(residual(6), DiagramOptions(fold=11)).parts:
        if part.role == "node":
            left, _, right, _ = part.outlines[0].box
            places[part.id] = (left + right) / 2
    for before, after in (("Add_1", "ReLU_1"), ("Add_3", "ReLU_3")):
        assert places[after] > places[before] + 100
    for before, after in (("Add_0", "ReLU_0"), ("ReLU_0", "Conv2D_1"), ("Add_2", "ReLU_2")):
        assert abs(places[after] - places[before]) < 100


def test_missing_letters_are_reported(relevance: Blueprint) -> None:
    look = full("light", "blocks", title="図")
    for form in (PngPicture(), PdfPicture()):
        with pytest.raises(FileError, match="\\(図\\)"):
            form.check(relevance.graph, look)
        with pytest.raises(FileError, match="\\(図\\)"):
            form.write(relevance.graph, look)
    assert "図" in SvgPicture().write(relevance.graph, look).decode()


# Every format


def test_every_format_names_itself() -> None:
    assert {*PICTURES, *TABLES} == set(FORMATS)
    assert len(PICTURES) > 1
    assert len(TABLES) > 1
    for ending, form in FORMATS.items():
        assert form.title
        assert form.about
        assert media_type(f"a.{ending}") == form.mime
    assert media_type("a.zip") == "application/zip"
    assert media_type("a.unknown") == "application/octet-stream"


@pytest.mark.parametrize("ending", PICTURES)
def test_every_picture_is_the_same_each_time(relevance: Blueprint, ending: str) -> None:
    again, look = build(relevance.architecture).graph, full("print", "layers")
    form = PICTURES[ending]()
    assert form.write(again, look) == form.write(relevance.graph, look)


# The print theme


def test_print_tells_branches_apart_by_grey_and_border() -> None:
    looks = [(tones.stroke, tones.width) for tones in PRINT.branches]
    assert len(set(looks)) == len(looks)
    for one, other in itertools.pairwise(PRINT.branches):
        assert contrast(one.wash, other.wash) > 1.1
        assert contrast(one.solid, other.solid) > 1.1


# Mermaid

_ID = r"[A-Za-z]\w*"
_LOOK = r"fill:#\w{6},stroke:#\w{6},color:#\w{6},stroke-width:\dpx(,stroke-dasharray:\d \d)?"
_LINES = [
    rf"subgraph {_ID}\[\"[^\"]*\"\]",
    "end",
    r"n_\w*\(\"[^\"]*\"\)",
    r"n_\w* (-->|-\.->) n_\w*",
    rf"style {_ID} {_LOOK}",
    rf"classDef {_ID} {_LOOK}",
    rf"class n_\w*(,n_\w*)* {_ID}",
]


def check_mermaid(text: str) -> None:
    if text.startswith("---\n"):
        _, front, text = text.split("---\n", 2)
        assert re.fullmatch(r'title: "(\\.|[^"\\\n])*"\n', front)
    lines = [line.strip() for line in text.splitlines() if not line.startswith("%% ")]
    assert re.fullmatch("flowchart (TB|LR)", lines[0])
    for line in lines[1:]:
        assert any(re.fullmatch(pattern, line) for pattern in _LINES), line
    assert sum(line.startswith("subgraph") for line in lines) == lines.count("end")


@pytest.mark.parametrize("look", GOLDEN, ids=lambda look: f"{look.level}-{look.theme}")
def test_mermaid_is_a_flowchart(preset: Blueprint, look: DiagramOptions) -> None:
    text = flowchart(preset.graph, look)
    check_mermaid(text)
    shown = diagram.at_level(preset.graph, look)
    assert sum("-->" in line for line in text.splitlines()) == len(list(shown.edges()))
    assert all(group.title in text for group in preset.graph.groups)


def test_mermaid_ids_are_apart() -> None:
    nodes = tuple(
        Node(id, "Dense", id, "g", (), (1,), "float32", 0) for id in ("end", "a/b", "a.b", "a_b")
    )
    text = flowchart(Graph("g", nodes, (Group("g", "trunk", "g", 0),)))
    check_mermaid(text)
    assert len(set(re.findall(r"(n_\w*)\(", text))) == 4


def test_a_note_that_only_repeats_the_name_is_left_out(relevance: Blueprint) -> None:
    """Compare without case: in the picture, `image` is bold and `Image` is not."""
    titles = re.findall(r'subgraph g\d\["(.*)"\]', flowchart(relevance.graph))
    assert titles == ["image", "text Embeddings"]
    assert caption.text(relevance.graph).startswith("Two branches: image of 64 × 64 × 3 through")


# Zip


@pytest.mark.matrix
def test_pack_holds_everything_and_a_list_of_it() -> None:
    architecture, extra = presets.load("independent_predictions"), {"model.py": b"x = 1\n"}
    graph, look = build(architecture).graph, DiagramOptions(legend=True, title=NASTY)
    data = archive.model_archive(architecture, graph, costs_of(graph), look, extra)
    assert data == archive.model_archive(architecture, graph, costs_of(graph), look, extra)
    with zipfile.ZipFile(io.BytesIO(data)) as zipped:
        names = zipped.namelist()
        readme = zipped.read("README.md").decode().replace("\\", "")
        assert zipped.read("architecture.json").decode() == architecture.json_text()
        assert zipped.read("model.py") == b"x = 1\n"
    endings = {
        f"pictures/{level}.{ending}"
        for level, (ending, form) in itertools.product(LEVELS, PICTURES.items())
        if form.volumes or level != "volumes"
    }
    assert endings <= set(names)
    assert len(set(names)) == len(names)
    assert all(f"| {name} |" in readme for name in names if name != "README.md")


# Fonts


def test_lines_are_broken_between_words_and_within_long_ones() -> None:
    lines = fonts.wrapped("one two " + "x" * 100, 11, 60)
    assert lines[0] == "one two"
    assert "".join(lines[1:]) == "x" * 100
    assert all(fonts.width(line, 11) <= 60 for line in lines)


def test_a_line_is_as_wide_as_its_card_was_made_for(relevance: Blueprint) -> None:
    """Compare the ends of bold names in SVG and in cards."""
    conv = next(node for node in relevance.graph.nodes if node.layer == "Conv2D")
    card = node_card(relevance.graph, conv, DiagramOptions(parameters=False))
    svg = diagram.svg(relevance.graph)
    one, _, two, wide = re.search(
        r'<text x="([\d.]+)" ([^>]*)>Conv2D</text>\n<text x="([\d.]+)"[^>]*textLength="([\d.]+)"',
        svg,
    ).groups()  # type: ignore[union-attr]
    assert float(two) + float(wide) - float(one) == pytest.approx(card.lines[0].width, abs=0.2)


def test_a_png_that_would_take_too_much_memory_is_refused(relevance: Blueprint) -> None:
    long = [f"v{place}" for place in range(12)]
    nodes = tuple(
        Node(
            f"{group}{row}", "Dense", group, group, (f"{group}{row - 1}",) * bool(row), (4,), "", 9
        )
        for group in long
        for row in range(200)
    )
    groups = tuple(Group(group, "branch", group, hue) for hue, group in enumerate(long))
    with pytest.raises(FileError, match="A PNG may have at most"):
        PngPicture().write(Graph("large", nodes, groups), DiagramOptions())


def test_a_title_without_a_letter_breaks_no_picture_and_one_of_spaces_is_none(
    relevance: Blueprint,
) -> None:
    options = DiagramOptions(title="a\x01b\ud800", caption="\x00c", level="blocks")
    assert (options.title, options.caption) == ("ab", "c")
    ElementTree.fromstring(SvgPicture().write(relevance.graph, options))
    plain = DiagramOptions(level="blocks")
    for blank in (" ", "\t", "\u00a0 \u3000"):
        assert DiagramOptions(title=blank, caption=blank, level="blocks") == plain
