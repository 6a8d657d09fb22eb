"""Diagram whose branches are as wide as their shares, in every format."""

from __future__ import annotations

import re

import pytest

from components.experiments.inspection.basis.results import HeadInspection, Number
from components.experiments.inspection.explanation import branch_weights, widest_branch
from components.experiments.inspection.measures.shapley_share import ShapleyShare
from components.models.architecture.architecture import parse
from components.models.architecture.builder import build
from components.models.drawing import diagram
from components.models.drawing.branch_weights import THICK, THIN
from components.models.drawing.options import DiagramOptions, Level
from components.models.language.graph import Graph
from components.sharing.formats import PICTURES
from components.sharing.formats.mermaid import flowchart
from sample_data.content import presets


def inspected(shares: dict[str, float], cooperation: float = 0.1) -> HeadInspection:
    return HeadInspection(
        target="binary",
        quality=0.5 + sum(shares.values()),
        nothing=0.5,
        inputs=tuple(shares),
        measures={
            "shapley_share": tuple(Number(value=share) for share in shares.values()),
            "cooperation": (Number(value=cooperation),),
        },
        coalitions=(),
        samples=(),
    )


@pytest.fixture(scope="module")
def graph() -> Graph:
    return build(presets.load("image_text_relevance")).graph


def weighted(graph: Graph, level: Level, shares: dict[str, float], **more: float) -> DiagramOptions:
    head = inspected(shares, **more)
    return DiagramOptions(level=level, weights=branch_weights(graph, "relevance", head))


def pens(dot: str) -> dict[tuple[str, str], float]:
    """Return the width of each edge whose width is set, by its ends, without unseen edges."""
    edge = re.compile(r'^"?([\w ]+)"? -> "?([\w ]+)"? \[.*penwidth="?([\d.]+)', re.M)
    return {(source, target): float(width) for source, target, width in edge.findall(dot)}


@pytest.mark.parametrize("level", ["blocks", "layers", "everything"])
def test_each_branch_is_as_wide_as_its_share_and_has_it_as_text(graph: Graph, level: Level) -> None:
    options = weighted(graph, level, {"image": 0.3, "text": 0.1}, cooperation=0.25)
    widths = pens(diagram.dot(graph, options))
    assert sorted(widths.values()) == [
        pytest.approx(THIN + (THICK - THIN) * part, abs=0.06) for part in (0.25, 0.75)
    ]
    for text in (diagram.svg(graph, options), diagram.dot(graph, options)):
        assert all(part in text for part in ("+0.30", "+0.10", "cooperation +0.25"))


def test_all_formats_carry_the_shares_once_and_a_negative_one_is_dashed(graph: Graph) -> None:
    options = weighted(graph, "blocks", {"image": 0.3, "text": -0.1})
    assert options.weights is not None
    sentence = options.weights.text(graph)
    assert sentence == (
        "Shares of the accuracy of relevance: image +0.30, text -0.10, cooperation +0.10 at fusion."
    )
    assert sentence in diagram.file_svg(graph, options)
    dot, flow = diagram.dot(graph, options), flowchart(graph, options)
    (dashed,) = (line for line in dot.splitlines() if "style=dashed" in line)
    assert "-0.10" in dashed
    assert dot.count("+0.30") == 1
    assert '-->|"+0.30"|' in flow
    assert "stroke-dasharray" in flow
    assert "cooperation +0.10" in flow
    plain = DiagramOptions(level="blocks")
    for form in PICTURES.values():
        assert form().write(graph, options) != form().write(graph, plain)
    assert "linkStyle" not in flowchart(graph, plain)


def two_heads() -> Graph:
    """Return a late branch, a staged merge, a branch that reads another's data, and a lone head."""
    vector = {"kind": "vector", "features": 3, "encoder": {"kind": "dense", "depth": 1}}
    return build(
        parse(
            {
                "inputs": [
                    {**vector, "name": "a"},
                    {**vector, "name": "b"},
                    {**vector, "name": "again", "reads": "a"},
                    {**vector, "name": "late"},
                ],
                "merges": [
                    {"name": "pair", "kind": "concatenate", "sources": ["a", "b", "again"]},
                    {"name": "whole", "kind": "gated", "sources": ["pair", "late"]},
                ],
                "heads": [
                    {"name": "early", "kind": "binary", "source": "pair"},
                    {"name": "y", "kind": "binary", "source": "whole"},
                    {"name": "alone", "kind": "binary", "source": "b"},
                ],
            }
        )
    ).graph


def test_each_head_has_its_own_weights() -> None:
    graph, head = two_heads(), inspected({"a": 0.2, "b": 0.1, "late": 0.3})
    early, whole, alone = (branch_weights(graph, name, head) for name in ("early", "y", "alone"))
    assert (early.meeting, whole.meeting, alone.meeting) == ("pair", "whole", "")
    assert dict(early.shares) == {"a": 0.2, "b": 0.1, "again": 0.2}
    assert dict(whole.shares) == {"a": 0.2, "b": 0.1, "again": 0.2, "late": 0.3}
    assert dict(alone.shares) == {"b": 0.1}
    drawn = pens(diagram.dot(graph, DiagramOptions(level="blocks", weights=early)))
    assert set(drawn) == {("a", "pair"), ("b", "pair"), ("again", "pair")}
    drawn = pens(diagram.dot(graph, DiagramOptions(level="blocks", weights=alone)))
    assert set(drawn) == {("b", "alone")}


def test_a_branch_that_sends_several_tensors_has_its_share_written_once() -> None:
    graph, head = two_heads(), inspected({"a": 0.2, "b": 0.1, "late": 0.3})
    edges = branch_weights(graph, "y", head).edges(graph)
    late = [weight for edge, weight in edges.items() if graph[edge.source].group == "late"]
    assert len(late) > 1
    assert [weight.text for weight in late].count("+0.30") == 1
    assert len({weight.width for weight in late}) == 1


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        (
            {"image": 0.3, "text": 0.1},
            "`image` has the widest branch: 0.30 of the 0.40 that this model gains "
            "from its inputs. "
            "All shares add up to that.",
        ),
        (
            {"image": 0.3, "text": -0.1},
            "`image` has the widest branch: 0.30. "
            "All shares add up to the 0.20 that this model gains from its inputs.",
        ),
        (
            {"image": 0.07, "text": -0.11},
            "`text` has the widest branch: -0.11. "
            "All shares add up to -0.04, so this model gains nothing from its inputs.",
        ),
        (
            {"image": 0.001, "text": -0.002},
            "`text` has the widest branch: 0.00. "
            "All shares add up to 0.00, so this model gains nothing from its inputs.",
        ),
    ],
)
def test_only_a_share_within_a_positive_sum_is_a_part_of_it(
    shares: dict[str, float], said: str
) -> None:
    assert widest_branch(inspected(shares)) == said


@pytest.mark.parametrize("largest", [0.0004, 0.0, -0.02])
def test_no_share_is_the_largest_where_none_is_above_0(largest: float) -> None:
    assert ShapleyShare.says(inspected({"image": largest, "text": -0.11})).startswith(
        "No input has a share above 0. All shares add up to -0.1"
    )


def test_the_largest_of_shares_whose_sum_is_negative_is_no_part_of_it() -> None:
    assert ShapleyShare.says(inspected({"image": 0.07, "text": -0.11})) == (
        "`image` has the largest share: 0.070. "
        "All shares add up to -0.040, so this model gains nothing from its inputs."
    )
