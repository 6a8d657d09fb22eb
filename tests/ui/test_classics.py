"""The classics, made with the sidebar's widgets alone, starting from a preset that is another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from components.analysis.model_view import model_view
from components.model.builder import build, compile_arguments
from components.model.spec import Architecture, parse
from sample_data import presets
from tests.ui.desk import Desk

REFERENCES = {
    "image_text_relevance": 4_071_297,
    "sensor_timeseries_anomaly": 22_146,
    "independent_predictions": 2_178,
    "siamese_digits": 692_801,
    "wide_and_deep": 1_207,
}

Data = dict[str, Any]


def ids(name: str, kind: str, units: int) -> Data:
    """Token ids of any length through an Embedding into a recurrent layer."""
    encoder = {"kind": kind, "depth": 1, "embedding": 64, "units": units}
    return {
        "name": name, "kind": "tokens", "vocabulary": 10_000, "length": None, "encoder": encoder,
    }  # fmt: skip


def embedded(name: str, categories: int) -> Data:
    encoder = {"kind": "embedding", "depth": 1, "units": 32}
    return {"name": name, "kind": "categorical", "categories": categories, "encoder": encoder}


TICKETS: Data = {
    "inputs": [
        ids("title", "lstm", 128),
        ids("body", "lstm", 32),
        {
            "name": "tags", "kind": "vector", "features": 12,
            "encoder": {"kind": "passthrough", "depth": 0},
        },
    ],
    "merges": [{"name": "joined", "kind": "concatenate", "sources": ["title", "body", "tags"]}],
    "heads": [
        {"name": "priority", "kind": "binary", "source": "joined"},
        {
            "name": "department", "kind": "multiclass", "classes": 4, "source": "joined",
            "loss_weight": 0.2,
        },
    ],
}  # fmt: skip
"""Customer tickets, of Keras's guide to the functional API: 1,392,097 weights there too."""

TASTES: Data = {
    "inputs": [embedded("user", 1000), embedded("film", 500)],
    "merges": [{"name": "match", "kind": "dot", "sources": ["user", "film"]}],
    "heads": [{"name": "rating", "kind": "regression", "source": "match", "dense": False}],
}
"""Matrix factorization: two ids, embedded, compared by a dot product that is the prediction."""

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
STAGED_WEIGHTS = sum(
    [
        *((27 + 1) * 16, (9 + 1) * 16, (4 + 1) * 8),
        (32 * 9 + 1) * 24,
        2 * (8 + 1) * 24,
        *((24 + 1) * 40, (8 + 1) * 40),
        *((40 + 1) * 16, 16 + 1, 24 + 1),
    ]
)

TEXTBOOK = {
    "tickets": (TICKETS, 1_392_097),
    "tastes": (TASTES, 48_000),
    "staged": (STAGED, STAGED_WEIGHTS),
}


EXPRESSED = {
    "neumf": 392_601,
    "vgg_towers": 81_537,
    "deep_and_cross": 5_260,
    "siamese_distance": 30_434,
}
"""Presets with widths of each layer, second branches, paired convolutions, a cross network, and a
distance; `tests/gallery` compares them with plain Keras."""


def assert_same_model(desk: Desk, wanted: Architecture, weights: int) -> None:
    """The sidebar makes an architecture: the same layers, losses and number of weights."""
    desk.build(wanted)
    assert desk.errors() == []
    valid = desk.editor.valid
    blueprint, model = build(valid), build(wanted)
    assert model_view(valid).graph == blueprint.graph
    assert blueprint.graph.nodes == model.graph.nodes
    assert blueprint.graph.groups == model.graph.groups
    assert compile_arguments(valid) == compile_arguments(wanted)
    assert blueprint.model.count_params() == weights


def matrix_but(one: str, names: Iterable[str]) -> list[Any]:
    """All names; those but one are in the matrix."""
    return [pytest.param(name, marks=() if name == one else pytest.mark.matrix) for name in names]


@pytest.mark.parametrize("name", matrix_but("siamese_digits", REFERENCES))
def test_reference_models_are_made_by_widgets_alone(desk: Desk, name: str) -> None:
    start = "wide_and_deep" if name != "wide_and_deep" else presets.DEFAULT
    desk.open_preset(start)
    assert_same_model(desk, presets.load(name), REFERENCES[name])


@pytest.mark.parametrize("name", matrix_but("siamese_distance", EXPRESSED))
def test_models_of_the_gallery_are_made_by_widgets_alone(desk: Desk, name: str) -> None:
    assert_same_model(desk, presets.load(name), EXPRESSED[name])


@pytest.mark.parametrize("name", matrix_but("staged", TEXTBOOK))
def test_textbook_models_are_made_by_widgets_alone(desk: Desk, name: str) -> None:
    data, weights = TEXTBOOK[name]
    assert_same_model(desk, parse({"name": name, **data}), weights)
