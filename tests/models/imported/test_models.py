"""Whole models from elsewhere, compared with Keras."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import keras
import pytest
from keras import layers as K

from components.models import imported
from components.models.architecture.builder import Blueprint, weightless
from components.models.architecture.costs import costs_of
from components.models.drawing import blocks, diagram, summary
from components.models.drawing.options import DiagramOptions
from components.models.imported import MOST_BLOCKS, ImportedModel, parse
from components.models.imported.steps import flattened
from components.models.language.graph import Graph
from sample_data.content import applications

FIXTURES = Path(__file__).parent / "fixtures"
COUNTED = {
    "MobileNetV3Small": (2_554_968, 14),
    "EfficientNetB0": (5_330_571, 19),
    "ResNet50": (25_636_712, 19),
    "DenseNet121": (8_062_504, 12),
}
"""Number of parameters from `count_params()` when the files were written, and number of blocks."""


def application(name: str) -> str:
    path = FIXTURES / f"{name}.json.gz"
    return gzip.decompress(path.read_bytes()).decode() if path.exists() else applications.text(name)


def edges(graph: Graph) -> Counter[tuple[str, str]]:
    """Count the edges by the names of layers in the Keras model."""
    return Counter(
        (graph[edge.source].keras_name, graph[edge.target].keras_name) for edge in graph.edges()
    )


def assert_sound(graph: Graph) -> None:
    """Check that each node follows its sources, and that groups don't read each other in a
    circle.
    """
    seen: set[str] = set()
    for node in graph.nodes:
        assert set(node.sources) <= seen
        seen.add(node.id)
    assert {node.group for node in graph.nodes} <= {group.id for group in graph.groups}
    whole, done = blocks.block_graph(graph), set[str]()
    for block in whole.nodes:
        assert set(block.sources) <= done, block.id
        done.add(block.id)


@pytest.mark.parametrize("name", COUNTED)
def test_an_application_has_its_parameters_and_few_blocks(name: str) -> None:
    found = imported.read(application(name))
    parameters, count = COUNTED[name]
    assert found.costs.total.parameters == parameters
    assert found.unknown == ()
    assert found.keras == "3"
    assert len(found.graph.groups) == count <= MOST_BLOCKS
    assert_sound(found.graph)
    for group in found.graph.groups:
        part = found.part(group.id)
        assert_sound(part.graph)
        assert part.costs.total.parameters == found.costs.groups[group.id].parameters


APPLICATIONS = (
    "DenseNet121", "EfficientNetB0", "EfficientNetV2B0", "InceptionResNetV2", "InceptionV3",
    "MobileNet", "MobileNetV3Large", "NASNetMobile", "ResNet50V2", "VGG16", "Xception",
)  # fmt: skip


@pytest.mark.parametrize(
    "name",
    ["ConvNeXtTiny", *(pytest.param(name, marks=pytest.mark.matrix) for name in APPLICATIONS)],
)
def test_every_layer_of_an_application_has_its_parameters(name: str) -> None:
    model = weightless(lambda: getattr(keras.applications, name)(weights=None))
    found = imported.read(model.to_json())
    assert found.costs.total.parameters == model.count_params()
    assert found.unknown == ()
    counted = {node.keras_name: node.parameters for node in found.graph.nodes if not node.operation}
    inner = [one for layer in model.layers for one in getattr(layer, "layers", [layer])]
    assert counted.items() <= {layer.name: layer.count_params() for layer in inner}.items()


def test_blocks_are_called_as_the_layers_say() -> None:
    titles = [group.title for group in imported.read(application("MobileNetV3Small")).graph.groups]
    assert titles[1:12] == ["expanded conv", *(f"expanded conv {n}" for n in range(1, 11))]
    dense = [group.title for group in imported.read(application("DenseNet121")).graph.groups]
    assert [title for title in dense if title.startswith(("conv", "pool"))] == [
        "conv1", "pool1", "conv2", "pool2", "conv3", "pool3", "conv4", "pool4", "conv5",
    ]  # fmt: skip


def test_a_stage_opens_into_its_blocks_and_those_into_layers() -> None:
    found = imported.read(application("DenseNet121"))
    stage = next(group.id for group in found.graph.groups if group.title == "conv3")
    part = found.part(stage)
    inner = [group for group in part.graph.groups if group.title.startswith("conv3 block")]
    assert len(inner) == 12
    assert part.part(inner[0].id).layers == 7


def nameless(name: str) -> ImportedModel:
    """Return an application whose layers have Keras's automatic names."""
    data = json.loads(application(name))
    names = {
        layer["name"]: f"{layer['class_name'].lower()}_{number}"
        for number, layer in enumerate(data["config"]["layers"])
    }
    text = json.dumps(data)
    for old, new in sorted(names.items(), key=lambda pair: -len(pair[0])):
        text = text.replace(json.dumps(old), json.dumps(new))
    return imported.read(text)


