"""Shapes, weights and arguments of Keras's own layers, computed by Keras.

Each layer is created from its configuration and called on symbolic tensors, without allocating
weights. Layers that are not allowed, or that Keras rejects, have no answer. Arguments are written
as a person would, without the defaults of Keras.
"""

from __future__ import annotations

import inspect
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from math import prod
from typing import Any

from components.models.imported.allowed import (
    LAYERS,
    OPERATIONS,
    Refused,
    family_of,
    make,
    parameters_of,
    plain,
)
from components.models.imported.parse import Full, Layer, LayerCall, TensorReference, shape
from components.models.imported.safe_text import clean
from components.models.language.recorder import Inner, cost_config

SECONDS = 2.5
"""Time limit in seconds for all layers of a file; layers after it have no answer."""
LONGEST_QUESTION = 100_000
"""Maximum length of a layer's configuration and call as JSON, in characters."""
MOST_OBJECTS = 200
"""Maximum number of objects in a layer's configuration, such as its initializers."""
MOST_NUMBERS = 2**25
"""Maximum total size of tensors read by Normalization layers, which allocate arrays for them."""
MOST_WEIGHTS = 2**53
"""Maximum number of weights of a layer: a table can't show a larger one exactly."""

_HIDDEN = {
    "name", "trainable", "dtype", "autocast", "batch_shape", "batch_input_shape", "sparse",
    "ragged", "attention_axes", "optional", "build_config",
}  # fmt: skip
_SIZES = ("kernel_size", "pool_size", "strides", "dilation_rate", "size")
_AS_OTHERS = {"strides": "pool_size", "value_dim": "key_dim"}
"""Arguments whose default is the value of another argument."""
MOST_ARGUMENTS = 24
"""Maximum number of arguments kept for a layer."""


@dataclass(frozen=True)
class LayerAnswer:
    """Facts from Keras about one call of a layer."""

    arguments: Mapping[str, Any]
    config: Mapping[str, Any]
    """Arguments that affect costs."""
    defaults: Mapping[str, Any]
    """Other arguments, with their defaults in Keras."""
    weights: int | None = None
    shapes: tuple[Full, ...] = ()
    """Shapes of the outputs; empty if Keras rejects the call."""


@dataclass
class KerasAnswers:
    """Answers for the layers of one file, cached by question."""

    _known: dict[str, LayerAnswer | None] = field(default_factory=dict)
    _end: float = field(default_factory=lambda: time.thread_time() + SECONDS)
    _numbers: int = MOST_NUMBERS

    def about(self, layer: Layer, call: LayerCall, reads: Sequence[Full]) -> LayerAnswer | None:
        """Return the answer for a layer called on tensors of these shapes, or for the layer
        alone.
        """
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
        keras_class: type = type(real)
        usual = {} if layer.operation else usual_arguments(keras_class)
    except Exception:  # Keras raises errors of any kind for values it can't take.
        return None
    alone = LayerAnswer(named, cost_config(real), usual)
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
    """Replace the references in a call's arguments by the next symbolic tensors."""
    if isinstance(value, TensorReference):
        return next(tensors)
    if isinstance(value, list):
        return [_with_tensors(item, tensors) for item in value]
    if isinstance(value, Mapping) and "class_name" not in value:
        return {key: _with_tensors(item, tensors) for key, item in value.items()}
    return plain(value)


_usual: dict[type, Mapping[str, Any]] = {}
"""Default configuration of each class, from a layer with only its required arguments."""


def own_arguments(layer: Any) -> dict[str, Any]:
    """Return the arguments that differ from a layer with only its required arguments.

    They are in the order of the layer's signature.
    """
    keras_class: type = type(layer)
    config = layer.get_config()
    parameters = [(name, p) for name, p in parameters_of(keras_class).items() if name in config]
    needed = [name for name, p in parameters if p.default is p.empty]
    if keras_class not in _usual:
        fewest = {name: config[name] for name in needed}
        _usual[keras_class] = make(keras_class.__name__, None, fewest).get_config()
    usual = dict(_usual[keras_class])
    usual.update({name: config[other] for name, other in _AS_OTHERS.items() if other in config})
    return arguments({
        name: _inner(name, config[name])
        for name, _ in parameters
        if name in needed or config[name] != usual.get(name)
    })  # fmt: skip


@cache
def usual_arguments(keras_class: type) -> Mapping[str, Any]:
    """Return the default arguments of a class, one mapping for all its layers.

    Layers among them are left out, because they follow from other arguments.
    """
    parameters = parameters_of(keras_class)
    return {
        key: _readable(key, value)
        for key, value in _usual[keras_class].items()
        if key in parameters and parameters[key].default is not inspect.Parameter.empty
        if key not in _HIDDEN and value is not None
        if not (isinstance(value, Mapping) and family_of(key) is LAYERS)
    }


def arguments(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments in a configuration that are worth showing."""
    chosen: dict[str, Any] = {}
    for key, value in config.items():
        if key in _HIDDEN or value is None or len(chosen) >= MOST_ARGUMENTS:
            continue
        if not _is_redundant(key, value):
            chosen[clean(key)] = _readable(key, value)
    return chosen


def _inner(key: str, value: Any) -> Any:
    """Replace a layer among the arguments of another by the call that creates it."""
    layers = family_of(key) is LAYERS and isinstance(value, Mapping)
    if not layers or value.get("class_name") not in LAYERS.names:
        return value
    kind = str(value["class_name"])
    return Inner(kind, own_arguments(make(kind, value.get("module"), value["config"])))


def _is_redundant(key: str, value: Any) -> bool:
    """Return `True` if an argument is empty, of no interest, or the usual data format."""
    if key == "target_shape" or key.endswith(("_regularizer", "_constraint")):
        return False
    if key in ("seed", "zero_output_for_mask", "input_length"):
        return True
    return value in ([], (), {}, "linear") or (key == "data_format" and value == "channels_last")


def _readable(key: str, value: Any) -> Any:
    """Return a value as a person writes it: one number for equal sizes, a name for an object."""
    if isinstance(value, Mapping):
        return _object(value)
    if isinstance(value, list | tuple):
        if key in _SIZES and value and all(item == value[0] for item in value):
            return _readable(key, value[0])
        if key == "target_shape" or len(value) <= 4:
            items = [_readable("", item) for item in value[:12]]
            return (
                tuple(items)
                if all(type(i) in (int, float) for i in items)
                else clean(", ".join(map(str, items)))
            )
        return f"{len(value):,} values"
    if isinstance(value, bool | float | Inner):
        return value
    if isinstance(value, int):
        return value if abs(value) < 10**15 else clean(str(value)[:40])
    return clean(value)


def _object(value: Mapping[str, Any]) -> Any:
    kind, config = value.get("class_name"), value.get("config")
    if kind == "__lambda__" or "code" in value:
        return "code, which is not read"
    if kind == "function" and isinstance(config, str):
        return clean(config)
    return clean(kind) if isinstance(kind, str) else "an object"
