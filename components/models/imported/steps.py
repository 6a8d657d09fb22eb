"""Conversion of a parsed model to graph nodes with shapes and weights, inner models opened."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import zip_longest
from typing import Any, Protocol

from components.base.errors import ModelFileError, suggest
from components.models.imported.allowed import dtype_name, is_layer
from components.models.imported.answers import KerasAnswers, LayerAnswer, arguments
from components.models.imported.files import Names, StoredWeights
from components.models.imported.parse import (
    MOST_LAYERS,
    SHARED,
    Full,
    Layer,
    LayerCall,
    Model,
    TensorReference,
    shape,
    too_many,
)
from components.models.imported.safe_text import HOW_TO_SAVE, LONGEST, clean, identifier, wrong_file
from components.models.language.graph import Node
from components.models.language.recorder import CONSTANTS

WITHOUT_WEIGHTS = ("InputLayer", "Lambda")
"""Keras layers without weights, which are never created to count them."""

Tensor = tuple[int, int]
"""Tensor as the position of its node, and its index among the node's outputs."""
_Call = tuple[str, int]
"""Name of a layer and number of a call."""


@dataclass(frozen=True)
class FlatModel:
    """Nodes of a model and its inner models, in an order in which they can be computed."""

    nodes: tuple[Node, ...]
    paths: Mapping[str, tuple[str, ...]]
    """Inner models that contain a node, by the ids of their calls, outermost first."""
    outputs: frozenset[str]


class Answers(Protocol):
    """Source of facts about a model's layers: Keras for a file, the layers for a live model."""

    def about(self, layer: Layer, call: LayerCall, reads: Sequence[Full]) -> LayerAnswer | None:
        """Return the answer for a call that reads tensors of these shapes."""


def flattened(
    model: Model, answers: Answers | None = None, stored: StoredWeights | None = None
) -> FlatModel:
    """Return the nodes of a model, without groups. Raises `ModelFileError` if calls don't fit.

    Without `answers`, Keras is asked about its own layers. `stored` has the weight counts in the
    file, for layers that Keras doesn't know.
    """
    collector = _Collector(answers or KerasAnswers(), stored)
    outputs = collector.open(model, None, (), (), (), [None] * len(model.outputs))
    ids = frozenset(collector.nodes[position].id for position, _ in outputs)
    return FlatModel(tuple(collector.nodes), collector.paths, ids)


