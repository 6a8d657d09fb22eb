"""A layer's arguments as a person would write them: defaults of Keras are left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.core.recorder import Inner
from components.keras_json.allowed import LAYERS, family_of, make, parameters_of
from components.keras_json.text import clean

_HIDDEN = {
    "name", "trainable", "dtype", "autocast", "batch_shape", "batch_input_shape", "sparse",
    "ragged", "attention_axes", "optional", "build_config",
}  # fmt: skip
_SIZES = ("kernel_size", "pool_size", "strides", "dilation_rate", "size")
_AS_OTHERS = {"strides": "pool_size", "value_dim": "key_dim"}
"""Arguments that are by default the same as another."""
MOST = 24
"""The most arguments of a layer that are kept."""

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


def arguments(config: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments in a configuration, without what says nothing."""
    chosen: dict[str, Any] = {}
    for key, value in config.items():
        if key in _HIDDEN or value is None or len(chosen) >= MOST:
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
