"""From what a file tells to the nodes of a graph: inner models opened, shapes and weights told."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from components.core.errors import ForeignError, suggest
from components.core.graph import Node
from components.keras_json import arguments as _arguments
from components.keras_json import shapes as _shapes
from components.keras_json import weights as _weights
from components.keras_json.parse import (
    MOST_LAYERS,
    Full,
    Layer,
    LayerCall,
    Model,
    TensorReference,
    shape,
    too_many,
)
from components.keras_json.text import LONGEST, MEND, Config, clean, identifier

MOST_WEIGHTS = 2**53
"""Of a layer: more than a table can hold as a number, and than any model has."""

Tensor = tuple[int, int]
"""A tensor by the place of the step that gives it, and which of the step's tensors it is."""


@dataclass
class Step:
    """One call of one layer, with all that is found out about it."""

    id: str
    layer: Layer
    path: tuple[str, ...]
    """The inner models it lies in, by the ids of their calls, outermost first."""
    sources: tuple[Tensor, ...]
    told: dict[int, Full]
    """Shapes of its tensors, as those that read them tell."""
    weights: int | None = None
    shares: str | None = None
    unknown: list[str] = field(default_factory=list)

    def shape(self, tensor: int) -> Full | None:
        """The shape of one of its tensors."""
        return self.told.get(tensor)


@dataclass(frozen=True)
class Walked:
    """All steps in an order in which they can be computed, and which of them are outputs."""

    steps: tuple[Step, ...]
    outputs: tuple[int, ...]


def walk(model: Model) -> Walked:
    """Open a model and all its inner ones. Raises `ForeignError` where calls do not fit."""
    walker = _Walker()
    outputs = walker.open(model, None, (), (), [None] * len(model.outputs))
    return Walked(tuple(walker.steps), tuple(dict.fromkeys(place for place, _ in outputs)))


def drawn(walked: Walked, step: Step, group: str) -> Node:
    """A step as a node of a graph."""
    layer = step.layer
    full = step.shape(0)
    arguments = _arguments.arguments(layer.kind, layer.config, layer.known and not layer.operation)
    if layer.operation:
        arguments.update(_constants(layer, step))
    return Node(
        id=step.id,
        layer=layer.kind,
        keras_name=clean(layer.name),
        group=group,
        sources=tuple(walked.steps[place].id for place, _ in step.sources),
        shape=full[1:] if full else (),
        dtype=_dtype(layer.config.get("dtype")),
        parameters=step.weights or 0,
        arguments=arguments,
        config=_arguments.costly(layer.kind, Config(layer.name, layer.config))
        if layer.known and not layer.operation
        else {},
        shares=step.shares,
        operation=layer.operation,
        unknown=tuple(step.unknown),
    )


def _constants(layer: Layer, step: Step) -> dict[str, Any]:
    """Plain numbers that an operation is called with."""
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


class _Walker:
    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._first: dict[tuple[str, ...], str] = {}
        self._ids: dict[str, int] = {}
        self._left = MOST_LAYERS

    def open(
        self,
        model: Model,
        given: Sequence[Tensor] | None,
        path: tuple[str, ...],
        names: tuple[str, ...],
        told: Sequence[Full | None],
    ) -> list[Tensor]:
        """Add the steps of a model that reads `given`; the tensors it gives."""
        layers = _by_name(model)
        found: dict[tuple[str, int, int], Tensor] = {}
        if given is not None:
            found.update(_entered(model, given))
        shapes = _told(model, told)
        for name, number in _in_order(model, layers):
            layer, call = layers[name], layers[name].calls[number]
            if (name, 0, 0) in found and not call.reads:
                continue
            self._left -= 1
            if self._left < 0:
                raise too_many(MOST_LAYERS + 1)
            reads = tuple(_found(found, read) for read in call.reads)
            own = shapes[name, number]
            if layer.model is None:
                place = self._step(layer, call, reads, path, names, own)
                for tensor in {0, *own}:
                    found[name, number, tensor] = (place, tensor)
                continue
            inner = self._fresh(identifier(_joined(path, name)))
            wanted = [own.get(tensor) for tensor in range(len(layer.model.outputs))]
            gives = self.open(layer.model, reads, (*path, inner), (*names, name), wanted)
            for tensor, given_tensor in enumerate(gives):
                found[name, number, tensor] = given_tensor
        return [_found(found, output) for output in model.outputs]

    def _step(
        self,
        layer: Layer,
        call: LayerCall,
        reads: tuple[Tensor, ...],
        path: tuple[str, ...],
        names: tuple[str, ...],
        told: Mapping[int, Full],
    ) -> int:
        key = (*names, layer.name)
        id = self._fresh(identifier(_joined(path, layer.name)))
        step = Step(id, layer, path, reads, dict(told), shares=self._first.get(key))
        self._first.setdefault(key, id)
        self._measure(step, call)
        self.steps.append(step)
        return len(self.steps) - 1

    def _measure(self, step: Step, call: LayerCall) -> None:
        """Tell the shape and the weights of a step, or what of them is unknown."""
        layer = step.layer
        config = Config(layer.name, layer.config)
        seen = [self.steps[place].shape(tensor) for place, tensor in step.sources]
        read = [full for full in seen if full is not None]
        whole = len(read) == len(seen) and bool(read)
        if 0 not in step.told:
            full = self._given(step, config, read if whole else [])
            if full is not None:
                step.told[0] = full
        if step.shape(0) is None:
            step.unknown.append("shape")
        if step.shares:
            step.weights = 0
            return
        built = read if whole else _built(layer)
        step.weights = self._counted(layer, config, built)
        if step.weights is None:
            step.unknown.append("parameters")
        if not _told_by_name(layer):
            step.unknown.append("what it does")

    @staticmethod
    def _given(step: Step, config: Config, read: Sequence[Full]) -> Full | None:
        layer = step.layer
        if layer.kind == "InputLayer":
            told = layer.config.get("batch_shape") or layer.config.get("batch_input_shape")
            return shape(told)
        if not layer.known:
            return None
        if layer.operation:
            return _shapes.computed(layer.kind, config, read)
        return _shapes.given(layer.kind, config, read)

    @staticmethod
    def _counted(layer: Layer, config: Config, read: Sequence[Full]) -> int | None:
        if layer.operation:
            return 0
        if not layer.known:
            return None
        found = _weights.count(layer.kind, config, read)
        if found is not None and not 0 <= found <= MOST_WEIGHTS:
            raise ForeignError(
                f"A layer has at most {MOST_WEIGHTS:,} parameters.",
                f"{clean(layer.name)} with more",
                MEND,
            )
        return found

    def _fresh(self, wanted: str) -> str:
        count = self._ids.get(wanted, 0) + 1
        self._ids[wanted] = count
        if count == 1:
            return wanted
        return self._fresh(f"{wanted}-{count}")