class _Collector:
    """Collector of the nodes of a model and its inner models."""

    def __init__(self, answers: Answers, stored: StoredWeights | None) -> None:
        self._stored = stored
        self.nodes: list[Node] = []
        self.paths: dict[str, tuple[str, ...]] = {}
        self._shapes: list[Mapping[int, Full]] = []
        self._first: dict[object, str] = {}
        self._unmarked: dict[tuple[str, str], tuple[Layer, Names]] = {}
        self._marked: dict[int, Names] = {}
        self._ids: dict[str, int] = {}
        self._left = MOST_LAYERS
        self._answers = answers

    def open(
        self,
        model: Model,
        inputs: Sequence[Tensor] | None,
        path: tuple[str, ...],
        names: Names,
        within: Names,
        output_shapes: Sequence[Full | None],
    ) -> list[Tensor]:
        """Add the nodes of a model that reads `inputs`, and return its outputs.

        `names` is the path to this description of the model, `within` the path to the first one.
        """
        layers = _by_name(model)
        tensors: dict[tuple[str, int, int], Tensor] = {}
        if inputs is not None:
            tensors.update(_inner_inputs(model, inputs))
        shapes = _known_shapes(model, output_shapes)
        for name, number in in_order(model, layers):
            layer, call = layers[name], layers[name].calls[number]
            if (name, 0, 0) in tensors and not call.reads:
                continue
            self._left -= 1
            if self._left < 0:
                raise too_many(MOST_LAYERS + 1)
            reads = tuple(_tensor_of(tensors, read) for read in call.reads)
            own = shapes[name, number]
            if layer.model is None:
                position = self._add(layer, call, reads, path, names, within, own)
                for tensor in {0, *own}:
                    tensors[name, number, tensor] = (position, tensor)
                continue
            inner = self._free_id(identifier(_nested_id(path, name)))
            wanted = [own.get(tensor) for tensor in range(len(layer.model.outputs))]
            inner_outputs = self.open(
                layer.model,
                reads,
                (*path, inner),
                (*names, name),
                self._same(layer, within),
                wanted,
            )
            for tensor, inner_tensor in enumerate(inner_outputs):
                tensors[name, number, tensor] = inner_tensor
        return [_tensor_of(tensors, output) for output in model.outputs]

    def _add(
        self,
        layer: Layer,
        call: LayerCall,
        reads: tuple[Tensor, ...],
        path: tuple[str, ...],
        names: Names,
        within: Names,
        known_shapes: Mapping[int, Full],
    ) -> int:
        """Get the shapes and weights of a call, and add its node."""
        id = self._free_id(identifier(_nested_id(path, layer.name)))
        shares = self._first.setdefault(layer.identity or self._same(layer, within), id)
        shapes, answer, weights = dict(known_shapes), None, None
        if layer.kind == "InputLayer":
            size = shape(layer.config.get("batch_shape") or layer.config.get("batch_input_shape"))
            shapes.update({} if size is None else {0: size})
        elif layer.known or layer.identity:
            answer = self._answers.about(layer, call, self._read_shapes(layer, reads))
            shapes.update(enumerate(answer.shapes if answer else ()))
            weights = answer.weights if answer else None
        without = layer.known and (layer.operation or layer.kind in WITHOUT_WEIGHTS)
        if (without and not weights) or (shares != id and (answer or not layer.known)):
            weights = 0
        if weights is None and self._stored is not None:
            weights = self._stored.count((*names, layer.name))
        described = layer.operation or answer is not None or is_layer(layer.kind)
        missing = {
            "shape": 0 not in shapes,
            "parameters": weights is None,
            "what it does": not (layer.known and described) and not layer.identity,
            "FLOPs": not layer.known and bool(layer.identity),
        }
        named = dict(answer.arguments) if answer else arguments(layer.config)
        node = Node(
            id=id,
            layer=layer.kind,
            keras_name=clean(layer.name),
            group="",
            sources=tuple(self.nodes[position].id for position, _ in reads),
            shape=shapes[0][1:] if shapes.get(0) else (),
            dtype=clean(dtype_name(layer.config.get("dtype"))),
            parameters=weights or 0,
            arguments={**named, **_call_constants(layer)},
            config={} if answer is None else answer.config,
            defaults={} if answer is None else answer.defaults,
            shares=None if shares == id else shares,
            operation=layer.operation,
            unknown=tuple(word for word, is_missing in missing.items() if is_missing),
        )
        self.nodes.append(node)
        self._shapes.append(shapes)
        self.paths[id] = path
        return len(self.nodes) - 1

    def _same(self, layer: Layer, within: Names) -> Names:
        """Return the path to the first description of a layer, which may have no mark."""
        own = (*within, layer.name)
        if layer.shared is None:
            self._unmarked.setdefault((layer.kind, layer.name), (layer, own))
            return own
        if layer.shared not in self._marked:
            first, names = self._unmarked.pop((layer.kind, layer.name), (layer, own))
            alike = _unmarked(first.config) == _unmarked(layer.config)
            self._marked[layer.shared] = names if alike else own
        return self._marked[layer.shared]

    def _read_shapes(self, layer: Layer, reads: Sequence[Tensor]) -> list[Full]:
        """Return the shapes that a layer reads, or else those it was built for, if all are
        known.
        """
        known = [self._shapes[position].get(tensor) for position, tensor in reads]
        whole = [full for full in known if full is not None]
        if len(whole) < len(reads) or not reads:
            built = _build_shapes(layer)
            whole = built[: len(reads)] if 0 < len(reads) <= len(built) else []
        return whole

    def _free_id(self, wanted: str) -> str:
        count = self._ids.get(wanted, 0) + 1
        self._ids[wanted] = count
        if count == 1:
            return wanted
        return self._free_id(f"{wanted}-{count}")


def _unmarked(config: Any) -> Any:
    """Return a configuration without the marks of objects described more than once."""
    if isinstance(config, Mapping):
        return {key: _unmarked(value) for key, value in config.items() if key != SHARED}
    return [_unmarked(value) for value in config] if isinstance(config, list) else config


def _by_name(model: Model) -> dict[str, Layer]:
    layers: dict[str, Layer] = {}
    for layer in model.layers:
        if layer.name in layers:
            raise wrong_file("Two layers of the model have the same name.", layer.name)
        layers[layer.name] = layer
    return layers


