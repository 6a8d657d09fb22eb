"""Charts of parameters, FLOPs and numbers."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from components.base.text import byte_size
from components.models.architecture.architecture import parse
from components.models.architecture.builder import Blueprint, build
from components.models.architecture.costs import Cost, costs_of
from components.models.architecture.marks import Mark
from components.models.drawing import cost_charts
from components.models.drawing.cost_charts import MANY, Measure
from components.models.drawing.options import DiagramOptions
from components.models.drawing.palette import LIGHT
from sample_data.content import presets

MEASURES = get_args(Measure)


def value(cost: Cost, measure: str) -> int:
    values = {"parameters": cost.parameters, "flops": cost.flops}
    return values.get(measure, cost.activation_bytes)


@pytest.mark.parametrize("measure", MEASURES)
def test_a_treemap_adds_up(preset: Blueprint, measure: Measure) -> None:
    whole = costs_of(preset.graph)
    (tree,) = cost_charts.treemap(preset.graph, whole, measure=measure).data
    size = dict(zip(tree.ids, tree.values, strict=True))
    assert size[""] == value(whole.total, measure)
    for block in ("", *(id for id in size if id.startswith("block "))):
        inside = [id for id, parent in zip(tree.ids, tree.parents, strict=True) if parent == block]
        hidden = sum(
            value(whole.nodes[node.id], measure)
            for node in preset.graph.nodes
            if node.hidden and block in ("", f"block {node.group}")
        )
        assert sum(size[id] for id in inside if id) + hidden >= size[block]
        assert sum(size[id] for id in inside if id) <= size[block]


def test_charts_have_the_pictures_own_colours_and_names() -> None:
    blueprint = build(presets.load("image_text_relevance"))
    marks = (
        Mark(part="image", name="Photo", color="gold"),
        Mark(part="text", layer="text_lstm_1", color="teal"),
    )
    options, costs = DiagramOptions(marks=marks), costs_of(blueprint.graph)
    gold, teal = LIGHT.own_tones("gold"), LIGHT.own_tones("teal")
    (tree,) = cost_charts.treemap(blueprint.graph, costs, options).data
    colors = dict(zip(tree.ids, tree.marker.colors, strict=True))
    assert tree.labels[tree.ids.index("block image")] == "Photo"
    assert colors["block image"] == gold.wash
    assert colors["image_projection"] == gold.solid
    assert colors["text_lstm_1"] == teal.solid
    assert teal.solid in cost_charts.bars(blueprint.graph, costs, options).data[0].marker.color
    assert teal.solid in cost_charts.flow(blueprint.graph, options).data[0].node.color


@pytest.mark.parametrize("measure", MEASURES)
def test_a_bar_for_each_layer_with_costs(preset: Blueprint, measure: Measure) -> None:
    whole = costs_of(preset.graph)
    chart = cost_charts.bars(preset.graph, whole, measure=measure)
    expected = [value(whole.nodes[node.id], measure) for node in preset.graph.drawn().nodes]
    assert list(chart.data[0].x) == [number for number in expected if number]
    assert chart.layout.xaxis.type == "log"
    assert len(set(chart.data[0].y)) == len(chart.data[0].y)


def test_memory_is_in_bytes(relevance: Blueprint) -> None:
    whole = costs_of(relevance.graph)
    (tree,) = cost_charts.treemap(relevance.graph, whole, measure="memory").data
    assert tree.text[0] == f"{byte_size(whole.total.activation_bytes)} · 100.0 %"


def test_the_flow_has_every_edge(preset: Blueprint) -> None:
    graph = preset.graph.drawn()
    (flow,) = cost_charts.flow(preset.graph).data
    seen = [index for index, text in enumerate(flow.link.customdata) if text]
    assert len(seen) == len(list(graph.edges()))
    names = [node.id for node in graph.nodes]
    for index, edge in zip(seen, graph.edges(), strict=True):
        assert names[flow.link.source[index]] == edge.source
        assert names[flow.link.target[index]] == edge.target


def test_a_large_model_flows_in_blocks() -> None:
    data = presets.load("image_text_relevance").data()
    for index in range(6):
        data["inputs"].append(
            {
                "name": f"more_{index}",
                "kind": "vector",
                "encoder": {"kind": "dense", "depth": 6, "units": 128},
            }
        )
        data["merges"][0]["sources"].append(f"more_{index}")
    graph = build(parse(data)).graph
    assert len(graph.nodes) > MANY
    (flow,) = cost_charts.flow(graph).data
    assert len(flow.node.label) == len(graph.groups) + 1


@pytest.mark.parametrize("theme", ["dark", "print", "colour-blind"])
def test_every_theme_has_its_colours(relevance: Blueprint, theme: Any) -> None:
    look, whole = DiagramOptions(theme=theme), costs_of(relevance.graph)
    for chart in (cost_charts.treemap, cost_charts.bars):
        assert chart(relevance.graph, whole, look) != chart(relevance.graph, whole)
    assert cost_charts.flow(relevance.graph, look) != cost_charts.flow(relevance.graph)
