from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, pairwise
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import assume, given

from components.base.errors import ShapeError, SpecError
from components.base.text import quoted
from components.models.architecture.architecture import Architecture, parse
from components.models.architecture.builder import (
    Blueprint,
    build,
    build_with_weights,
    compile_arguments,
    sketch,
)
from components.models.architecture.costs import Cost, costs_of
from components.models.architecture.part_cache import PARTS
from components.models.drawing import diagram, summary
from components.models.heads import HEADS
from components.models.inputs import INPUTS
from components.models.language.fields import settings
from components.models.language.graph import Graph
from components.models.merges import MERGES
from components.models.merges.base import Merge
from sample_data.content import presets
from tests import matrix
from tests.originals import ORIGINALS
from tests.strategies import AWKWARD, DOT_WORDS, fitting_architectures

Data = dict[str, Any]
Arrays = dict[str, "np.ndarray[Any, Any]"]

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*copy keyword:DeprecationWarning", "ignore:.*setParseAction:DeprecationWarning"
)

TAKES_VECTORS = [
    kind
    for kind, merge in MERGES.items()
    if all(1 in merge.contract.ranks_of(place) for place in (0, 1))
    and merge.contract.equal != "steps"
]


def takes_any_length(merge: type[Merge]) -> bool:
    """Return `True` if a merge joins sequences of unlike lengths."""
    contract = merge.contract
    return 2 in contract.ranks_of(1) and contract.equal in ("width", "nothing")


def single(given: Data, head: str = "binary") -> Architecture:
    """Return one input and one head on it."""
    return parse(
        {"inputs": [given], "heads": [{"name": "y", "kind": head, "source": given["name"]}]}
    )


def joined(merge: Data, *inputs: Data) -> Architecture:
    """Return inputs joined by a merge called `fusion`, and one head on it."""
    fusion = {"name": "fusion", "sources": [i["name"] for i in inputs], **merge}
    head = {"name": "y", "kind": "binary", "source": "fusion"}
    return parse({"inputs": list(inputs), "merges": [fusion], "heads": [head]})


def vector(name: str, features: int = 3, **encoder: Any) -> Data:
    encoder = encoder or {"kind": "passthrough"}
    return {"name": name, "kind": "vector", "features": features, "encoder": encoder}


def picture(name: str) -> Data:
    return {"name": name, "kind": "image", "height": 5, "width": 5, "channels": 3}


def batch(architecture: Architecture, rows: int = 3, length: int = 9) -> Arrays:
    """Return a small batch for each input; an open length is `length`."""
    rng = np.random.default_rng(0)
    arrays: Arrays = {}
    for item in architecture.data_inputs:
        shape = (rows, *(length if axis is None else axis for axis in item.shape))
        if item.cardinality:
            arrays[item.name] = rng.integers(0, item.cardinality, shape).astype(item.dtype)
        else:
            arrays[item.name] = rng.normal(size=shape).astype(item.dtype)
    return arrays


def outputs(model: keras.Model, arrays: Arrays) -> Arrays:
    return {name: np.asarray(y) for name, y in model(arrays, training=False).items()}


def built(architecture: Architecture) -> Blueprint | ShapeError:
    try:
        return build(architecture)
    except ShapeError as error:
        return error


def tried(architecture: Architecture) -> Blueprint:
    """Build an architecture; pass over examples whose shapes do not fit."""
    made = built(architecture)
    assume(isinstance(made, Blueprint))
    assert isinstance(made, Blueprint)
    return made


@pytest.mark.parametrize("kind", HEADS)
def test_every_loss_and_metric_of_a_head_is_known_to_keras(kind: str) -> None:
    for setting in settings(HEADS[kind]):
        if setting.name == "loss":
            assert all(callable(keras.losses.get(loss)) for loss in setting.options)
    (metrics,) = (s for s in settings(HEADS[kind]) if s.name == "metrics")
    data = {"name": "y", "kind": kind, "source": "a", "metrics": list(metrics.options)}
    architecture = parse({"inputs": [vector("a")], "heads": [data]})
    model = build_with_weights(architecture).model
    model.compile("sgd", **compile_arguments(architecture))
    (width,) = {head.width for head in architecture.heads}
    target = np.ones((6, 1 if width > 1 else width), "int32")
    logs = model.train_on_batch(batch(architecture, 6), {"y": target}, return_dict=True)
    assert len(logs) == 1 + len(metrics.options)
    assert all(np.isfinite(value) for value in logs.values())


# Every architecture


