"""The layers of a file of `to_json()`, with their configurations and calls, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from components.core.errors import ModelFileError
from components.core.text import free_name
from components.keras_json.allowed import is_keras
from components.keras_json.calls import (
    MOST_LAYERS,
    LayerCall,
    TensorReference,
    end_tensors,
    layer_calls,
    too_many,
)
from components.keras_json.text import HOW_TO_SAVE, clean

DEEPEST_MODEL = 16
"""Models within models."""
_OPERATIONS = ("keras.src.ops", "keras.ops", "keras.operations")


@dataclass(frozen=True)
class Layer:
    """One layer, operation or inner model."""

    name: str
    kind: str
    module: str | None
    known: bool
    """Whether it is Keras's own, so that its name says what it does."""
    operation: bool
    config: Mapping[str, Any]
    built: Mapping[str, Any]
    """The shapes it was built for, if the file has them."""
    calls: tuple[LayerCall, ...]
    model: Model | None = None


@dataclass(frozen=True)
class Model:
    """A functional or sequential model."""

    name: str
    kind: str
    layers: tuple[Layer, ...]
    inputs: tuple[TensorReference, ...]
    outputs: tuple[TensorReference, ...]
    keras: str = field(default="3")
    """The version of Keras that wrote it, as far as it is known."""


def model(data: object, depth: int = 0) -> Model:
    """A model from plain data. Raises `ModelFileError` if Keras doesn't write such data."""
    if not isinstance(data, Mapping):
        raise _bad_model(type(data).__name__)
    config, kind = data.get("config"), data.get("class_name")
    if isinstance(config, list):
        config = {"layers": config}
    if not isinstance(kind, str) or not isinstance(config, Mapping):
        raise _bad_model(clean(", ".join(map(str, list(data)[:5])) or "nothing"))
    if not isinstance(config.get("layers"), list):
        raise ModelFileError(
            "The model must be functional or sequential, so that its file lists its layers.",
            f"{clean(kind)} without `layers`",
            "Write a subclassed model as a functional model.",
        )
    if depth > DEEPEST_MODEL:
        raise ModelFileError(
            f"Models must be nested at most {DEEPEST_MODEL} deep.",
            clean(config.get("name", kind)),
            "Open one of its inner models alone.",
        )
    if len(config["layers"]) > MOST_LAYERS:
        raise too_many(len(config["layers"]))
    name = clean(config.get("name") or data.get("name") or kind)
    layers_read = [_layer(item, depth) for item in config["layers"]]
    if "input_layers" in config or "output_layers" in config:
        layers = tuple(layers_read)
        inputs = tuple(end_tensors(config.get("input_layers"), name))
        outputs = tuple(end_tensors(config.get("output_layers"), name))
    else:
        layers, inputs, outputs = _sequential(layers_read, config, name)
    return Model(name, clean(kind), layers, inputs, outputs, _version(data))


def _bad_model(received: str) -> ModelFileError:
    return ModelFileError(
        "A model's file must be a JSON object with `class_name` and `config`.",
        received,
        HOW_TO_SAVE,
    )


def _version(data: Mapping[str, Any]) -> str:
    if "keras_version" in data:
        return clean(data["keras_version"])
    return "3" if "module" in data else "2"


def _layer(data: object, depth: int) -> Layer:
    if not isinstance(data, Mapping) or not isinstance(data.get("class_name"), str):
        raise _bad_layer(data)
    config = data.get("config")
    inner = None
    if isinstance(config, list) or (
        isinstance(config, Mapping) and isinstance(config.get("layers"), list)
    ):
        inner = model(data, depth + 1)
        config = {} if isinstance(config, list) else config
    if not isinstance(config, Mapping):
        config = {}
    name = data.get("name") or config.get("name")
    if not isinstance(name, str) or not name:
        raise _bad_layer(data)
    module = data.get("module")
    built = data.get("build_config")
    nodes = data.get("inbound_nodes")
    calls = tuple(layer_calls(nodes, name)) if isinstance(nodes, list) else ()
    return Layer(
        name,
        clean(data["class_name"]),
        module if isinstance(module, str) else None,
        is_keras(module, data.get("registered_name")),
        isinstance(module, str) and module.startswith(_OPERATIONS),
        config,
        built if isinstance(built, Mapping) else {},
        calls or (LayerCall(),),
        inner,
    )


def _bad_layer(data: object) -> ModelFileError:
    keys = ", ".join(map(str, list(data)[:5])) if isinstance(data, Mapping) else repr(data)[:80]
    return ModelFileError(
        "Each layer must have a `class_name` and a `name`.", clean(keys or "nothing"), HOW_TO_SAVE
    )


def _sequential(
    layers: Sequence[Layer], config: Mapping[str, Any], name: str
) -> tuple[tuple[Layer, ...], tuple[TensorReference, ...], tuple[TensorReference, ...]]:
    """The layers of a sequential model behind an input; each reads the one before."""
    if not layers:
        raise ModelFileError("A model needs at least one layer.", f"{name} with none", HOW_TO_SAVE)
    rest = list(layers)
    if rest[0].kind != "InputLayer":
        batch_shape = config.get("build_input_shape") or rest[0].config.get("batch_input_shape")
        batch = {"batch_shape": batch_shape} if batch_shape else {}
        free = free_name(f"{name}_input", {layer.name for layer in layers})
        rest.insert(0, Layer(free, "InputLayer", None, True, False, batch, {}, (LayerCall(),)))
    row = [rest[0]]
    for layer in rest[1:]:
        read = TensorReference(row[-1].name, 0, 0)
        row.append(replace(layer, calls=(LayerCall((read,)),)))
    return tuple(row), (TensorReference(row[0].name, 0, 0),), (TensorReference(row[-1].name, 0, 0),)
