"""From a parsed model to the nodes of a graph, with inner models opened, shapes and weights."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from components.core.errors import ModelFileError
from components.core.graph import Node
from components.keras_json.allowed import dtype_name, is_layer
from components.keras_json.answers import KerasAnswers, LayerAnswer
from components.keras_json.arguments import arguments
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
from components.keras_json.text import HOW_TO_SAVE, LONGEST, clean, identifier

WITHOUT_WEIGHTS = ("InputLayer", "Lambda")
"""Layers of Keras that are not made to know that they have no weights."""

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
    answer: LayerAnswer | None = None
    """What Keras knows of it."""
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
    layer, answer = step.layer, step.answer
    full = step.shapes.get(0)
    named = dict(answer.arguments) if answer else arguments(layer.config)
    if layer.operation:
        named.update(_call_constants(layer))
    return Node(
        id=step.id,
        layer=layer.kind,
        keras_name=clean(layer.name),
        group=group,
        sources=tuple(model_steps.steps[position].id for position, _ in step.sources),
        shape=full[1:] if full else (),
        dtype=clean(dtype_name(layer.config.get("dtype"))),
        parameters=step.weights or 0,
        arguments=named,
        config={} if answer is None else answer.config,
        shares=step.shares,
        operation=layer.operation,
        unknown=tuple(step.unknown),
    )


def _call_constants(layer: Layer) -> dict[str, Any]:
    """The numbers that an operation is called with."""
    if "subscripts" in layer.config:
        return {"with": clean(layer.config["subscripts"])}
    return dict(zip(("with", "and", "also"), layer.calls[0].numbers, strict=False))


class _StepCollector:
    """Collects the steps of a model, inner models included."""

    def __init__(self) -> None:
        self.steps: list[LayerStep] = []
        self._first: dict[tuple[str, ...], str] = {}
        self._ids: dict[str, int] = {}
        self._left = MOST_LAYERS
        self._keras = KerasAnswers()

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
        """Ask Keras for the shapes and the weights of a step; note what stays unknown."""
        layer = step.layer
        reads = [self.steps[position].shapes.get(tensor) for position, tensor in step.sources]
        whole = [full for full in reads if full is not None]
        if len(whole) < len(reads) or not reads:
            built = _build_shapes(layer)
            whole = built[: len(reads)] if 0 < len(reads) <= len(built) else []
        if layer.kind == "InputLayer":
            size = shape(layer.config.get("batch_shape") or layer.config.get("batch_input_shape"))
            step.shapes.update({} if size is None else {0: size})
        elif layer.known:
            step.answer = answer = self._keras.about(layer, call, whole)
            step.shapes.update(enumerate(answer.shapes if answer else ()))
            step.weights = answer.weights if answer else None
        without = layer.known and (layer.operation or layer.kind in WITHOUT_WEIGHTS)
        if without or (step.shares and (step.answer or not layer.known)):
            step.weights = 0
        described = layer.operation or step.answer is not None or is_layer(layer.kind)
        missing = {
            "shape": 0 not in step.shapes,
            "parameters": step.weights is None,
            "what it does": not (layer.known and described),
        }
        step.unknown += [word for word, is_missing in missing.items() if is_missing]

    def _free_id(self, wanted: str) -> str:
        count = self._ids.get(wanted, 0) + 1
        self._ids[wanted] = count
        if count == 1:
            return wanted
        return self._free_id(f"{wanted}-{count}")


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