def _told_by_name(layer: Layer) -> bool:
    """Whether the name of a layer's kind says what it does."""
    if layer.kind == "Lambda" or not layer.known:
        return False
    kept = layer.operation or _weights.knows(layer.kind)
    return kept or bool(_arguments.defaults(layer.kind))


def _joined(path: Sequence[str], name: str) -> str:
    """A name behind that of the inner model it lies in, short enough for an id."""
    return "/".join((*path[-1:], name[:LONGEST]))


def _by_name(model: Model) -> dict[str, Layer]:
    layers: dict[str, Layer] = {}
    for layer in model.layers:
        if layer.name in layers:
            raise ForeignError("Layers of a model have different names.", clean(layer.name), MEND)
        layers[layer.name] = layer
    return layers


def _entered(model: Model, given: Sequence[Tensor]) -> dict[tuple[str, int, int], Tensor]:
    """What the inputs of an inner model stand for."""
    if len(given) < len(model.inputs):
        raise ForeignError(
            "An inner model is called with one tensor for each of its inputs.",
            f"{model.name}: {len(given)} for {len(model.inputs)}",
            MEND,
        )
    ends = zip(model.inputs, given, strict=False)
    return {(end.layer, end.call, end.tensor): tensor for end, tensor in ends}


def _told(
    model: Model, outputs: Sequence[Full | None]
) -> Mapping[tuple[str, int], dict[int, Full]]:
    """Shapes of all tensors of a model that are told by what reads them."""
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


def _found(found: Mapping[tuple[str, int, int], Tensor], read: TensorReference) -> Tensor:
    """The tensor that is meant; of a step whose other tensors nobody told, one of them."""
    key = (read.layer, read.call, read.tensor)
    if key in found:
        return found[key]
    first = found.get((read.layer, read.call, 0))
    if first is None:
        raise _missing(read, ())
    return (first[0], read.tensor)


def _missing(read: TensorReference, names: Sequence[str]) -> ForeignError:
    return ForeignError(
        "A layer reads layers that the file lists.",
        f"{clean(read.layer)}, call {read.call}",
        suggest(read.layer, names[:200]) if names and len(read.layer) < 200 else MEND,
    )


def _in_order(model: Model, layers: Mapping[str, Layer]) -> list[tuple[str, int]]:
    """All calls so that each comes after what it reads, else as the file lists them."""
    calls = [(layer.name, n) for layer in model.layers for n in range(len(layer.calls))]
    places = {call: place for place, call in enumerate(calls)}
    readers: dict[int, list[int]] = defaultdict(list)
    waits = [0] * len(calls)
    for place, (name, number) in enumerate(calls):
        for read in layers[name].calls[number].reads:
            source = places.get((read.layer, read.call))
            if source is None:
                raise _missing(read, list(layers))
            readers[source].append(place)
            waits[place] += 1
    for end in (*model.inputs, *model.outputs):
        if (end.layer, end.call) not in places:
            raise _missing(end, list(layers))
    ready = [place for place, waiting in enumerate(waits) if not waiting]
    heapq.heapify(ready)
    order: list[tuple[str, int]] = []
    while ready:
        place = heapq.heappop(ready)
        order.append(calls[place])
        for reader in readers[place]:
            waits[reader] -= 1
            if not waits[reader]:
                heapq.heappush(ready, reader)
    if len(order) < len(calls):
        stuck = next(calls[place][0] for place, waiting in enumerate(waits) if waiting)
        raise ForeignError(
            "Layers do not read themselves, not by way of others.", clean(stuck), MEND
        )
    return order


def _built(layer: Layer) -> list[Full]:
    """The shapes a layer was built for, where the file tells them."""
    told = layer.built.get("input_shape")
    if isinstance(told, list) and told and all(isinstance(item, list) for item in told):
        shapes = [shape(item) for item in told]
    elif told is not None:
        shapes = [shape(told)]
    else:
        by_name = layer.built.get("shapes_dict")
        names = by_name if isinstance(by_name, Mapping) else {}
        order = ("query_shape", "value_shape", "key_shape")
        shapes = [shape(names[name]) for name in order if name in names]
    return [full for full in shapes if full]
