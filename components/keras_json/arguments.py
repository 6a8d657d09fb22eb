"""A layer's arguments as a person would write them: defaults of Keras are left out."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from components.core.recorder import Inner
from components.keras_json.text import Config, clean

_HIDDEN = {
    "name", "trainable", "dtype", "autocast", "batch_shape", "batch_input_shape", "sparse",
    "ragged", "attention_axes", "optional", "build_config",
}  # fmt: skip
_ALIASES = {"uniform": "randomuniform", "normal": "randomnormal"}
"""Short names that signatures of Keras use and its files do not."""
_COSTLY_WORDS = ("equation",)
_COSTLY_NUMBERS = (
    "units", "filters", "num_heads", "key_dim", "value_dim", "depth_multiplier", "groups",
)  # fmt: skip
_SIZES = ("kernel_size", "pool_size", "strides", "dilation_rate", "size")
MOST = 24
"""The most arguments of a layer that are kept."""


def arguments(kind: str, config: Mapping[str, Any], known: bool) -> dict[str, Any]:
    """A layer's arguments; for a layer of Keras, those that differ from the defaults of `kind`.

    They are in the order of the layer's signature, else in that of the file.
    """
    usual = defaults(kind) if known else {}
    chosen: dict[str, Any] = {}
    for key in (key for key in usual or config if key in config):
        value = config[key]
        if key in _HIDDEN or value is None or len(chosen) >= MOST:
            continue
        if usual and _is_default(value, usual[key]):
            continue
        if not _is_redundant(kind, key, value, config):
            chosen[clean(key)] = _readable(key, value)
    return chosen


def cost_arguments(kind: str, config: Config) -> dict[str, Any]:
    """The arguments that the costs of a layer depend on."""
    axes = next((n for n in (1, 2, 3) if f"{n}D" in kind), 0)
    values: dict[str, Any] = {}
    for key in _COSTLY_NUMBERS:
        if key in config:
            values[key] = config.whole(key)
    for key in _COSTLY_WORDS:
        if key in config:
            values[key] = config.word(key, "")
    for key in _SIZES:
        if axes and key in config:
            values[key] = config.sizes(key, axes)
    if axes and "Pooling" in kind and "Global" not in kind and "Adaptive" not in kind:
        values.setdefault("pool_size", (2,) * axes)
    for key, default in (("use_bias", True), ("reset_after", True)):
        if key in config.values:
            values[key] = config.flag(key, default)
    if kind == "MultiHeadAttention":
        values.setdefault("value_dim", values.get("key_dim", 1))
        values.setdefault("use_bias", True)
    return values


@lru_cache(maxsize=512)
def defaults(kind: str) -> Mapping[str, Any]:
    """The defaults of a Keras layer's arguments; empty if Keras has no such layer.

    Only signatures are read; no layer is built.
    """
    from components.core.keras_import import load_keras

    load_keras()
    import keras

    layer_class = getattr(keras.layers, kind, None)
    if not (isinstance(layer_class, type) and issubclass(layer_class, keras.layers.Layer)):
        return {}
    parameters = inspect.signature(layer_class).parameters.values()
    return {
        item.name: None if item.default is inspect.Parameter.empty else item.default
        for item in parameters
        if item.kind in (item.POSITIONAL_OR_KEYWORD, item.KEYWORD_ONLY)
    }


def _is_default(value: Any, usual: Any) -> bool:
    """Whether a value of a file is a default of a signature."""
    if isinstance(value, Mapping) and isinstance(usual, str):
        return _normalized_name(value.get("class_name")) == _normalized_name(usual)
    if isinstance(value, str) and (usual is None or isinstance(usual, str)):
        return _normalized_name(value) == _normalized_name(usual or "linear")
    if isinstance(value, list | tuple):
        same = usual if isinstance(usual, list | tuple) else (usual,) * len(value)
        return len(same) == len(value) and all(map(_is_default, value, same))
    return type(value) in (int, float, bool) and bool(value == usual)


def _normalized_name(value: object) -> str:
    word = str(value).replace("_", "").lower()
    return _ALIASES.get(word, word)


def _is_redundant(kind: str, key: str, value: Any, config: Mapping[str, Any]) -> bool:
    """Whether an argument only repeats another, or is the usual format of arrays."""
    if key == "data_format":
        return bool(value == "channels_last")
    if key == "strides" and "pool_size" in config:
        return bool(value == config["pool_size"])
    if key == "value_dim":
        return bool(value == config.get("key_dim"))
    if key == "target_shape" or key.endswith(("_regularizer", "_constraint")):
        return False
    return key in ("seed", "zero_output_for_mask", "input_length") or value in ([], {})


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
    if isinstance(value, bool | float):
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
    if not isinstance(kind, str):
        return "an object"
    kind = clean(kind)
    if isinstance(config, Mapping) and defaults(kind):
        return Inner(kind, arguments(kind, config, True))
    return kind
