"""The calls of a model in an order in which they can be computed."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence

from components.core.errors import ModelFileError, suggest
from components.keras_json.calls import TensorReference
from components.keras_json.parse import Layer, Model
from components.keras_json.text import HOW_TO_SAVE, clean


def layers_by_name(model: Model) -> dict[str, Layer]:
    """The layers of a model by name. Raises `ModelFileError` if two have the same name."""
    layers: dict[str, Layer] = {}
    for layer in model.layers:
        if layer.name in layers:
            raise ModelFileError(
                "The layers of a model must have different names.", clean(layer.name), HOW_TO_SAVE
            )
        layers[layer.name] = layer
    return layers


def missing_layer(read: TensorReference, names: Sequence[str]) -> ModelFileError:
    """The error for a layer that is read but not in the file."""
    return ModelFileError(
        "A layer may only read layers that the file lists.",
        f"{clean(read.layer)}, call {read.call}",
        suggest(read.layer, names[:200]) if names and len(read.layer) < 200 else HOW_TO_SAVE,
    )


def calls_in_order(model: Model, layers: Mapping[str, Layer]) -> list[tuple[str, int]]:
    """All calls, each after what it reads, otherwise in the order of the file.

    Raises `ModelFileError` if a layer is missing or the calls form a cycle.
    """
    calls = [(layer.name, n) for layer in model.layers for n in range(len(layer.calls))]
    positions = {call: position for position, call in enumerate(calls)}
    readers: dict[int, list[int]] = defaultdict(list)
    waits = [0] * len(calls)
    for position, (name, number) in enumerate(calls):
        for read in layers[name].calls[number].reads:
            source = positions.get((read.layer, read.call))
            if source is None:
                raise missing_layer(read, list(layers))
            readers[source].append(position)
            waits[position] += 1
    for end in (*model.inputs, *model.outputs):
        if (end.layer, end.call) not in positions:
            raise missing_layer(end, list(layers))
    ready = [position for position, waiting in enumerate(waits) if not waiting]
    heapq.heapify(ready)
    order: list[tuple[str, int]] = []
    while ready:
        position = heapq.heappop(ready)
        order.append(calls[position])
        for reader in readers[position]:
            waits[reader] -= 1
            if not waits[reader]:
                heapq.heappush(ready, reader)
    if len(order) < len(calls):
        stuck = next(calls[position][0] for position, waiting in enumerate(waits) if waiting)
        raise ModelFileError("The layer graph can't contain a cycle.", clean(stuck), HOW_TO_SAVE)
    return order
