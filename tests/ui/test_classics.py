"""The classics, made with the sidebar's widgets alone, starting from a preset that is another."""

from __future__ import annotations

from typing import Any

import pytest

from components.analysis.model_view import model_view
from components.model.builder import build, compile_arguments
from components.model.spec import Architecture, parse
from sample_data import presets
from tests.matrix import cases
from tests.originals import ORIGINALS
from tests.ui.desk import Desk

MODELS = (*ORIGINALS, "tickets", "neumf", "vgg_towers", "deep_and_cross", "siamese_distance")
"""Presets with widths of each layer, second branches, paired convolutions, a cross network, and a
distance; `tests/gallery` compares them with plain Keras."""

Data = dict[str, Any]


MAP: Data = {"kind": "conv2d", "depth": 1, "filters": 16, "readout": "map", "projection": 0}
STAGED: Data = {
    "inputs": [
        {
            "name": "photo", "kind": "image", "height": 32, "width": 32, "channels": 3,
            "encoder": MAP,
        },
        {
            "name": "depth_map", "kind": "image", "height": 32, "width": 32, "channels": 1,
            "encoder": MAP,
        },
        {
            "name": "speed", "kind": "vector", "features": 4,
            "encoder": {"kind": "dense", "depth": 1, "units": 8},
        },
    ],
    "merges": [
        {
            "name": "seen", "kind": "concatenate", "sources": ["photo", "depth_map"],
            "source_dropout": 0.1, "then": {**MAP, "filters": 24, "readout": "average"},
        },
        {"name": "moved", "kind": "film", "sources": ["seen", "speed"]},
        {
            "name": "all", "kind": "add", "sources": ["moved", "speed"], "fit": "width",
            "fit_width": 40,
        },
    ],
    "trunk": {"depth": 1, "units": 16},
    "heads": [
        {"name": "brake", "kind": "binary", "source": "trunk"},
        {"name": "seen_alone", "kind": "binary", "source": "seen", "loss_weight": 0.3},
    ],
}  # fmt: skip
"""Mid fusion of maps with layers behind it, a stage with roles, and one that fits its sources."""


def assert_same_model(desk: Desk, wanted: Architecture) -> None:
    """The sidebar makes an architecture: the same layers and losses."""
    desk.build(wanted)
    assert desk.errors() == []
    valid = desk.editor.valid
    blueprint, model = build(valid), build(wanted)
    assert model_view(valid).graph == blueprint.graph
    assert blueprint.graph.nodes == model.graph.nodes
    assert blueprint.graph.groups == model.graph.groups
    assert compile_arguments(valid) == compile_arguments(wanted)


OFTEN = [("siamese_digits",), ("siamese_distance",)]


@pytest.mark.parametrize("name", cases([(name,) for name in MODELS], OFTEN))
def test_presets_are_made_by_widgets_alone(desk: Desk, name: str) -> None:
    desk.open_preset("wide_and_deep" if name != "wide_and_deep" else presets.DEFAULT)
    assert_same_model(desk, presets.load(name))


def test_a_model_in_stages_is_made_by_widgets_alone(desk: Desk) -> None:
    assert_same_model(desk, parse({"name": "staged", **STAGED}))
