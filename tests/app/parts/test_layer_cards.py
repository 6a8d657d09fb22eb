"""The cards of a layer and of a block, as Build and the Viewer show them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from components.app.parts.widgets import layer_cards
from components.models.architecture.architecture import parse
from components.models.architecture.builder import build
from components.models.architecture.costs import costs_of
from components.models.drawing.palette import THEMES
from components.models.language.graph import Graph
from sample_data.content import presets
from tests.experiments.races.support import two_vectors

LIGHT = THEMES["light"]


def card(graph: Graph, node: str) -> str:
    return str(layer_cards.layer(graph, costs_of(graph), graph[node], LIGHT))


def test_a_layer_of_a_shared_encoder_names_whose_weights_it_has() -> None:
    graph = build(presets.load("siamese_digits")).graph
    shared = next(node for node in graph.nodes if node.shares)
    text = card(graph, shared.id)
    assert "shares weights of" in text
    assert graph[str(shared.shares)].keras_name in text.partition("shares weights of")[2]


def test_a_layer_that_makes_a_shape_fit_says_why_it_is_there() -> None:
    data = two_vectors("add").data()
    data["inputs"][0]["encoder"]["units"] = 8
    data["merges"][0]["fit"] = "smallest"
    graph = build(parse(data)).graph
    adapter = next(node for node in graph.nodes if node.reason)
    assert adapter.reason in card(graph, adapter.id)


def test_a_share_of_operations_is_shown_only_if_all_operations_are_known() -> None:
    graph = build(two_vectors()).graph
    dense = next(node for node in graph.nodes if node.parameters)
    *others, last = graph.nodes
    unknown = replace(graph, nodes=(*others, replace(last, layer="Own")))
    assert card(graph, dense.id).count("%") == card(unknown, dense.id).count("%") + 1
    assert "unknown" in card(unknown, last.id).partition("FLOPs per sample")[2]


def test_a_block_counts_the_layers_that_it_does_not_list(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = build(presets.load("siamese_digits")).graph
    group = max(graph.groups, key=lambda one: len(graph.members(one.id)))
    layers = len(graph.members(group.id))
    monkeypatch.setattr(layer_cards, "LISTED", 3)
    text = str(layer_cards.block(graph, costs_of(graph), group, LIGHT))
    assert f"and {layers - 3} more" in text