def test_without_names_the_structure_says_the_blocks() -> None:
    model = nameless("ResNet50")
    assert_sound(model.graph)
    sizes = [len(model.graph.members(group.id)) for group in model.graph.groups]
    assert sizes == [7, 11, 10, 10, 12, 10, 10, 10, 12, 10, 10, 10, 10, 10, 12, 10, 10, 2, 1]
    assert model.graph.groups[2].title == "Conv2D ×3, Add"
    assert model.costs.total.parameters == COUNTED["ResNet50"][0]


@pytest.mark.parametrize("depth", [2, 6])
@pytest.mark.parametrize("norm_first", [True, False])
def test_each_layer_of_a_transformer_is_one_block(depth: int, norm_first: bool) -> None:
    inputs = keras.Input((16,), dtype="int32")
    x = K.Embedding(50, 8)(inputs)
    for _ in range(depth):
        for kind in ("attention", "feed forward"):
            y = K.LayerNormalization()(x) if norm_first else x
            y = K.MultiHeadAttention(2, 4)(y, y) if kind == "attention" else K.Dense(8)(y)
            x = K.Add()([x, y])
            x = x if norm_first else K.LayerNormalization()(x)
    model = keras.Model(inputs, K.Dense(1)(K.GlobalAveragePooling1D()(x)))
    graph = imported.read(model.to_json()).graph
    blocks_of = [[n.layer for n in graph.members(group.id)] for group in graph.groups]
    assert len(blocks_of) == 3 + depth
    assert all(block == blocks_of[1] for block in blocks_of[1 : 1 + depth])
    assert [len(block) for block in blocks_of] == [2, *[6] * depth, 1, 1]
    assert graph.groups[1].title.startswith("MultiHeadAttention, ")


def test_what_repeats_more_often_than_fits_is_joined_and_opens_again() -> None:
    model = nameless("DenseNet121")
    assert_sound(model.graph)
    assert len(model.graph.groups) == 35
    whole = set(nodes_of(model))
    for group in model.graph.groups:
        part = model.part(group.id)
        assert_sound(part.graph)
        whole -= set(nodes_of(part))
    assert not whole


def nodes_of(model: ImportedModel) -> list[str]:
    return [node.id for node in model.graph.nodes if not node.id.startswith(imported.STUB_PREFIX)]


def opened(model: ImportedModel, most: int) -> int:
    """Open all blocks down to the innermost. Return the depth."""
    assert_sound(model.graph)
    own = {model.graph[id].group for id in nodes_of(model)}
    assert len(own) <= MOST_BLOCKS
    if len(own) == 1:
        assert len(nodes_of(model)) <= most
        return 1
    inner = [block for block in own if len(model.graph.members(block)) > 1]
    return 1 + max((opened(model.part(block), most) for block in inner), default=0)


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("name", "titles"),
    [
        (
            "NASNetMobile",
            [f"normal {number}" for number in (1, 2, 3, 6, 7, 8, 10, 11, 12)],
        ),
        ("Xception", [f"block{number}" for number in range(3, 15)]),
        ("InceptionV3", [f"mixed{number}" for number in range(11)]),
    ],
)
def test_blocks_of_others_have_their_names_and_open(name: str, titles: list[str]) -> None:
    model = imported.read(getattr(keras.applications, name)(weights=None).to_json())
    assert [group.title for group in model.graph.groups if group.title in titles] == titles
    opened(model, most=24)


def test_shares_are_of_the_whole_model() -> None:
    model = imported.read(application("ResNet50"))
    block = next(group.id for group in model.graph.groups if group.title == "conv5 block1")
    part = model.part(block)
    total = COUNTED["ResNet50"][0]
    for some in (part, model.stretch(model.stretches(24)[-1])):
        assert some.graph.model_parameters == total
        columns = summary.layer_columns(some.graph, some.costs)
        assert columns["Share"] == [count / total for count in columns["Parameters"]]
    assert max(node.parameters for node in part.graph.nodes) < total / 10
    assert "params (" not in diagram.svg(part.graph)  # A card shows its share only from 10 %.


