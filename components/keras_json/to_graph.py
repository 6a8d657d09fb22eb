"""From a parsed model to the nodes of a graph, with inner models opened, shapes and weights."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from components.core.errors import ModelFileError
from components.core.graph import Node
from components.keras_json import arguments as _arguments
from components.keras_json import shapes as _shapes
from components.keras_json import weights as _weights
from components.keras_json.call_order import calls_in_order, layers_by_name, missing_layer
from components.keras_json.calls import (
    MOST_LAYERS,
    Full,
    LayerCall,
    TensorReference,
    shape,
    too_many,
)
from components.keras_json.parse import Layer, Model
from components.keras_json.text import HOW_TO_SAVE, LONGEST, Config, clean, identifier

MOST_WEIGHTS = 2**53
"""The most weights of a layer: more can't be shown exactly in a table."""

Tensor = tuple[int, int]
"""A tensor: the position of its step, and its number among the outputs of the step."""


@dataclass
class LayerStep:
    """One call of one layer, with all that is known about it."""

    id: str
    layer: Layer
    path: tuple[str, ...]
    """The inner models it lies in, by the ids of their calls, outermost first."""
    sources: tuple[Tensor, ...]
    shapes: dict[int, Full]
    """Shapes of its outputs, by number."""
    weights: int | None = None
    shares: str | None = None
    unknown: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ModelSteps:
    """All steps in an order in which they can be computed, and the positions of the outputs."""

    steps: tuple[LayerStep, ...]
    outputs: tuple[int, ...]


def to_steps(model: Model) -> ModelSteps:
    """The steps of a model and its inner models. Raises `ModelFileError` if calls don't fit."""
    collector = _StepCollector()
    outputs = collector.open(model, None, (), (), [None] * len(model.outputs))
    return ModelSteps(
        tuple(collector.steps), tuple(dict.fromkeys(position for position, _ in outputs))
    )


def node_of(model_steps: ModelSteps, step: LayerStep, group: str) -> Node:
    """The node of a step in a graph."""
    layer = step.layer
    full = step.shapes.get(0)
    arguments = _arguments.arguments(layer.kind, layer.config, layer.known and not layer.operation)
    if layer.operation:
        arguments.update(_call_constants(layer, step))
    return Node(
        id=step.id,
        layer=layer.kind,
        keras_name=clean(layer.name),
        group=group,
        sources=tuple(model_steps.steps[position].id for position, _ in step.sources),
        shape=full[1:] if full else (),
        dtype=_dtype(layer.config.get("dtype")),
        parameters=step.weights or 0,
        arguments=arguments,
        config=_arguments.cost_arguments(layer.kind, Config(layer.name, layer.config))
        if layer.known and not layer.operation
        else {},
        shares=step.shares,
        operation=layer.operation,
        unknown=tuple(step.unknown),
    )


def _call_constants(layer: Layer, step: LayerStep) -> dict[str, Any]:
    """The numbers that an operation is called with."""
    if "subscripts" in layer.config:
        return {"with": clean(layer.config["subscripts"])}
    numbers = [other for call in layer.calls[:1] for other in call.others]
    words = [n for n in numbers if isinstance(n, int | float) and not isinstance(n, bool)]
    return dict(zip(("with", "and", "also"), words, strict=False))


def _dtype(value: object) -> str:
    """`float32`, or the policy a layer has."""
    if isinstance(value, Mapping):
        config = value.get("config")
        value = config.get("name") if isinstance(config, Mapping) else None
    return clean(value) if isinstance(value, str) else "float32"


