"""Own names, notes and colours in pictures, and parts that are left out."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from components.models.architecture.builder import Blueprint
from components.models.architecture.marks import Mark
from components.models.drawing import caption, diagram
from components.models.drawing.emphasis import emphasised
from components.models.drawing.options import DiagramOptions, Level
from components.models.drawing.palette import THEMES
from components.sharing.formats import PICTURES
from components.sharing.formats.mermaid import flowchart

HOSTILE = '</text><script>"&\\|`$x$'


def marked(*marks: Mark, **more: object) -> DiagramOptions:
    return DiagramOptions(marks=marks, **more)  # type: ignore[arg-type]


def texts(relevance: Blueprint, options: DiagramOptions) -> list[str]:
    drawn = diagram.drawing(relevance.graph, options)
    return [text.text for part in drawn.parts for text in part.texts]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("level", ["layers", "blocks"])
def test_a_part_has_its_own_name_note_and_color(
    relevance: Blueprint, level: Level, theme: str
) -> None:
    mark = Mark(part="image", name="Vision", note="pretrained", color="gold")
    options = marked(mark, level=level, theme=theme, legend=True)
    shown = texts(relevance, options)
    assert {"Vision", "branch Vision"} <= set(shown)
    assert any("pretrained" in text for text in shown)
    gold = THEMES[theme].own_tones("gold")
    assert gold.wash.lower() in diagram.svg(relevance.graph, options)


def test_a_layer_has_its_own_name_note_and_color(relevance: Blueprint) -> None:
    mark = Mark(part="image", layer="image_conv2d_1", name="Edges", note="frozen", color="pink")
    options = marked(mark)
    assert {"Edges", "frozen"} <= set(texts(relevance, options))
    assert THEMES["light"].own_tones("pink").solid.lower() in diagram.svg(relevance.graph, options)
    assert "image_conv2d_1" in diagram.at_level(relevance.graph, options)


def test_what_reads_a_hidden_layer_reads_its_sources(relevance: Blueprint) -> None:
    graph = relevance.graph
    layer = next(node for node in graph.drawn().nodes if node.layer == "Conv2D")
    shown = diagram.at_level(graph, marked(Mark(part=layer.group, layer=layer.id, hidden=True)))
    assert layer.id not in shown
    for node in graph.drawn().nodes:
        if layer.id in node.sources:
            assert shown[node.id].sources == layer.sources


@pytest.mark.parametrize(
    "ending", [name for name, one in PICTURES.items() if one.clipboard == "text"]
)
def test_a_hidden_layer_is_in_no_text(relevance: Blueprint, ending: str) -> None:
    for hidden in (False, True):
        mark = Mark(part="image", layer="image_conv2d_1", name="Vanishing", hidden=hidden)
        text = PICTURES[ending]().write(relevance.graph, marked(mark)).decode()
        assert ("Vanishing" in text) is not hidden
        assert not (hidden and "image_conv2d_1" in text)


def test_a_merge_without_a_hidden_branch_has_its_output_alone(relevance: Blueprint) -> None:
    before, options = texts(relevance, DiagramOptions()), marked(Mark(part="image", hidden=True))
    assert any("128 + 128 → 256" in text for text in before)
    after = texts(relevance, options)
    assert not any("→" in text or "Conv2D" in text for text in after)
    drawn = emphasised(relevance.graph, options)
    assert "one branch (text)" in caption.alt(drawn)
    total = sum(node.parameters for node in relevance.graph.nodes)
    assert f"{total:,} parameters" in caption.text(drawn)


@pytest.mark.parametrize("ending", PICTURES)
@pytest.mark.parametrize("hidden", [False, True])
def test_every_format_writes_hostile_notes_and_an_empty_picture(
    relevance: Blueprint, ending: str, hidden: bool
) -> None:
    graph = relevance.graph
    marks = [Mark(part=g.id, name=HOSTILE, note=HOSTILE, hidden=hidden) for g in graph.groups]
    data = PICTURES[ending]().write(graph, marked(*marks))
    if PICTURES[ending].mime.startswith("image/svg") or ending == "drawio":
        ElementTree.fromstring(data)
        assert b"<script>" not in data
    assert ending != "mmd" or b"<script>" not in data


def test_mermaid_has_names_and_colors(relevance: Blueprint) -> None:
    chart = flowchart(relevance.graph, marked(Mark(part="text", name="Words", color="teal")))
    assert 'subgraph g1["Words' in chart
    assert THEMES["light"].own_tones("teal").wash in chart