def test_presets_are_read_as_they_were_built(preset: Blueprint) -> None:
    model = imported.read(preset.model.to_json())
    found, ours = model.graph, preset.graph
    assert model.costs.total == costs_of(ours).total

    def layers(graph: Graph) -> Counter[tuple[str, str, int, tuple[int | None, ...]]]:
        return Counter((n.keras_name, n.layer, n.parameters, n.shape) for n in graph.nodes)

    assert layers(found) == layers(ours)
    assert edges(found) == edges(ours)
    assert not any(node.unknown for node in found.nodes)
    assert_sound(found)


def test_arguments_are_those_that_differ_from_the_defaults() -> None:
    x = keras.Input((8, 8, 3))
    y = K.Conv2D(4, 3, strides=2, activation="relu", kernel_initializer="he_normal")(x)
    y = K.Conv2D(4, (3, 2), padding="same", kernel_regularizer="l2")(y)
    y = K.MaxPooling2D()(y)
    y = K.Reshape((-1, 4))(y)
    y = K.Bidirectional(K.LSTM(5, return_sequences=True))(y)
    graph = imported.read(keras.Model(x, y).to_json()).graph
    arguments = [dict(node.arguments) for node in graph.nodes]
    assert arguments[0] == {}
    names = "filters kernel_size strides activation kernel_initializer"
    assert list(arguments[1]) == names.split()
    assert arguments[1]["kernel_size"] == 3
    assert arguments[1]["strides"] == 2
    assert str(arguments[1]["kernel_initializer"]).startswith("HeNormal")
    assert arguments[2]["kernel_size"] == (3, 2)
    assert "L2" in str(arguments[2]["kernel_regularizer"])
    assert arguments[3] == {}
    assert arguments[4] == {"target_shape": (-1, 4)}
    assert str(arguments[5]["layer"]) == "LSTM(units=5, return_sequences=True)"


def sequential() -> keras.Model:
    layers = [keras.Input((12, 12, 3)), K.Conv2D(4, 3), K.Flatten(), K.Dense(2)]
    return keras.Sequential(layers, name="row")


def nested() -> keras.Model:
    inner_input = keras.Input((12, 12, 3))
    inner = keras.Model(inner_input, [sequential()(inner_input), K.Flatten()(inner_input)])
    inner.name = "inner"
    x = keras.Input((12, 12, 3), name="x")
    one, other = inner(x)
    return keras.Model(x, K.Dense(3, name="end")(K.Concatenate()([one, other])))


def shared() -> keras.Model:
    tower = keras.Sequential([keras.Input((6,)), K.Dense(4), K.Dense(3)], name="tower")
    left, right = keras.Input((6,), name="left"), keras.Input((6,), name="right")
    scale = K.Dense(3, name="scale")
    a, b = scale(tower(left)), scale(tower(right))
    return keras.Model([left, right], K.Dense(1, name="same")(K.Subtract(name="apart")([a, b])))


def several() -> keras.Model:
    text, image = keras.Input((9,), name="text"), keras.Input((8, 8, 3), name="image")
    words = K.Embedding(50, 6)(text)
    steps, state, _ = K.LSTM(5, return_sequences=True, return_state=True)(words)
    seen = K.Flatten()(K.Conv2D(3, 3)(image))
    asked = K.MultiHeadAttention(2, 4)(query=steps, value=words)
    merged = K.Concatenate()([keras.ops.mean(asked, axis=1), state, seen, seen])
    return keras.Model(
        {"text": text, "image": image},
        {"one": K.Dense(1, name="one")(merged), "two": K.Dense(2, name="two")(seen)},
    )


@pytest.mark.parametrize("make", [sequential, nested, shared, several])
def test_a_model_is_read_whole(make: Any) -> None:
    model = make()
    found = imported.read(model.to_json())
    assert found.costs.total.parameters == model.count_params()
    assert found.unknown == ()
    assert_sound(found.graph)
    for level in ("blocks", "layers", "everything"):
        assert diagram.svg(found.graph, DiagramOptions(level=level)).startswith("<svg")