@given(fitting_architectures())
def test_graph_is_that_of_the_model(architecture: Architecture) -> None:
    blueprint = tried(architecture)
    assert_counted(blueprint)
    assert_costed(blueprint)
    assert wired(blueprint.graph) == wired_by_keras(blueprint.model)
    assert_in_order(blueprint.graph)
    assert_summarized(blueprint)
    assert_named(blueprint, architecture)
    assert_drawn(blueprint.graph.drawn())


def assert_counted(blueprint: Blueprint) -> None:
    """Compare the parameters with those that Keras counts."""
    nodes, layers = blueprint.graph.nodes, operations(blueprint.model)
    assert sum(node.parameters for node in nodes) == blueprint.model.count_params()
    for node in nodes:
        counted = 0 if node.operation else layers[node.keras_name].count_params()
        assert node.parameters in (0, counted)


def assert_costed(blueprint: Blueprint) -> None:
    """Compare the costs of nodes and groups with the total, and a node's memory with its output."""
    found = costs_of(blueprint.graph)
    assert set(found.nodes) == {node.id for node in blueprint.graph.nodes}
    assert sum(found.nodes.values(), Cost()) == found.total
    assert sum(found.groups.values(), Cost()) == found.total
    assert found.total.parameters == blueprint.model.count_params()
    for node in blueprint.graph.nodes:
        cost = found.nodes[node.id]
        assert cost.flops >= 0
        if None not in node.shape and node.hidden != "mask":
            gives = 4 * math.prod(node.shape)  # type: ignore[arg-type]
            holds_more = node.layer == "MultiHeadAttention"
            assert cost.activation_bytes > gives if holds_more else cost.activation_bytes == gives


def assert_in_order(graph: Graph) -> None:
    """Require an order in which the nodes can be computed."""
    done: set[str] = set()
    for node in graph.nodes:
        assert set(node.sources) <= done
        assert node.id not in done
        done.add(node.id)
    assert sorted(n.id for g in graph.groups for n in graph.members(g.id)) == sorted(done)


def assert_summarized(blueprint: Blueprint) -> None:
    """Require that the summary names every layer whole, and that the graph counts as many."""
    text = summary.text(blueprint.model)
    assert blueprint.graph.layers == len(blueprint.model.operations)
    for node in blueprint.graph.nodes:
        assert re.search(rf"│ {node.keras_name} +", text), node.keras_name


def assert_named(blueprint: Blueprint, architecture: Architecture) -> None:
    """Require unique names, with those of the spec among them."""
    assert set(blueprint.model.input) == {*architecture.model_inputs}
    assert set(blueprint.model.output) == {head.name for head in architecture.heads}
    assert blueprint.graph.name == blueprint.model.name == architecture.name
    names = [operation.name for operation in blueprint.model.operations]
    assert len(names) == len(set(names))
    ids = {node.id for node in blueprint.graph.nodes}
    parts = {item.name for item in architecture.data_inputs} | {
        head.name for head in architecture.heads
    }
    assert parts <= ids & set(names)


def assert_drawn(graph: Graph) -> None:
    """Compare the edges of the picture with those of the graph."""
    drawn = re.findall(r'^"?(\w+)"? -> "?(\w+)"?', diagram.dot(graph), re.M)
    assert Counter(drawn) == Counter((edge.source, edge.target) for edge in graph.edges())


@pytest.mark.parametrize("name", ORIGINALS)
def test_a_model_does_not_depend_on_earlier_builds(name: str) -> None:
    assert_independent(presets.load(name), [presets.load(other) for other in ORIGINALS])


def assert_independent(architecture: Architecture, others: list[Architecture]) -> None:
    """Require names and reused parts that do not depend on earlier builds."""
    PARTS.clear()
    first = tried(architecture)
    changed = architecture.model_copy(
        update={"trunk": architecture.trunk.model_copy(update={"units": 5})}
    )
    for other in (changed, *others):
        built(other)
    again = build(architecture)
    assert again.graph == first.graph
    assert diagram.dot(again.graph) == diagram.dot(first.graph)
    assert again.model.to_json() == first.model.to_json()
    assert summary.text(again.model) == summary.text(first.model)
    assert [w.path for w in again.model.weights] == [w.path for w in first.model.weights]
    assert wired(again.graph) == wired_by_keras(again.model)