class _StepCollector:
    """Collects the steps of a model, inner models included."""

    def __init__(self) -> None:
        self.steps: list[LayerStep] = []
        self._first: dict[tuple[str, ...], str] = {}
        self._ids: dict[str, int] = {}
        self._left = MOST_LAYERS

    def open(
        self,
        model: Model,
        inputs: Sequence[Tensor] | None,
        path: tuple[str, ...],
        names: tuple[str, ...],
        output_shapes: Sequence[Full | None],
    ) -> list[Tensor]:
        """Add the steps of a model that reads `inputs`; returns its outputs."""
        layers = layers_by_name(model)
        tensors: dict[tuple[str, int, int], Tensor] = {}
        if inputs is not None:
            tensors.update(_inner_inputs(model, inputs))
        shapes = _known_shapes(model, output_shapes)
        for name, number in calls_in_order(model, layers):
            layer, call = layers[name], layers[name].calls[number]
            if (name, 0, 0) in tensors and not call.reads:
                continue
            self._left -= 1
            if self._left < 0:
                raise too_many(MOST_LAYERS + 1)
            reads = tuple(_tensor_of(tensors, read) for read in call.reads)
            own = shapes[name, number]
            if layer.model is None:
                position = self._step(layer, call, reads, path, names, own)
                for tensor in {0, *own}:
                    tensors[name, number, tensor] = (position, tensor)
                continue
            inner = self._free_id(identifier(_nested_id(path, name)))
            wanted = [own.get(tensor) for tensor in range(len(layer.model.outputs))]
            inner_outputs = self.open(layer.model, reads, (*path, inner), (*names, name), wanted)
            for tensor, inner_tensor in enumerate(inner_outputs):
                tensors[name, number, tensor] = inner_tensor
        return [_tensor_of(tensors, output) for output in model.outputs]

    def _step(
        self,
        layer: Layer,
        call: LayerCall,
        reads: tuple[Tensor, ...],
        path: tuple[str, ...],
        names: tuple[str, ...],
        known_shapes: Mapping[int, Full],
    ) -> int:
        key = (*names, layer.name)
        id = self._free_id(identifier(_nested_id(path, layer.name)))
        step = LayerStep(id, layer, path, reads, dict(known_shapes), shares=self._first.get(key))
        self._first.setdefault(key, id)
        self._measure(step, call)
        self.steps.append(step)
        return len(self.steps) - 1

    def _measure(self, step: LayerStep, call: LayerCall) -> None:
        """Compute the shape and the weights of a step, or note that they are unknown."""
        layer = step.layer
        config = Config(layer.name, layer.config)
        seen = [self.steps[position].shapes.get(tensor) for position, tensor in step.sources]
        read = [full for full in seen if full is not None]
        whole = len(read) == len(seen) and bool(read)
        if 0 not in step.shapes:
            full = self._output_shape(step, config, read if whole else [])
            if full is not None:
                step.shapes[0] = full
        if step.shapes.get(0) is None:
            step.unknown.append("shape")
        if step.shares:
            step.weights = 0
            return
        built = read if whole else _build_shapes(layer)
        step.weights = self._weight_count(layer, config, built)
        if step.weights is None:
            step.unknown.append("parameters")
        if not _is_described(layer):
            step.unknown.append("what it does")

    @staticmethod
    def _output_shape(step: LayerStep, config: Config, read: Sequence[Full]) -> Full | None:
        layer = step.layer
        if layer.kind == "InputLayer":
            batch_shape = layer.config.get("batch_shape") or layer.config.get("batch_input_shape")
            return shape(batch_shape)
        return (
            _shapes.layer_shape(layer.kind, config, read, layer.operation) if layer.known else None
        )

    @staticmethod
    def _weight_count(layer: Layer, config: Config, read: Sequence[Full]) -> int | None:
        if layer.operation:
            return 0
        if not layer.known:
            return None
        weights = _weights.count(layer.kind, config, read)
        if weights is not None and not 0 <= weights <= MOST_WEIGHTS:
            raise ModelFileError(
                f"A layer may have at most {MOST_WEIGHTS:,} parameters.",
                f"{clean(layer.name)} with more",
                HOW_TO_SAVE,
            )
        return weights

    def _free_id(self, wanted: str) -> str:
        count = self._ids.get(wanted, 0) + 1
        self._ids[wanted] = count
        if count == 1:
            return wanted
        return self._free_id(f"{wanted}-{count}")


def _is_described(layer: Layer) -> bool:
    if layer.kind == "Lambda" or not layer.known:
        return False
    kept = layer.operation or _weights.knows(layer.kind)
    return kept or bool(_arguments.defaults(layer.kind))


def _nested_id(path: Sequence[str], name: str) -> str:
    """A name with the inner model that contains it, short enough for an id."""
    return "/".join((*path[-1:], name[:LONGEST]))


def _inner_inputs(model: Model, tensors: Sequence[Tensor]) -> dict[tuple[str, int, int], Tensor]:
    """The tensors that the inputs of an inner model stand for."""
    if len(tensors) < len(model.inputs):
        raise ModelFileError(
            "A call of an inner model needs one tensor for each input.",
            f"{model.name}: {len(tensors)} for {len(model.inputs)}",
            HOW_TO_SAVE,
        )
    ends = zip(model.inputs, tensors, strict=False)
    return {(end.layer, end.call, end.tensor): tensor for end, tensor in ends}


def _known_shapes(
    model: Model, outputs: Sequence[Full | None]
) -> Mapping[tuple[str, int], dict[int, Full]]:
    """Shapes of the tensors of a model, as far as their readers have them."""
    shapes: dict[tuple[str, int], dict[int, Full]] = defaultdict(dict)
    for layer in model.layers:
        for call in layer.calls:
            for read in call.reads:
                if read.shape is not None:
                    shapes[read.layer, read.call].setdefault(read.tensor, read.shape)
                elif read.tensor:
                    shapes[read.layer, read.call]
    for end, full in zip(model.outputs, outputs, strict=True):
        if full is not None:
            shapes[end.layer, end.call].setdefault(end.tensor, full)
    return shapes


def _tensor_of(tensors: Mapping[tuple[str, int, int], Tensor], read: TensorReference) -> Tensor:
    """The tensor of a reference; other outputs of a step are numbered from its first."""
    key = (read.layer, read.call, read.tensor)
    if key in tensors:
        return tensors[key]
    first = tensors.get((read.layer, read.call, 0))
    if first is None:
        raise missing_layer(read, ())
    return (first[0], read.tensor)


def _build_shapes(layer: Layer) -> list[Full]:
    """The shapes a layer was built for, if the file has them."""
    input_shape = layer.built.get("input_shape")
    if (
        isinstance(input_shape, list)
        and input_shape
        and all(isinstance(item, list) for item in input_shape)
    ):
        shapes = [shape(item) for item in input_shape]
    elif input_shape is not None:
        shapes = [shape(input_shape)]
    else:
        by_name = layer.built.get("shapes_dict")
        names = by_name if isinstance(by_name, Mapping) else {}
        order = ("query_shape", "value_shape", "key_shape")
        shapes = [shape(names[name]) for name in order if name in names]
    return [full for full in shapes if full]