def test_inner_models_are_blocks_that_open() -> None:
    found = imported.read(nested().to_json())
    inner = next(group for group in found.graph.groups if group.title == "inner")
    assert inner.note == "4 layers"
    part = found.part(inner.id)
    assert [node.keras_name for node in part.graph.nodes if node.layer == "InputLayer"] == ["x"]
    row = next(group for group in part.graph.groups if group.title == "row")
    assert [node.layer for node in part.part(row.id).graph.nodes] == [
        "InputLayer", "Conv2D", "Flatten", "Dense",
    ]  # fmt: skip


def test_calls_of_a_shared_layer_and_of_a_shared_model_share_weights() -> None:
    graph = imported.read(shared().to_json()).graph
    sharing = {node.id: node.shares for node in graph.nodes if node.shares}
    assert len(sharing) == 3
    assert sharing["scale-2"] == "scale"
    titles = {group.title: group for group in graph.groups}
    assert titles["left"].role == titles["right"].role == "branch"
    assert titles["same"].role == "head"
    for level in ("blocks", "layers"):
        svg = diagram.svg(graph, DiagramOptions(level=level))
        assert "weights of" in svg
        assert "weights of block_" not in svg


def test_a_sequential_model_without_shapes_says_what_is_unknown() -> None:
    found = imported.read(keras.Sequential([K.Dense(3), K.ReLU()]).to_json())
    assert [node.layer for node in found.graph.nodes] == ["InputLayer", "Dense", "ReLU"]
    assert [node.layer for node in found.uncounted] == ["Dense"]
    assert found.unknown[0].unknown == ("shape",)


@keras.saving.register_keras_serializable("elsewhere")
class Dense(keras.layers.Layer):  # type: ignore[misc]
    """Custom layer with the name of one of Keras's."""

    def build(self, shape: Any) -> None:
        self.kernel = self.add_weight(shape=(7, 7))

    def call(self, x: Any) -> Any:
        return x


def test_layers_of_ones_own_are_unknown_and_code_is_not_read() -> None:
    x = keras.Input((6,))
    y = Dense(name="own")(x)
    y = K.Lambda(lambda t: t * 2, name="code")(y)
    text = keras.Model(x, K.Dense(2, name="end")(y)).to_json()
    found = imported.read(text)
    own, code = (next(n for n in found.graph.nodes if n.id == id) for id in ("own", "code"))
    assert own.unknown == ("parameters", "what it does")
    assert own.shape == code.shape == (6,)
    assert code.unknown == ("what it does",)
    assert code.arguments["function"] == "code, which is not read"
    assert found.uncounted == (own,)
    assert found.costs.total.parameters == 14
    assert "4wEAAAA" not in repr(found.graph)


def old_layer(kind: str, name: str, *nodes: Any, **config: Any) -> dict[str, Any]:
    """Return a layer in the format of Keras 2."""
    config = {"name": name, **config}
    return {"class_name": kind, "config": config, "name": name, "inbound_nodes": list(nodes)}


TAIL = [
    old_layer("InputLayer", "tail_input", batch_input_shape=[None, 10, 6]),
    old_layer("Flatten", "flat"),
    old_layer("Dense", "d", units=2),
]
OLD_LAYERS = [
    old_layer("InputLayer", "a", batch_input_shape=[None, 10, 6], dtype="float32"),
    old_layer("LSTM", "steps", [["a", 0, 0, {}]], units=6, return_sequences=True),
    old_layer(
        "MultiHeadAttention",
        "seen",
        [["a", 0, 0, {"value": ["steps", 0, 0]}]],
        **{"num_heads": 2, "key_dim": 3, "use_bias": True},
    ),
    old_layer(
        "TFOpLambda",
        "tf.math.add",
        ["seen", 0, 0, {"y": ["steps", 0, 0], "name": None}],
        function="math.add",
    ),
    old_layer("BatchNormalization", "bn", [["steps", 0, 0, {}]], axis=[2], scale=True, center=True),
    old_layer("Sequential", "tail", [["bn", 0, 0, {}]], layers=TAIL),
]