def test_parts_are_read_again_and_do_not_remember_who_read_them() -> None:
    PARTS.clear()
    architecture = presets.load("image_text_relevance")
    first = build(architecture).model
    head = architecture.heads[0].model_copy(update={"name": "other"})
    again = build(architecture.model_copy(update={"heads": (head,)})).model
    for name in ("image_conv2d_1", "text_projection", "fusion_concatenate"):
        assert again.get_layer(name) is first.get_layer(name)
        assert again.get_layer(name)._outbound_nodes == []
    with_weights = build_with_weights(architecture).model
    assert with_weights.get_layer("image_conv2d_1") is not first.get_layer("image_conv2d_1")


def test_a_part_that_does_not_fit_is_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    PARTS.clear()
    data = presets.load("image_text_relevance").data()
    data["inputs"][0]["encoder"]["depth"] = 8
    architecture = parse(data)
    with pytest.raises(ShapeError) as first:
        build(architecture)
    drawn = sketch(architecture)
    monkeypatch.setattr(type(architecture.inputs[0].encoder), "layers", None)
    with pytest.raises(ShapeError) as again:
        build(architecture)
    assert str(again.value) == str(first.value)
    assert again.value.where == first.value.where
    assert sketch(architecture).graph == drawn.graph


def test_builds_in_many_threads_at_once_agree() -> None:
    specs = [
        joined({"kind": kind}, vector("a", 4, kind="dense", units=width), vector("b", width))
        for kind in ("add", "multiply", "gated")
        for width in (3, 4)
    ]
    alone = [diagram.dot(build(spec).graph) for spec in specs]
    PARTS.clear()
    with ThreadPoolExecutor(8) as pool:
        drawn = list(pool.map(lambda spec: diagram.dot(build(spec).graph), specs * 10))
    assert drawn == alone * 10


def operations(model: keras.Model) -> dict[str, Any]:
    return {operation.name: operation for operation in model.operations}


Call = tuple[str, int]
Wired = dict[Call, tuple[list[Call], tuple[int | None, ...]]]


def wired_by_keras(model: keras.Model) -> Wired:
    """Return each call of each operation of Keras, with the calls that it reads and its output
    shape.
    """
    calls: Wired = {}
    for name, operation in operations(model).items():
        for place, node in enumerate(operation._inbound_nodes):
            histories = [tensor._keras_history for tensor in node.arguments.keras_tensors]
            reads = [(history.operation.name, history.node_index) for history in histories]
            (output,) = node.output_tensors
            calls[name, place] = (reads, tuple(output.shape[1:]))
    return calls


def wired(graph: Graph) -> Wired:
    """Return the same for our graph. A layer's first call is that of its own branch."""
    counts: Counter[str] = Counter()
    call: dict[str, Call] = {}
    for node in sorted(graph.nodes, key=lambda node: node.shares is not None):
        call[node.id] = (node.keras_name, counts[node.keras_name])
        counts[node.keras_name] += 1
    return {
        call[node.id]: ([call[source] for source in node.sources], node.shape)
        for node in graph.nodes
    }


# Names


NAMED = [("a", "a_dense_1"), *pairwise(AWKWARD), ("a" * 40, "b" * 40)]


@pytest.mark.parametrize(("kind", "names"), list(zip(TAKES_VECTORS, cycle(NAMED), strict=False)))
def test_names_that_layers_have_too_do_not_collide(kind: str, names: tuple[str, str]) -> None:
    first, second = names
    inputs = [vector(first, 3, kind="dense", units=3), vector(second, 3, kind="dense", units=3)]
    merges = [{"name": "cast_1", "kind": kind, "sources": [first, second]}]
    heads = [{"name": "absolute_1", "kind": "binary", "source": "cast_1"}]
    made = build(parse({"inputs": inputs, "merges": merges, "heads": heads}))
    assert {first, second, "absolute_1"} <= set(operations(made.model))
    assert wired(made.graph) == wired_by_keras(made.model)


@pytest.mark.parametrize("name", DOT_WORDS)
def test_word_of_the_dot_language_is_a_name_like_any_other(name: str) -> None:
    graph = build(joined({"kind": "add"}, vector(name), vector("b"))).graph
    assert f'<g id="{name}" class="node"' in diagram.svg(graph)


# Contracts


def refused(spec: Callable[[], Architecture]) -> SpecError:
    with pytest.raises(SpecError) as caught:
        build(spec())
    return caught.value


