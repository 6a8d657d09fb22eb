"""Equal blocks in a row that are drawn once, plain names, and heads without their loss."""

from __future__ import annotations

from dataclasses import replace

import pytest

from components.models.architecture.architecture import parse
from components.models.architecture.builder import build
from components.models.drawing import diagram, formatting
from components.models.drawing.options import DiagramOptions
from components.models.drawing.repeats import without_repeats
from components.models.language.graph import Graph, Group, Node
from components.sharing.formats.mermaid import flowchart
from sample_data.content import presets

ONCE = DiagramOptions(repeats=False)


def chain(*layers: str, **reads: str) -> Graph:
    """Return layers `0`, `1`, … that read each other in a row, and the further edges of `reads`."""
    nodes = []
    for position, layer in enumerate(layers):
        id, before = str(position), [str(position - 1)] if position else []
        sources = (*before, *filter(None, [reads.get(f"n{id}")]))
        nodes.append(Node(id, layer, id, "a", sources, (4,), "float32", 2))
    return Graph("chain", tuple(nodes), (Group("a", "branch", "a", 0),))


def drawn(graph: Graph) -> list[tuple[str, int]]:
    return [(node.layer, node.times) for node in without_repeats(graph).nodes]


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ("X", [("X", 1)]),
        ("XAAAY", [("X", 1), ("A", 3), ("Y", 1)]),
        ("XABABAB", [("X", 1), ("A", 3), ("B", 3)]),
        ("XABABCC", [("X", 1), ("A", 2), ("B", 2), ("C", 2)]),
        ("XABBABB", [("X", 1), ("A", 2), ("B", 2), ("B", 2)]),
    ],
)
def test_equal_blocks_in_a_row_are_drawn_once(layers: str, expected: list[object]) -> None:
    assert drawn(chain(*layers)) == expected


def test_a_block_that_another_layer_reads_too_is_the_last_one() -> None:
    assert drawn(chain(*"XAAAY", n4="2")) == [("X", 1), ("A", 2), ("A", 1), ("Y", 1)]


def test_a_layer_with_the_weights_of_a_block_shares_those_of_the_block_that_is_drawn() -> None:
    *others, last = chain(*"XAAAY").nodes
    graph = replace(chain(), nodes=(*others, replace(last, shares="2", parameters=0)))
    assert without_repeats(graph)["4"].shares == "1"


def test_layers_of_other_sizes_are_no_repeats() -> None:
    graph = chain(*"AA")
    other = replace(graph.nodes[1], parameters=3)
    assert drawn(replace(graph, nodes=(graph.nodes[0], other))) == [("A", 1), ("A", 1)]


def test_blocks_of_a_transformer_are_one_box() -> None:
    data = presets.load("clip_pairs").data()
    data["inputs"][1]["encoder"]["depth"] = 6
    graph = build(parse(data)).graph
    before, after = (diagram.at_level(graph, one) for one in (DiagramOptions(), ONCE))
    inside = [node for node in after.nodes if node.run]
    assert [node.layer for node in inside][:2] == ["LayerNormalization", "MultiHeadAttention"]
    assert inside[-1].layer == "Add"
    assert len(before.nodes) - len(after.nodes) == 5 * len(inside)
    assert after[next(n.id for n in after.nodes if inside[-1].id in n.sources)].run == ""
    titles = [t.text for part in diagram.drawing(graph, ONCE).parts for t in part.texts]
    assert titles.count("×6") == 1
    assert flowchart(graph, ONCE).count('_run["×6"]') == 1


@pytest.mark.parametrize(
    ("layer", "title"),
    [
        ("Dense", "Fully connected"),
        ("Conv2D", "Convolution"),
        ("MaxPooling2D", "Max pooling"),
        ("MultiHeadAttention", "Multi-head attention"),
        ("LSTM", "LSTM"),
        ("my_layer", "my_layer"),
    ],
)
def test_layers_have_plain_names(layer: str, title: str) -> None:
    assert formatting.layer_title(layer) == title


def test_names_and_losses_follow_the_options() -> None:
    graph = build(presets.load("image_text_relevance")).graph
    plain = DiagramOptions(losses=False, classes=False)
    for options in (plain, replace(plain, level="blocks")):
        text = diagram.svg(graph, options)
        assert "Fully connected" in text
        assert "Dense" not in text
        assert "binary_crossentropy" not in text
