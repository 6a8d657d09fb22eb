"""Branches that read the data of another input: one Keras input, several encoders."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from components.app.parts.editor import drafts, edits
from components.base.errors import SpecError
from components.experiments.training.events import Event
from components.experiments.training.requests import RunRequest, Settings
from components.models.architecture.architecture import parse
from components.models.architecture.builder import build, build_with_weights
from components.sharing.code.script import script
from sample_data.loading.sources import load
from sample_data.loading.synthetic import DataSpec, parse_data
from tests.experiments.training.support import train

Data = dict[str, Any]


def doubled(**second: Any) -> Data:
    """Return a vector `a` in two branches, and a vector `b`."""
    vector = {"kind": "vector", "features": 3}
    return {
        "inputs": [
            {"name": "a", **vector},
            {"name": "b", **vector},
            {"name": "deep", **vector, "reads": "a", "encoder": {"kind": "dense", "units": 4},
             **second},
        ],
        "merges": [{"name": "m", "kind": "concatenate", "sources": ["a", "b", "deep"]}],
        "heads": [{"name": "y", "kind": "binary", "source": "m"}],
    }  # fmt: skip


def test_data_are_made_and_read_once_for_all_branches_of_an_input() -> None:
    architecture = parse(doubled())
    data = DataSpec(relation=parse_data("xor"), samples=60)
    dataset = load(architecture, data)
    assert list(dataset.inputs) == ["a", "b"]
    model = build_with_weights(architecture).model
    assert np.asarray(model(dataset.inputs)["y"]).shape == (60, 1)
    text = script(architecture, data=data).text
    assert text.count("keras.Input(") == 2
    assert "Branch deep: reads a, Dense" in text


def test_a_model_with_second_branches_trains_and_is_measured() -> None:
    architecture = parse(doubled())
    data = DataSpec(relation=parse_data("xor"), samples=80)
    events: list[Event] = []
    request = RunRequest(architecture=architecture, data=data, settings=Settings(epochs=1))
    train(request, events.append, lambda: False)
    assert any(type(event).__name__ == "Finished" for event in events), events[-1]


@pytest.mark.parametrize(
    ("second", "rule"),
    [
        ({"reads": "deep"}, "another input that has data of its own"),
        ({"reads": "m"}, "another input that has data of its own"),
        ({"features": 4}, "of the same kind and sizes"),
    ],
)
def test_unreadable_data_is_explained(second: Data, rule: str) -> None:
    with pytest.raises(SpecError, match=rule) as caught:
        parse(doubled(**second))
    assert caught.value.where == ("inputs", 2, "reads")
    assert caught.value.fix.startswith(("Choose `a`", "Let it have data of its own"))


def test_data_of_an_input_with_a_shared_encoder_cannot_be_read() -> None:
    data = doubled()
    data["inputs"][1]["encoder"] = {"kind": "dense", "units": 4}
    data["inputs"][0]["encoder"] = {"kind": "shared", "branch": "b"}
    with pytest.raises(SpecError, match="shares another's encoder"):
        parse(data)


def test_padding_is_known_to_a_second_branch() -> None:
    series = {"kind": "timeseries", "length": 5, "features": 2, "padding": True}
    lstm = {"kind": "lstm", "units": 3}
    architecture = parse(
        {
            "inputs": [
                {"name": "a", **series, "encoder": lstm},
                {"name": "again", **series, "reads": "a", "encoder": {"kind": "pooling"}},
                {"name": "b", **series, "encoder": {"kind": "shared", "branch": "again"}},
            ],
            "merges": [{"name": "m", "kind": "concatenate", "sources": ["a", "again", "b"]}],
            "heads": [{"name": "y", "kind": "binary", "source": "m"}],
        }
    )
    model = build_with_weights(architecture).model
    x = np.random.default_rng(0).normal(size=(4, 5, 2)).astype("float32")
    x[:, 3:] = 0
    changed = {"a": x, "b": x}
    pooled = keras.Model(model.input, model.get_layer("again_average").output)
    np.testing.assert_allclose(pooled(changed), x[:, :3].mean(axis=1), rtol=1e-5)


# Edits


def draft() -> drafts.Draft:
    return drafts.drafted(parse(doubled()))


def test_a_second_branch_is_added_beside_the_first() -> None:
    edited = draft()
    edits.add_reader(edited, 1)
    edits.add_reader(edited, 3)
    architecture = parse(edited)
    assert [(i.name, i.reads) for i in architecture.inputs] == [
        ("a", ""), ("b", ""), ("b_2", "b"), ("deep", "a"), ("deep_2", "a"),
    ]  # fmt: skip
    assert architecture.merges[0].sources == ("a", "b", "b_2", "deep", "deep_2")
    build(architecture)


def test_a_second_branch_follows_name_and_sizes_and_outlives_the_first() -> None:
    edited = draft()
    edits.rename(edited, "inputs", 0, "renamed")
    edited["inputs"][0].update(features=9, label="Blatt")
    edits.follow_data(edited)
    second = parse(edited).inputs[2]
    assert (second.reads, second.shape, second.label) == ("renamed", (9,), "")
    edits.set_kind(edited, "inputs", 0, "timeseries")
    edits.follow_data(edited)
    assert edited["inputs"][2]["kind"] == "timeseries"
    edited = draft()
    edits.add_reader(edited, 0)
    edits.remove_input(edited, 0)
    architecture = parse(edited)
    assert [(i.name, i.reads) for i in architecture.inputs] == [
        ("a_2", ""),
        ("b", ""),
        ("deep", "a_2"),
    ]


def test_a_second_branch_may_stand_before_the_first() -> None:
    data = doubled()
    data["inputs"].reverse()
    made = build(parse(data))
    ids = [node.id for node in made.graph.nodes]
    assert ids.index("a") < ids.index("deep_dense_1")
    assert list(made.model.input) == ["b", "a"]