def in_order(model: Model, layers: Mapping[str, Layer]) -> Iterator[_Call]:
    """Yield all calls, each after those it reads, otherwise in the order of the file.

    Raises `ModelFileError` if a layer is missing or the calls form a cycle.
    """
    calls = [(layer.name, n) for layer in model.layers for n in range(len(layer.calls))]
    positions = {call: position for position, call in enumerate(calls)}
    for reads in (*(layers[name].calls[n].reads for name, n in calls), model.inputs, model.outputs):
        for read in reads:
            if (read.layer, read.call) not in positions:
                raise _missing_layer(read, list(layers))
    order = TopologicalSorter({
        position: [positions[read.layer, read.call] for read in layers[name].calls[n].reads]
        for (name, n), position in positions.items()
    })  # fmt: skip
    try:
        order.prepare()
    except CycleError as error:
        stuck, _ = calls[error.args[1][0]]
        raise wrong_file("The layer graph can't contain a cycle.", stuck) from None
    ready: list[int] = []
    while order.is_active():
        for position in order.get_ready():
            heapq.heappush(ready, position)
        first = heapq.heappop(ready)
        yield calls[first]
        order.done(first)


def _missing_layer(read: TensorReference, names: Sequence[str]) -> ModelFileError:
    """Return the error for a layer that is read but missing in the file."""
    fix = suggest(read.layer, names[:200]) if names and len(read.layer) < 200 else HOW_TO_SAVE
    rule = "A layer may only read layers that the file lists."
    return wrong_file(rule, f"{clean(read.layer)}, call {read.call}", fix)


def _call_constants(layer: Layer) -> dict[str, Any]:
    """Return the numbers in the call of an operation."""
    if not layer.operation:
        return {}
    if "subscripts" in layer.config:
        return {CONSTANTS[0]: clean(layer.config["subscripts"])}
    return dict(zip(CONSTANTS, layer.calls[0].numbers, strict=False))


def _nested_id(path: Sequence[str], name: str) -> str:
    """Join a name to its inner model's id, and limit its length."""
    return "/".join((*path[-1:], name[:LONGEST]))


def _inner_inputs(model: Model, tensors: Sequence[Tensor]) -> dict[tuple[str, int, int], Tensor]:
    """Return the tensors passed to the inputs of an inner model."""
    if len(tensors) < len(model.inputs):
        rule = "A call of an inner model needs one tensor for each input."
        raise wrong_file(rule, f"{model.name}: {len(tensors)} for {len(model.inputs)}")
    ends = zip(model.inputs, tensors, strict=False)
    return {(end.layer, end.call, end.tensor): tensor for end, tensor in ends}


def _known_shapes(model: Model, outputs: Sequence[Full | None]) -> Mapping[_Call, dict[int, Full]]:
    """Return the known shapes of a model's tensors, from readers or the readers' build shapes."""
    shapes: dict[_Call, dict[int, Full]] = defaultdict(dict)
    for layer in model.layers:
        built = _build_shapes(layer) if len(layer.calls) == 1 else []
        for reads in (call.reads for call in layer.calls):
            for read, full in zip_longest(reads, built if len(built) == len(reads) else ()):
                if read.shape or full:
                    shapes[read.layer, read.call].setdefault(read.tensor, read.shape or full)
    for end, full in zip(model.outputs, outputs, strict=True):
        if full is not None:
            shapes[end.layer, end.call].setdefault(end.tensor, full)
    return shapes


def _tensor_of(tensors: Mapping[tuple[str, int, int], Tensor], read: TensorReference) -> Tensor:
    """Return the tensor of a reference; other outputs of a node are found from its first."""
    key = (read.layer, read.call, read.tensor)
    if key in tensors:
        return tensors[key]
    first = tensors.get((read.layer, read.call, 0))
    if first is None:
        raise _missing_layer(read, ())
    return (first[0], read.tensor)


def _build_shapes(layer: Layer) -> list[Full]:
    """Return the shapes a layer was built for, if the file has them."""
    input_shape = layer.built.get("input_shape")
    if input_shape is None:
        by_name = layer.built.get("shapes_dict")
        names = by_name if isinstance(by_name, Mapping) else {}
        several = [names.get(name) for name in ("query_shape", "value_shape", "key_shape")]
    else:
        nested = isinstance(input_shape, list) and all(
            isinstance(item, list) for item in input_shape
        )
        several = input_shape if nested and input_shape else [input_shape]
    return [full for full in map(shape, several) if full]