def test_files_of_keras_2_are_read_with_unknown_parts() -> None:
    outputs = [["tail", 0, 0], ["tf.math.add", 0, 0]]
    config = {"name": "old", "layers": OLD_LAYERS, "input_layers": [["a", 0, 0]]}
    data = {"class_name": "Functional", "keras_version": "2.9.0", "backend": "tensorflow"}
    found = imported.read(json.dumps({**data, "config": {**config, "output_layers": outputs}}))
    assert found.keras == "2.9.0"
    graph = found.graph
    assert {node.id: node.parameters for node in graph.nodes} == {
        "a": 0,
        "steps": 4 * (6 * 12 + 6),
        "seen": 2 * (6 * 6 + 6) + 6 * 6 + 6 + 6 * 6 + 6,
        "tf.math.add": 0,
        "bn": 24,
        "tail/flat": 0,
        "tail/d": 122,
    }
    assert graph["seen"].sources == ("a", "steps")
    assert graph["tf.math.add"].sources == ("seen", "steps")
    assert graph["tf.math.add"].unknown == ("shape", "parameters", "what it does")
    assert graph["tail/d"].shape == (2,)


OLD_CALLS = [
    old_layer("InputLayer", "x", batch_input_shape=[None, 6]),
    old_layer("InputLayer", "y", batch_input_shape=[None, 6]),
    old_layer(
        "Sequential", "inner", [["x", 0, 0, {}]], [["y", 0, 0, {}]], [["inner", 2, 0, {}]],
        layers=[old_layer("Dense", "d", units=6, batch_input_shape=[None, 6])],
    ),
    old_layer("Flatten", "flat", [["inner", 1, 0, {}]]),
]  # fmt: skip
OLD_ENDS = [["inner", 1, 0], ["inner", 3, 0], ["flat", 0, 0]]
"""Output calls in Keras 2, which counts calls of inner models from 1 everywhere; Keras 3 does so
only in outputs.
"""


def calls_of_keras_3() -> Any:
    x, y, z = (keras.Input((6,), name=name) for name in "xyz")
    inner = keras.Model(z, K.Dense(6, name="d")(z), name="inner")
    ends = [inner(x), inner(inner(y))]
    return json.loads(keras.Model([x, y], [*ends, K.Flatten(name="flat")(ends[0])]).to_json())


def calls_of_keras_2() -> Any:
    ends = {"input_layers": [["x", 0, 0], ["y", 0, 0]], "output_layers": OLD_ENDS}
    return {"class_name": "Functional", "config": {"name": "m", "layers": OLD_CALLS, **ends}}


@pytest.mark.parametrize("data", [calls_of_keras_3, calls_of_keras_2])
def test_calls_of_an_inner_model_are_those_that_its_readers_mean(data: Any) -> None:
    flat = flattened(parse.model(data()))
    assert {node.id: node.sources for node in flat.nodes} == {
        "x": (),
        "y": (),
        "inner/d": ("x",),
        "inner-2/d": ("y",),
        "inner-3/d": ("inner-2/d",),
        "flat": ("inner/d",),
    }
    assert flat.outputs == {"inner/d", "inner-3/d", "flat"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_may_have_the_encoding_of_a_text_editor(encoding: str) -> None:
    text = json.dumps(calls_of_keras_2())
    assert imported.read(text.encode(encoding)) == imported.read(text)


def test_a_sequential_file_of_keras_2_takes_its_input_from_the_first_layer() -> None:
    layer = {"class_name": "Dense", "config": {"units": 3, "batch_input_shape": [None, 4]}}
    layer["config"]["name"] = "d"  # type: ignore[index]
    for config in ({"name": "row", "layers": [layer]}, [layer]):
        found = imported.read(json.dumps({"class_name": "Sequential", "config": config}))
        assert found.costs.total.parameters == 15
        assert found.graph.nodes[-1].shape == (3,)


def test_a_merge_of_one_layer_has_its_name_once() -> None:
    a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b")
    joined = K.Concatenate(name="joined")([a, b])
    found = imported.read(keras.Model([a, b], K.Dense(1)(joined)).to_json())
    svg = diagram.svg(found.graph, DiagramOptions())
    assert svg.count(">Concatenate") == 1


def test_branches_of_several_inputs_have_their_hues_and_a_repeated_edge_stays_twice() -> None:
    graph = imported.read(several().to_json()).graph
    assert {group.hue for group in graph.groups if group.role == "branch"} == {0, 1}
    merge = next(node for node in graph.nodes if node.layer == "Concatenate")
    assert len(merge.sources) == 4
