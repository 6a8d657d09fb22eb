from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from components.base.errors import ShapeError
from components.models.analysis import advice
from components.models.architecture.architecture import Architecture, parse
from components.models.architecture.builder import build
from components.models.architecture.costs import costs_of
from sample_data.content import presets
from tests.models.merges.cases import joined, source
from tests.strategies import fitting_architectures

Data = dict[str, Any]


def reviewed(architecture: Architecture) -> tuple[advice.Advice, ...]:
    graph = build(architecture).graph
    return advice.review(architecture, graph, costs_of(graph))


def titles(architecture: Architecture) -> list[str]:
    """Return the titles of all advice."""
    return [one.title for one in reviewed(architecture)]


def predicting(head: Data, *inputs: Data, **merge: Any) -> Architecture:
    """Return inputs that a merge joins for a head, with a trunk."""
    fusion = {"name": "m", "kind": "concatenate", "sources": [i["name"] for i in inputs], **merge}
    parts = {"inputs": list(inputs), "merges": [fusion], "trunk": {"depth": 1}}
    return parse({**parts, "heads": [{"name": "y", "source": "trunk", **head}]})


PLAIN = (source("a", (4,)), source("b", (4,)))
TEXT = {"name": "t", "kind": "tokens", "encoder": {"kind": "conv1d"}}


def test_sound_architecture_gets_no_advice() -> None:
    for kind in ("multiply", "concatenate_product", "bilinear", "tensor_fusion"):
        assert "The branches only add up" not in titles(joined({"kind": kind}, ((4,), (4,))))
    assert titles(predicting({"kind": "binary"}, *PLAIN)) == []


@pytest.mark.parametrize(
    ("architecture", "title"),
    [
        (predicting({"kind": "multiclass", "classes": 1}, *PLAIN),
            "A softmax over one class is always 1"),
        (predicting({"kind": "binary", "loss": "mean_squared_error"}, *PLAIN),
            "A squared error after a sigmoid learns slowly"),
        (predicting({"kind": "regression", "activation": "sigmoid"}, *PLAIN),
            "A squared error after a sigmoid learns slowly"),
        (predicting({"kind": "binary"}, PLAIN[0], kind="subtract", sources=["a", "a"]),
            "m reads a twice"),
        (predicting({"kind": "binary"}, source("a", (99,)), source("b", (99,)),
            kind="tensor_fusion"), "m has 10,000 output features"),
        (predicting({"kind": "binary"}, {**TEXT, "padding": False}, PLAIN[0]),
            "Padding of t is treated as words"),
        (predicting({"kind": "binary"},
            {**TEXT, "encoder": {"kind": "conv1d", "readout": "flatten"}}, PLAIN[0]),
            "Flatten loses the mask of t"),
        (predicting({"kind": "binary"}, source("a", (1,)), source("b", (200,))),
            "a is 1 of 201 features"),
        (joined({"kind": "concatenate"}, ((4,), (4,))), "The branches only add up"),
        (joined({"kind": "stacking", "outputs": 1, "activation": "softmax"}, ((4,), (4,))),
            "A softmax over one output is always 1"),
        (joined({"kind": "attention"}, ((4,), (1, 4))),
            "Attention over one step ignores its query")
    ]
)  # fmt: skip
def test_advice_is_given_where_it_is_due(architecture: Architecture, title: str) -> None:
    assert title in titles(architecture)


def test_the_first_reference_model_gets_advice_on_its_flatten_with_the_cost_of_each_fix() -> None:
    found, *_ = reviewed(presets.load("image_text_relevance"))
    assert found.title == "96.7 % of the parameters after one Flatten"
    assert "a weight for each of 30,752 numbers" in found.text
    assert "block that pools by 2 leaves about a quarter" in found.text
    assert "`average` leaves 32, and loses where things are" in found.text


def test_a_flattened_input_has_no_readout_to_change() -> None:
    picture = {"name": "p", "kind": "image", "encoder": {"kind": "flatten_dense", "units": 64}}
    (found,) = reviewed(predicting({"kind": "binary"}, picture, PLAIN[0]))
    assert "An encoder with pooling" in found.text
    assert "average" not in found.text


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("subtract", "always zero"),
        ("add", "has the features of that source only"),
        ("multiply", ""),  # A square is a new feature.
        ("low_rank_bilinear", ""),
    ],
)
def test_a_source_that_is_read_twice_may_give_new_features(kind: str, text: str) -> None:
    architecture = predicting({"kind": "binary"}, PLAIN[0], kind=kind, sources=["a", "a"])
    found = [one.text for one in reviewed(architecture) if one.title == "m reads a twice"]
    assert [text in one for one in found] == [True] * bool(text)


def test_each_score_that_only_adds_is_named() -> None:
    data = joined({"kind": "add"}, ((4,), (4,))).data()
    data["heads"] = [{"name": n, "kind": "binary", "source": "fusion"} for n in ("y", "z")]
    architecture = parse(data)
    graph = build(architecture).graph
    (found,) = advice.review(architecture, graph, costs_of(graph))
    assert "the score of `y` and `z`" in found.text
    assert found.node == "fusion_add"


@pytest.mark.matrix
@given(fitting_architectures())
def test_advice_is_about_layers_that_exist(architecture: Architecture) -> None:
    try:
        graph = build(architecture).graph
    except ShapeError:
        return
    for found in advice.review(architecture, graph, costs_of(graph)):
        assert found.node is None or found.node in graph
        assert found.text.endswith(".")
