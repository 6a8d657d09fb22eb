"""Shapes, weights and arguments of Keras's own layers, asked of Keras.

Each layer is made from its configuration and called on tensors without values, in a build without
weights. Layers that are not on the list, and those that Keras refuses, have no answer.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

from components.core.recorder import cost_config
from components.keras_json.allowed import LAYERS, OPERATIONS, Refused, make, plain
from components.keras_json.arguments import arguments, own_arguments
from components.keras_json.calls import Full, LayerCall, TensorReference, shape
from components.keras_json.parse import Layer

SECONDS = 2.5
"""Seconds that the layers of a file may compute. Those after them have no answer."""
LONGEST_QUESTION = 100_000
"""Letters of a layer's configuration and call."""
MOST_OBJECTS = 200
"""Objects in a layer's configuration, such as its initializers."""
MOST_NUMBERS = 2**25
"""Numbers in all tensors that a file's Normalization layers read: they make arrays for them."""
MOST_WEIGHTS = 2**53
"""The most weights of a layer: more can't be shown exactly in a table."""


@dataclass(frozen=True)
class LayerAnswer:
    """What Keras knows of one call of a layer."""

    arguments: Mapping[str, Any]
    config: Mapping[str, Any]
    """The arguments that costs depend on."""
    weights: int | None = None
    shapes: tuple[Full, ...] = ()
    """Shapes of its outputs; none if Keras refuses the call."""


@dataclass
class KerasAnswers:
    """Answers for the layers of one file; equal questions are asked once."""

    _known: dict[str, LayerAnswer | None] = field(default_factory=dict)
    _end: float = field(default_factory=lambda: time.thread_time() + SECONDS)
    _numbers: int = MOST_NUMBERS

    def about(self, layer: Layer, call: LayerCall, reads: Sequence[Full]) -> LayerAnswer | None:
        """The answer for a layer that reads tensors of these shapes; without any, for it alone."""
        config = {key: value for key, value in layer.config.items() if key != "name"}
        asked = [layer.kind, layer.module, config, call.args, call.named, reads]
        question = json.dumps(asked, default=lambda _: "tensor")
        if question not in self._known:
            asks = self._is_small(question, reads) and time.thread_time() < self._end
            self._known[question] = _answer(layer, call, reads) if asks else None
        return self._known[question]

    def _is_small(self, question: str, reads: Sequence[Full]) -> bool:
        if '"Normalization"' in question:
            self._numbers -= sum(prod(axis or 1 for axis in read) for read in reads)
        objects = question.count('"class_name"')
        return len(question) <= LONGEST_QUESTION and objects <= MOST_OBJECTS and self._numbers >= 0


def _answer(layer: Layer, call: LayerCall, reads: Sequence[Full]) -> LayerAnswer | None:
    family = OPERATIONS if layer.operation else LAYERS
    try:
        real = make(layer.kind, layer.module, layer.config, family)
        named = arguments(layer.config) if layer.operation else own_arguments(real)
    except Exception:  # Keras raises errors of any kind for values it can't take.
        return None
    alone = LayerAnswer(named, cost_config(real))
    try:
        shapes = _output_shapes(real, call, reads) if reads else ()
        weights = real.count_params() if not layer.operation and real.built else None
    except Exception:
        return alone
    return (
        alone if (weights or 0) > MOST_WEIGHTS else replace(alone, weights=weights, shapes=shapes)
    )


def _output_shapes(real: Any, call: LayerCall, reads: Sequence[Full]) -> tuple[Full, ...]:
    import keras

    tensors = iter([keras.KerasTensor(read) for read in reads])
    args, named = _with_tensors(list(call.args), tensors), _with_tensors(call.named, tensors)
    outputs = keras.tree.flatten(real(*args, **named))
    shapes = [full for output in outputs if (full := shape(output.shape)) is not None]
    if len(shapes) < len(outputs):
        raise Refused("axes")
    return tuple(shapes)


def _with_tensors(value: Any, tensors: Iterator[Any]) -> Any:
    """Arguments of a call with tensors for their references, in order."""
    if isinstance(value, TensorReference):
        return next(tensors)
    if isinstance(value, list):
        return [_with_tensors(item, tensors) for item in value]
    if isinstance(value, Mapping) and "class_name" not in value:
        return {key: _with_tensors(item, tensors) for key, item in value.items()}
    return plain(value)
