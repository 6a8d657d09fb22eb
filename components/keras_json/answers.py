"""Shapes, weights and arguments of Keras's own layers, asked of Keras.

Each layer is made from its configuration and called on tensors without values, in a build without
weights. Layers that are not on the list, and those that Keras refuses, have no answer. Arguments
are as a person would write them: defaults of Keras are left out.
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

from components.core.recorder import Inner, cost_config
from components.keras_json.allowed import (
    LAYERS,
    OPERATIONS,
    Refused,
    family_of,
    make,
    parameters_of,
    plain,
)
from components.keras_json.parse import Full, Layer, LayerCall, TensorReference, shape
from components.keras_json.text import clean

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

_HIDDEN = {
    "name", "trainable", "dtype", "autocast", "batch_shape", "batch_input_shape", "sparse",
    "ragged", "attention_axes", "optional", "build_config",
}  # fmt: skip
_SIZES = ("kernel_size", "pool_size", "strides", "dilation_rate", "size")
_AS_OTHERS = {"strides": "pool_size", "value_dim": "key_dim"}
"""Arguments that are by default the same as another."""
MOST_ARGUMENTS = 24
"""The most arguments of a layer that are kept."""


@dataclass(frozen=True)
class LayerAnswer:
    """What Keras knows of one call of a layer."""

    arguments: Mapping[str, Any]
    config: Mapping[str, Any]
    """The arguments that costs depend on."""
    defaults: Mapping[str, Any]
    """The other arguments, which are as Keras has them by default."""
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
    """Arguments of a call with tensors for their references, in order."""
    if isinstance(value, TensorReference):
        return next(tensors)
    if isinstance(value, list):
        return [_with_tensors(item, tensors) for item in value]
    if isinstance(value, Mapping) and "class_name" not in value:
        return {key: _with_tensors(item, tensors) for key, item in value.items()}
    return plain(value)


_usual: dict[type, Mapping[str, Any]] = {}
"""The defaults of each class, from a layer with the arguments it can't be made without."""


def own_arguments(layer: Any) -> dict[str, Any]:
    """The arguments of a layer of Keras that differ from those of one made with the fewest.

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
    """Return what a class has by default, one mapping for all layers of it; without layers in it,
    which follow from other arguments."""
    parameters = parameters_of(keras_class)
    return {
        key: _readable(key, value)
        for key, value in _usual[keras_class].items()
        if key in parameters and parameters[key].default is not inspect.Parameter.empty
        if key not in _HIDDEN and value is not None
        if not (isinstance(value, Mapping) and family_of(key) is LAYERS)
    }


def arguments(config: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments in a configuration, without what says nothing."""
    chosen: dict[str, Any] = {}
    for key, value in config.items():
        if key in _HIDDEN or value is None or len(chosen) >= MOST_ARGUMENTS:
            continue
        if not _is_redundant(key, value):
            chosen[clean(key)] = _readable(key, value)
    return chosen


def _inner(key: str, value: Any) -> Any:
    """A layer among the arguments of another as the call that makes it."""
    layers = family_of(key) is LAYERS and isinstance(value, Mapping)
    if not layers or value.get("class_name") not in LAYERS.names:
        return value
    kind = str(value["class_name"])
    return Inner(kind, own_arguments(make(kind, value.get("module"), value["config"])))


def _is_redundant(key: str, value: Any) -> bool:
    """Whether an argument says nothing, or is the usual format of arrays."""
    if key == "target_shape" or key.endswith(("_regularizer", "_constraint")):
        return False
    if key in ("seed", "zero_output_for_mask", "input_length"):
        return True
    return value in ([], (), {}, "linear") or (key == "data_format" and value == "channels_last")


def _readable(key: str, value: Any) -> Any:
    """A value as a person writes it: one number for equal sizes, a name for an object."""
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
