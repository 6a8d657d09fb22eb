"""Branches that are trained apart: the labels of each, and the prediction of the model."""

from __future__ import annotations

import numpy as np
import pytest

from components.base.errors import SpecError
from components.experiments.training.data_split import load_and_split
from components.experiments.training.requests import RunRequest, Settings
from components.models.analysis.apart import branches_apart, only_input
from components.models.architecture.architecture import Architecture, parse
from components.models.architecture.builder import build_with_weights
from components.sharing.code.script import script_of
from sample_data.content import presets
from sample_data.loading.synthetic import DataSpec, parse_data
from tests.experiments.training.support import VECTORS, train

DATA = DataSpec(relation=parse_data("additive"), samples=120)


def asked(model: Architecture, whole: Architecture) -> RunRequest:
    settings = Settings(epochs=2, learning_rate=0.02)
    return RunRequest(architecture=model, data=DATA, settings=settings, whole=whole)


def three() -> Architecture:
    encoder = {"kind": "dense", "units": 4}
    parts = {
        "inputs": [
            {"name": name, "kind": "vector", "features": 5, "encoder": encoder} for name in "abc"
        ],
        "merges": [{"name": "m", "kind": "gated", "sources": ["a", "b", "c"], "fit": "smallest"}],
        "trunk": {"depth": 2, "units": 6},
        "heads": [
            {"name": "y", "kind": "binary", "source": "trunk"},
            {"name": "z", "kind": "multiclass", "classes": 3, "source": "m"},
        ],
    }
    return parse(parts)


def test_an_input_alone_keeps_the_layers_after_the_merge() -> None:
    alone = only_input(three(), "b")
    assert [branch.name for branch in alone.data_inputs] == ["b"]
    assert alone.trunk == three().trunk
    with pytest.raises(SpecError, match="no input of this name"):
        only_input(three(), "d")


def test_each_input_has_heads_of_its_own_and_the_prediction_is_the_mean_of_their_logits() -> None:
    model = branches_apart(three())
    assert [head.name for head in model.data_heads] == ["y", "z"]
    assert {head.labels for head in model.heads} == {"", "y", "z"}
    assert [head.loss_weight for head in model.data_heads] == [0, 0]
    keras_model = build_with_weights(model).model
    rng = np.random.default_rng(0)
    out = keras_model({name: rng.normal(size=(7, 5)).astype("float32") for name in "abc"})
    y, parts = np.array(out["y"]), [np.array(out[f"y_{name}"]) for name in "abc"]
    mean = np.mean([np.log(part / (1 - part)) for part in parts], axis=0)
    assert y == pytest.approx(1 / (1 + np.exp(-mean)), abs=1e-5)
    z, parts = np.array(out["z"]), [np.array(out[f"z_{name}"]) for name in "abc"]
    product = np.exp(np.mean([np.log(part) for part in parts], axis=0))
    assert z == pytest.approx(product / product.sum(axis=1, keepdims=True), abs=1e-5)


def test_a_branch_learns_without_the_others() -> None:
    """Require that its weights after training do not depend on the data of another input."""
    weights = []
    for other in (0.0, 1.0):
        request = asked(branches_apart(VECTORS), VECTORS)
        blueprint = build_with_weights(request.architecture)
        model = blueprint.model
        rng = np.random.default_rng(1)
        for variable in model.trainable_variables:
            variable.assign(rng.normal(size=variable.shape))
        _, data = load_and_split(request)
        losses = {head.name: head.loss for head in request.architecture.heads}
        given = {head.name: head.loss_weight for head in request.architecture.heads}
        model.compile(optimizer="sgd", loss=losses, loss_weights=given)
        inputs = {**data.inputs, "right": data.inputs["right"] * other}
        model.train_on_batch(inputs, data.targets)
        left = [v.numpy() for v in model.trainable_variables if "left" in v.path]
        weights.append(left)
    assert len(weights[0]) >= 4
    for one, another in zip(*weights, strict=True):
        assert np.array_equal(one, another)


def test_it_is_trained_on_the_labels_of_the_whole_model() -> None:
    request = asked(branches_apart(VECTORS), VECTORS)
    _, data = load_and_split(request)
    _, whole = load_and_split(asked(VECTORS, VECTORS))
    for head in request.architecture.heads:
        assert np.array_equal(data.targets[head.name], whole.targets[head.labels or head.name])
    script = script_of(request).text
    assert "for name, of in labels.items()" in script
    compile(script, "script", "exec")
    assert train(request, lambda _: None, lambda: False).status == "finished"


@pytest.mark.parametrize(
    ("preset", "why"),
    [
        ("film_reasoning", "can't read"),
        ("deep_and_cross", "need more merges than a model can have"),
    ],
)
def test_a_model_that_cannot_be_built_is_refused_with_the_reason(preset: str, why: str) -> None:
    with pytest.raises(SpecError, match=why):
        branches_apart(presets.load(preset))


def test_a_head_can_only_learn_the_labels_of_one_like_it() -> None:
    parts = VECTORS.data()
    first = parts["heads"][0]["name"]
    source = parts["heads"][0]["source"]
    wrong = {"name": "other", "kind": "regression", "source": source, "labels": first}
    with pytest.raises(SpecError, match="same kind and width"):
        parse({**parts, "heads": [*parts["heads"], wrong]})
