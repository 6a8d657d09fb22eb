"""Inputs that may be missing: their fillings, and merges that leave them out."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from components.base.errors import SpecError
from components.models.architecture.architecture import Architecture, parse
from components.models.architecture.builder import build, build_with_weights
from components.models.inputs.base import presence
from components.models.merges import MERGES
from tests.experiments.training.support import vector

NAMES = ("a", "b", "c")
THERE = np.array([[1, 1, 1], [1, 0, 1], [0, 1, 1], [0, 0, 1], [0, 0, 0]], np.float32)
"""Presence of three inputs in five samples."""


def fused(kind: str, filling: str = "zeros", count: int = 3, **merge: Any) -> Architecture:
    """Return vectors that may all be missing, as wide as the merge."""
    lacking = {"missing": filling, "missing_rate": 0.5}
    sources = [{**vector(name, 4, 4), **lacking} for name in NAMES[:count]]
    joined = {"name": "f", "kind": kind, "sources": list(NAMES[:count]), **merge}
    heads = [{"name": "y", "kind": "binary", "source": "f"}]
    return parse({"inputs": sources, "merges": [joined], "heads": heads})


class Shaken:
    """Model with weights, none of which is zero."""

    def __init__(self, architecture: Architecture) -> None:
        self.architecture, self.blueprint = architecture, build_with_weights(architecture)
        rng = np.random.default_rng(1)
        for weight in (w for layer in self.blueprint.model.layers for w in layer.weights):
            if "seed" not in weight.path:
                weight.assign(rng.normal(scale=0.5, size=weight.shape))

    def __call__(self, node: str, there: Any, seed: int = 0, training: bool = False) -> Any:
        """Return the output of a layer for samples that have the inputs of `there`."""
        rng, model = np.random.default_rng(seed), self.blueprint.model
        data = {name: rng.normal(size=(len(there), 4)) for name in self.architecture.model_inputs}
        data |= {
            presence(name): there[:, [m]] for m, name in enumerate(self.architecture.may_be_missing)
        }
        part = keras.Model(model.input, self.blueprint.tensors[node])
        given = {name: array.astype("float32") for name, array in data.items()}
        return np.asarray(part(given, training=training))


def end(architecture: Architecture) -> str:
    """Return the layer that ends the merge."""
    return build(architecture).graph.members("f")[-1].id


@pytest.mark.parametrize("filling", ["zeros", "mean", "learned"])
def test_a_missing_input_is_its_filling_for_all_layers(filling: str) -> None:
    model = Shaken(fused("concatenate", filling))
    kept, lost = model("a_where", np.ones((3, 3))), model("a_where", np.zeros((3, 3)))
    rng = np.random.default_rng(0)
    np.testing.assert_allclose(kept, rng.normal(size=(3, 4)), rtol=1e-6)
    layers = {layer.name: layer for layer in model.blueprint.model.layers}
    value = np.zeros(4) if filling == "zeros" else np.asarray(layers["a_filling"].kernel[0])
    np.testing.assert_allclose(lost, np.tile(value, (3, 1)))
    trained = {weight.path for weight in model.blueprint.model.trainable_weights}
    assert ("a_filling/kernel" in trained) == (filling == "learned")


def test_training_leaves_out_a_share_of_the_samples() -> None:
    lost = Shaken(fused("average"))("a_where", np.ones((2000, 3)), training=True)
    assert 0.4 < np.mean(~lost.any(axis=1)) < 0.6


LEAVING_OUT = [kind for kind, merge in MERGES.items() if merge.leaves_out]


@pytest.mark.parametrize("kind", LEAVING_OUT)
def test_a_merge_that_leaves_out_does_not_read_what_is_missing(kind: str) -> None:
    """Change the filling of a source: it has no effect, except on gates, which read the
    fillings.
    """
    architecture = fused(kind, "learned")
    model, there = Shaken(architecture), THERE[:3]
    before = model(end(architecture), there)
    features = [model(f"{name}_dense_1", there) for name in NAMES]
    for name in NAMES:
        layer = model.blueprint.model.get_layer(f"{name}_filling")
        layer.set_weights([layer.get_weights()[0] + 1])
    after = model(end(architecture), there)
    assert not np.allclose(model("a_dense_1", there)[2], features[0][2])
    np.testing.assert_allclose(after[0], before[0], rtol=1e-5)
    if not MERGES[kind].gate_layers:
        np.testing.assert_allclose(after, before, rtol=1e-5)


@pytest.mark.parametrize("kind", LEAVING_OUT)
def test_a_sample_without_any_input_gets_numbers(kind: str) -> None:
    architecture = fused(kind)
    assert np.isfinite(Shaken(architecture)("y", THERE)).all()
    assert "f" in {group.id for group in build(architecture).graph.groups}


def features_of(model: Shaken, there: Any) -> Any:
    """Return the sources of the merge, (sources, samples, 4)."""
    return np.stack([model(f"{name}_dense_1", there) for name in model.architecture.may_be_missing])


def present(there: Any) -> Any:
    """Return which sources count: all if there is none, (sources, samples, 1)."""
    return np.where(there.any(axis=1, keepdims=True), there, 1).T[:, :, None]


def softmax(scores: Any) -> Any:
    raised = np.exp(scores - scores.max(axis=0))
    return raised / raised.sum(axis=0)


def test_the_mean_is_that_of_what_a_sample_has() -> None:
    architecture = fused("average", "learned")
    model, p = Shaken(architecture), present(THERE)
    expected = (p * features_of(model, THERE)).sum(axis=0) / p.sum(axis=0)
    np.testing.assert_allclose(model(end(architecture), THERE), expected, rtol=1e-5)


def test_gates_share_out_among_what_a_sample_has() -> None:
    """Compute in NumPy the mixture of one gate per head."""
    architecture = fused("multi_gate", "learned")
    model, p = Shaken(architecture), present(THERE)
    xs = features_of(model, THERE)
    kernel, bias = model.blueprint.model.get_layer("f_scores").get_weights()
    scores = (np.concatenate(xs, axis=1) @ kernel + bias).T[:, :, None]
    gate = softmax(np.where(p > 0, scores, -np.inf))
    np.testing.assert_allclose(model(end(architecture), THERE), (gate * xs).sum(axis=0), rtol=1e-5)


def test_the_gate_of_two_sources_opens_for_the_one_that_is_there() -> None:
    architecture = fused("gated", "learned", count=2, units=4)
    there = THERE[:4, :2]
    model, p = Shaken(architecture), present(there)
    xs, gate = features_of(model, there), model("f_gate", there)
    get = model.blueprint.model.get_layer
    hidden = [
        np.tanh(x @ get(f"f_hidden_{name}").kernel + get(f"f_hidden_{name}").bias)
        for name, x in zip(NAMES, xs, strict=False)
    ]
    z = np.where(p[0] * p[1] > 0, gate, p[0])
    expected = z * hidden[0] + (1 - z) * hidden[1]
    np.testing.assert_allclose(model(end(architecture), there), expected, rtol=1e-4, atol=1e-6)


def nested(second: str = "zeros") -> Architecture:
    """Return the mean of `c` and a merge of `a` and `b`."""
    data = fused("average", "learned").data()
    data["inputs"][1]["missing"] = second
    data["merges"] = [
        {"name": "g", "kind": "add", "sources": ["a", "b"]},
        {"name": "f", "kind": "average", "sources": ["g", "c"]},
    ]
    return parse(data)


def test_a_merge_is_missing_where_all_of_its_inputs_are() -> None:
    architecture = nested()
    model = Shaken(architecture)
    joined, other = (
        model(build(architecture).graph.members("g")[-1].id, THERE),
        model("c_dense_1", THERE),
    )
    there = np.stack([THERE[:, :2].any(axis=1), THERE[:, 2] > 0], axis=1)
    p = present(there)
    expected = (p * np.stack([joined, other])).sum(axis=0) / p.sum(axis=0)
    np.testing.assert_allclose(model(end(architecture), THERE), expected, rtol=1e-5)


def test_a_merge_of_an_input_that_is_never_missing_is_always_there() -> None:
    graph = build(nested("never")).graph
    assert not [node.id for node in graph.members("f") if "max" in node.id]


def test_a_name_of_a_presence_is_reserved() -> None:
    data = fused("average").data()
    data["inputs"][1]["name"] = "a_present"
    data["merges"][0]["sources"][1] = "a_present"
    with pytest.raises(SpecError, match="is reserved while the input `a` may be missing") as raised:
        parse(data)
    assert raised.value.fix == "Rename this part, or set “If missing” of `a` to `never`."
    data["inputs"][0] = vector("a", 4, 4)
    assert parse(data).model_inputs["a_present"] == "a_present"


@pytest.mark.parametrize("filling", ["mean", "learned"])
def test_ids_have_no_mean(filling: str) -> None:
    data = fused("average", count=2).data()
    data["inputs"][0] = {"name": "a", "kind": "tokens", "missing": filling}
    with pytest.raises(SpecError, match="have no mean") as raised:
        parse(data)
    assert raised.value.where == ("inputs", 0, "missing")


def test_a_shared_encoder_leaves_the_filling_to_its_input() -> None:
    data = fused("average", "learned", count=2).data()
    data["inputs"][1]["encoder"] = {"kind": "shared", "branch": "a"}
    graph = build(parse(data)).graph
    assert graph["b_dense_1"].shares == "a_dense_1"
    assert (graph["b_dense_1"].sources, graph["b_filling"].shares) == (("b_where",), None)


def test_a_second_branch_reads_the_filled_input() -> None:
    data = fused("average", "learned", count=2).data()
    data["inputs"][1] = {**vector("b", 4, 4), "reads": "a"}
    architecture = parse(data)
    assert list(architecture.model_inputs) == ["a", "a_present"]
    assert set(build(architecture).graph["b_dense_1"].sources) == {"a_where"}