@pytest.mark.parametrize("kind", MERGES)
def test_merge_of_different_ranks_is_refused(kind: str) -> None:
    contract = MERGES[kind].contract
    inputs = [vector("a"), picture("b")]
    if 3 in contract.ranks_of(0) and contract.roles:
        inputs = [picture("a"), picture("b")]
    error = refused(lambda: joined({"kind": kind}, *inputs))
    assert isinstance(error, ShapeError)
    assert error.received.endswith("b 5 × 5 × 3")
    assert error.rule.startswith(f"{MERGES[kind].title} needs ")
    assert quoted(error.culprits) in error.fix
    assert error.where == ("merges", 0, "sources")


@pytest.mark.parametrize("kind", [k for k, m in MERGES.items() if m.contract.equal == "shape"])
@pytest.mark.parametrize(("one", "other"), [(8, 1), (1, 8), (8, 4), (2, 3)])
def test_merge_of_different_widths_is_refused(kind: str, one: int, other: int) -> None:
    error = refused(lambda: joined({"kind": kind}, vector("a", one), vector("b", other)))
    assert isinstance(error, ShapeError)
    assert error.received == f"a {one}, b {other}"
    assert f"{max(one, other)} units" in error.fix
    assert error.where == ("merges", 0, "sources")


@pytest.mark.parametrize("kind", [k for k, m in MERGES.items() if not takes_any_length(m)])
@pytest.mark.parametrize("lengths", [(4, 5), (4, 1), (None, 4)])
def test_merge_of_different_lengths_is_refused(
    kind: str, lengths: tuple[int | None, int | None]
) -> None:
    inputs = [
        {"name": name, "kind": "timeseries", "length": length, "features": 2}
        for name, length in zip("ab", lengths, strict=True)
    ]
    error = refused(lambda: joined({"kind": kind}, *inputs))
    assert isinstance(error, ShapeError)
    assert error.received == ", ".join(
        f"{name} {'any' if length is None else length} × 2"
        for name, length in zip("ab", lengths, strict=True)
    )


@pytest.mark.parametrize("kind", MERGES)
def test_merge_of_the_wrong_number_of_sources_is_refused(kind: str) -> None:
    contract = MERGES[kind].contract
    counts = [1, *([contract.at_most + 1] if contract.at_most else [])]
    for count in counts:
        inputs = [vector(f"i{n}") for n in range(count)]
        error = refused(lambda inputs=inputs: joined({"kind": kind}, *inputs))  # type: ignore[misc]
        assert f"{count} source" in error.received
        assert str(contract) in error.rule
        assert error.where == ("merges", 0, "sources")


@pytest.mark.parametrize("head", HEADS)
def test_head_reads_vectors_alone(head: str) -> None:
    error = refused(lambda: single({**picture("a"), "encoder": {"kind": "passthrough"}}, head))
    assert isinstance(error, ShapeError)
    assert (error.received, error.where) == ("a 5 × 5 × 3", ("heads", 0, "source"))


def test_head_and_trunk_need_a_known_width() -> None:
    tokens = {"name": "a", "kind": "tokens", "length": None}
    error = refused(lambda: single(tokens))
    assert (error.received, error.where) == ("a any", ("heads", 0, "source"))
    heads = [{"name": "y", "kind": "binary", "source": "trunk"}]
    error = refused(lambda: parse({"inputs": [tokens], "trunk": {"depth": 1}, "heads": heads}))
    assert (error.received, error.where) == ("a any", ("trunk", "depth"))


# Numbers


SAVED = [(name,) for name in ORIGINALS]


@pytest.mark.parametrize("name", matrix.cases(SAVED, [("sensor_timeseries_anomaly",)]))
def test_preset_loads_in_plain_keras(name: str, tmp_path: Path) -> None:
    assert_loads(presets.load(name), tmp_path)


@pytest.mark.parametrize("kind", [kind for kind, i in INPUTS.items() if i(name="a").cardinality])
def test_ids_that_pass_through_load_in_plain_keras(kind: str, tmp_path: Path) -> None:
    assert_loads(single({"name": "a", "kind": kind}), tmp_path)


def assert_loads(architecture: Architecture, folder: Path) -> None:
    """Compare the outputs of a model with those of its saved file, loaded without any of our
    classes.
    """
    model = build_with_weights(architecture).model
    model.save(folder / "model.keras")
    loaded = keras.saving.load_model(folder / "model.keras", custom_objects=None, safe_mode=True)
    arrays = batch(architecture)
    expected, got = outputs(model, arrays), outputs(loaded, arrays)
    assert list(got) == [head.name for head in architecture.heads]
    for name, values in expected.items():
        np.testing.assert_array_equal(got[name], values)
