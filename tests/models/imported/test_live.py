"""Models of this process: functional ones read like their files, subclassed ones traced."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers as K
from keras import ops

from components.base.errors import ModelFileError
from components.models import imported
from components.models.drawing import diagram
from components.models.imported.live import read_live
from sample_data.content import applications


class Scale(K.Layer):  # type: ignore[misc]
    """Custom layer without `get_config`."""

    def build(self, shape: Any) -> None:
        self.factor = self.add_weight(shape=(shape[-1],))

    def call(self, x: Any) -> Any:
        return x * self.factor


class Subclassed(keras.Model):  # type: ignore[misc]
    """Model with a custom layer, operations and `+`."""

    def __init__(self) -> None:
        super().__init__(name="subclassed")
        self.first, self.scale, self.drop = K.Dense(8), Scale(), K.Dropout(0.5)
        self.last = K.Dense(3)

    def call(self, x: Any, training: bool = False) -> Any:
        x = self.drop(self.scale(self.first(x)), training=training)
        return self.last(ops.relu(x) + x)


class ByName(keras.Model):  # type: ignore[misc]
    """Model with inputs in a dict, and a weight of its own."""

    def __init__(self) -> None:
        super().__init__(name="by_name")
        self.embed, self.read, self.image = K.Embedding(50, 8), K.LSTM(8), K.Dense(8)
        self.mix = self.add_weight(shape=(8, 8), name="mix")
        self.last = K.Dense(1)

    def call(self, inputs: dict[str, Any]) -> Any:
        text = self.read(self.embed(inputs["text"])) @ self.mix
        return self.last(ops.concatenate([text, self.image(inputs["image"])]))


class TwoArguments(keras.Model):  # type: ignore[misc]
    """Model with two arguments of `call`, and a subclassed model in it."""

    def __init__(self) -> None:
        super().__init__(name="two_arguments")
        self.both, self.inner = K.Dense(4), Subclassed()

    def call(self, a: Any, b: Any) -> Any:
        return self.inner(self.both(a) + self.both(b))


class Deciding(keras.Model):  # type: ignore[misc]
    """Model with control flow that depends on values."""

    def __init__(self) -> None:
        super().__init__(name="deciding")
        inner = [keras.Input((4,), name="x"), K.Dense(8), K.Dense(8)]
        self.inner, self.last = keras.Sequential(inner, name="inner"), K.Dense(1)

    def call(self, x: Any) -> Any:
        return self.last(self.inner(x)) if float(ops.sum(x)) > 0 else self.last(self.inner(-x))


class TwoTowers(keras.Model):  # type: ignore[misc]
    """Model with a dictionary of inputs, whose keys are the names of its encoders."""

    def __init__(self) -> None:
        super().__init__(name="two_towers")
        self.user = keras.Sequential([K.Dense(8), K.Dense(3)], name="user")
        self.item = keras.Sequential([K.Dense(8), K.Dense(3)], name="item")

    def call(self, x: Any) -> Any:
        return ops.sum(self.user(x["user"]) * self.item(x["item"]), axis=1)


def ones(*shape: int) -> Any:
    return np.ones(shape, "float32")


TOWERS = {"user": ones(2, 4), "item": ones(2, 6)}


def shared_between_inner_models() -> keras.Model:
    tied = K.Dense(8, name="tied")
    x, y = keras.Input((4,)), keras.Input((4,))
    one, other = keras.Model(x, tied(x), name="one"), keras.Model(y, K.Dense(3)(tied(y)), name="y")
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    return keras.Model([a, b], K.Concatenate()([one(a), one(b), other(b), tied(a)]))


def outside_and_inside() -> keras.Model:
    x, y = keras.Input((8,)), keras.Input((8,))
    small = keras.Model(x, K.Dense(8)(x), name="small")
    middle = keras.Model(y, small(small(y)), name="middle")
    a = keras.Input((8,), name="a")
    return keras.Model(a, K.Add()([small(a), middle(a)]))


def inner_models(count: int, layers: int) -> keras.Model:
    x = start = keras.Input((8,), name="start")
    for _ in range(count):
        y = inner = keras.Input((8,))
        for _ in range(layers):
            y = K.Dense(8)(y)
        x = keras.Model(inner, y)(x)
    return keras.Model(start, x)


def called(make: Callable[[], keras.Model], *data: Any) -> keras.Model:
    model = make()
    model(*data)
    return model


MODELS: dict[str, Callable[[], keras.Model]] = {
    "subclassed": lambda: called(Subclassed, ones(2, 4)),
    "by name": lambda: called(ByName, {"text": np.ones((2, 5), "int32"), "image": ones(2, 4)}),
    "shared": shared_between_inner_models,
    "outside and inside": outside_and_inside,
    "nested": lambda: inner_models(3, 4),
}


@pytest.mark.parametrize("name", applications.names())
def test_a_functional_model_is_read_as_its_file_is(name: str) -> None:
    text = applications.text(name)
    model = keras.models.model_from_json(text)
    assert read_live(model).model.graph == imported.read(text).graph


@pytest.mark.parametrize("name", MODELS)
def test_parameters_are_those_that_keras_counts(name: str) -> None:
    model = MODELS[name]()
    live = read_live(model)
    assert live.model.notes == ()
    assert live.model.costs.total.parameters == model.count_params()


def test_a_subclassed_model_is_traced_with_its_custom_layer() -> None:
    graph = read_live(called(Subclassed, ones(2, 4))).model.graph
    layers = [node.layer for node in graph.nodes]
    assert layers == ["InputLayer", "Dense", "Scale", "Dropout", "Relu", "Add", "Dense"]
    scale = graph.nodes[2]
    assert (scale.shape, scale.parameters, scale.unknown) == ((8,), 8, ("FLOPs",))
    assert graph.nodes[5].sources == (graph.nodes[4].id, graph.nodes[3].id)


def test_the_weights_of_an_operation_are_its_own() -> None:
    graph = read_live(MODELS["by name"]()).model.graph
    (product,) = (node for node in graph.nodes if node.layer == "Matmul")
    assert product.parameters == 64


def test_inputs_by_name_trace_a_model_that_stays_unbuilt() -> None:
    model = TwoArguments()
    live = read_live(model, {"a": (None, 4), "b": ones(2, 4)})
    assert live.connected
    assert not model.weights
    assert not model.both.built
    model(ones(2, 4), ones(2, 4))
    assert live.model.graph.model_parameters == model.count_params()
    assert {node.shape for node in live.model.graph.nodes if node.layer == "InputLayer"} == {(4,)}


def test_an_input_may_have_the_name_of_its_encoder() -> None:
    live = read_live(called(TwoTowers, TOWERS), TOWERS)
    assert live.connected
    names = {node.keras_name for node in live.model.graph.nodes if node.layer == "InputLayer"}
    assert names == {"user_input", "item_input"}


@pytest.mark.parametrize(
    ("model", "inputs", "reason"),
    [
        (lambda: called(Deciding, ones(2, 4)), (None, 4), "couldn't be traced (ValueError: "),
        (lambda: called(Deciding, ones(2, 4)), None, "Keras knows no shapes of its inputs"),
        (lambda: called(TwoArguments, ones(2, 4), ones(2, 4)), None, "needs b, too"),
        (lambda: called(TwoTowers, TOWERS), {"user": (None, 4)}, "(KeyError: 'item')"),
        (
            lambda: called(TwoTowers, TOWERS),
            {**TOWERS, "item": ones(2, 9)},
            "expected shape=(None, 6), found shape=(None, 9))",
        ),
    ],
)
def test_a_model_that_cannot_be_traced_is_its_layers_with_a_reason(
    model: Callable[[], keras.Model], inputs: Any, reason: str
) -> None:
    built = model()
    live = read_live(built, inputs)
    assert not live.connected
    assert reason in live.model.notes[0]
    assert live.model.graph.model_parameters == built.count_params()
    assert {group.role for group in live.model.graph.groups} == {"trunk"}


def test_an_inner_model_of_a_listed_one_is_opened() -> None:
    graph = read_live(called(Deciding, ones(2, 4)), (None, 4)).model.graph
    assert [node.layer for node in graph.nodes].count("Dense") == 3
    assert sum(len(node.sources) for node in graph.nodes) == 2


def test_weights_that_no_layer_has_are_noted() -> None:
    class Spare(Subclassed):
        def __init__(self) -> None:
            super().__init__()
            self.spare = K.Dense(2)
            self.spare.build((None, 5))

    model = called(Spare, ones(2, 4))
    live = read_live(model)
    assert live.model.notes == ("12 of its 87 parameters belong to no layer.",)
    assert live.model.graph.model_parameters == model.count_params()


@pytest.mark.parametrize("name", MODELS)
def test_reading_leaves_model_and_process_as_they_were(name: str) -> None:
    model = MODELS[name]()

    def state() -> Any:
        layers = model._flatten_layers()
        nodes = [(len(layer._inbound_nodes), len(layer._outbound_nodes)) for layer in layers]
        return nodes, random.getstate(), keras.backend.backend(), keras.config.floatx()

    before, values = state(), model.get_weights()
    read_live(model)
    assert state() == before
    assert all(map(np.array_equal, model.get_weights(), values))
    first, second = K.Dense(1).name, K.Dense(1).name
    assert int(second.rpartition("_")[2]) == int(first.rpartition("_")[2] or 0) + 1


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(ModelFileError, match="Only a Keras 3 model"):
        read_live(K.Dense(1))
    with pytest.raises(ModelFileError, match="arrays, tensors or shapes"):
        read_live(Subclassed(), "x")


def test_consecutive_parts_are_drawn_below_each_other() -> None:
    width, height = diagram.size(read_live(inner_models(4, 4)).model.graph)
    assert height > 3 * width
