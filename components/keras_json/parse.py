"""What a file of `to_json()` says: layers, their configurations, and the calls that join them.

Keras 3 writes the arguments of each call, in which tensors stand as `__keras_tensor__` with their
`keras_history` (keras/src/models/functional.py, `serialize_node`). Keras 2 writes a list
`[layer, call, tensor, {other arguments}]` a tensor (keras/engine/functional.py,
`get_network_config`). Nothing is made of it here but values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from components.core.errors import ForeignError
from components.core.text import free_name
from components.keras_json.text import LARGEST, MEND, clean

Full = tuple[int | None, ...]
"""A shape with the batch as its first axis; `None` is an open length."""

MOST_LAYERS = 10_000
"""Calls of layers in a file, inner models included at each of their calls."""
DEEPEST_MODEL = 16
"""Models within models."""
MOST_AXES = 12
_ROOTS = {"keras", "tf_keras", "tensorflow", "tf"}
_OPERATIONS = ("keras.src.ops", "keras.ops", "keras.operations")


@dataclass(frozen=True)
class TensorReference:
    """A tensor that a call gives, as those that read it name it, with the shape they tell."""

    layer: str
    call: int
    tensor: int
    shape: Full | None = None


@dataclass(frozen=True)
class LayerCall:
    """One use of a layer: the tensors it reads, and what else it is called with."""

    reads: tuple[TensorReference, ...]
    others: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Layer:
    """One layer, operation or inner model."""

    name: str
    kind: str
    known: bool
    """Whether it is Keras's own, so that its name says what it does."""
    operation: bool
    config: Mapping[str, Any]
    built: Mapping[str, Any]
    """The shapes it was built for, where the file tells them."""
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
    """The version of Keras that wrote it, as far as it is told."""


def model(data: object, depth: int = 0) -> Model:
    """A model of plain data. Raises `ForeignError` where it is not one that Keras writes."""
    if not isinstance(data, Mapping):
        raise _no_model(type(data).__name__)
    config, kind = data.get("config"), data.get("class_name")
    if isinstance(config, list):
        config = {"layers": config}
    if not isinstance(kind, str) or not isinstance(config, Mapping):
        raise _no_model(clean(", ".join(map(str, list(data)[:5])) or "nothing"))
    if not isinstance(config.get("layers"), list):
        raise ForeignError(
            "Functional and sequential models can be looked at: their files list their layers.",
            f"{clean(kind)} without `layers`",
            "A subclassed model's file holds no layers; write it as a functional model.",
        )
    if depth > DEEPEST_MODEL:
        raise ForeignError(
            f"Models can lie {DEEPEST_MODEL} deep in each other.",
            clean(config.get("name", kind)),
            "Look at one of its inner models alone.",
        )
    if len(config["layers"]) > MOST_LAYERS:
        raise too_many(len(config["layers"]))
    name = clean(config.get("name") or data.get("name") or kind)
    found = [_layer(item, depth) for item in config["layers"]]
    if "input_layers" in config or "output_layers" in config:
        layers = tuple(found)
        inputs = tuple(_ends(config.get("input_layers"), name))
        outputs = tuple(_ends(config.get("output_layers"), name))
    else:
        layers, inputs, outputs = _in_a_row(found, config, name)
    return Model(name, clean(kind), layers, inputs, outputs, _version(data))


def too_many(count: int) -> ForeignError:
    """What to say of a model that is too large to be looked at."""
    return ForeignError(
        f"Models of up to {MOST_LAYERS:,} layers can be looked at.",
        f"{count:,} layers",
        "Look at one of its inner models alone.",
    )


def shape(value: object) -> Full | None:
    """A shape as JSON tells it; `None` where that is none. Raises `ForeignError` at sizes."""
    if not isinstance(value, list | tuple) or len(value) > MOST_AXES:
        return None
    for axis in value:
        whole = isinstance(axis, int) and not isinstance(axis, bool)
        if axis is not None and not whole:
            return None
        if whole and not 0 <= axis <= LARGEST:
            raise ForeignError(
                f"Sizes in a model's file are whole numbers up to {LARGEST:,}.",
                f"shape {clean(str(value))}",
                MEND,
            )
    return tuple(value)


def _no_model(received: str) -> ForeignError:
    return ForeignError(
        "A model's file is a JSON object with `class_name` and `config`.", received, MEND
    )


def _version(data: Mapping[str, Any]) -> str:
    if "keras_version" in data:
        return clean(data["keras_version"])
    return "3" if "module" in data else "2"


def _layer(data: object, depth: int) -> Layer:
    if not isinstance(data, Mapping) or not isinstance(data.get("class_name"), str):
        raise _no_layer(data)
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
        raise _no_layer(data)
    module = data.get("module")
    built = data.get("build_config")
    nodes = data.get("inbound_nodes")
    calls = tuple(_calls(nodes, name)) if isinstance(nodes, list) else ()
    return Layer(
        name,
        clean(data["class_name"]),
        _is_keras(module, data.get("registered_name")),
        isinstance(module, str) and module.startswith(_OPERATIONS),
        config,
        built if isinstance(built, Mapping) else {},
        calls or (LayerCall(()),),
        inner,
    )


def _no_layer(data: object) -> ForeignError:
    keys = ", ".join(map(str, list(data)[:5])) if isinstance(data, Mapping) else repr(data)[:80]
    return ForeignError(
        "Each of a model's layers has a `class_name` and a `name`.", clean(keys or "nothing"), MEND
    )


def _is_keras(module: object, registered: object) -> bool:
    """Keras 2 tells no module of its own layers; who registers a class puts a package before it."""
    if isinstance(registered, str) and ">" in registered and not registered.startswith("keras"):
        return False
    return module is None or (isinstance(module, str) and module.partition(".")[0] in _ROOTS)


def _calls(nodes: Sequence[object], name: str) -> Iterator[LayerCall]:
    if len(nodes) > MOST_LAYERS:
        raise too_many(len(nodes))
    for node in nodes:
        if isinstance(node, Mapping):
            found = list(_leaves([node.get("args"), node.get("kwargs")]))
        else:
            items = node if isinstance(node, list) else [node]
            listed = [items] if items and isinstance(items[0], str) else items
            found = [leaf for item in listed for leaf in _old(item, name)]
        reads = tuple(leaf for leaf in found if isinstance(leaf, TensorReference))
        others = tuple(leaf for leaf in found if not isinstance(leaf, TensorReference))
        yield LayerCall(reads, others)


def _leaves(value: object) -> Iterator[Any]:
    """Tensors and other values of the arguments of a call, as Keras 3 nests them."""
    if isinstance(value, Mapping):
        config = value.get("config")
        if value.get("class_name") == "__keras_tensor__" and isinstance(config, Mapping):
            yield _reference(config.get("keras_history"), shape(config.get("shape")))
        elif value.get("class_name") == "__slice__":
            yield value
        else:
            for item in value.values():
                yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def _old(value: object, name: str) -> Iterator[Any]:
    """Tensors of one argument, as Keras 2 writes them: `[layer, call, tensor, {others}]`."""
    if not isinstance(value, list):
        raise _no_reference(value)
    if not value or isinstance(value[0], list):
        for item in value:
            yield from _old(item, name)
        return
    if value[0] == "_CONSTANT_VALUE":
        yield value[2] if len(value) > 2 else None
    else:
        yield _reference(value[:3], None)
    if len(value) > 3 and isinstance(value[3], Mapping):
        for item in value[3].values():
            yield from _named(item)


def _named(value: object) -> Iterator[Any]:
    """Tensors among the named arguments of a call of Keras 2."""
    if isinstance(value, list) and len(value) in (3, 4) and isinstance(value[0], str):
        whole = all(isinstance(item, int) for item in value[1:3])
        if value[0] == "_CONSTANT_VALUE":
            yield value[2]
        elif whole:
            yield _reference(value[:3], None)
        return
    if isinstance(value, list | tuple):
        for item in value:
            yield from _named(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _named(item)
    else:
        yield value


def _reference(history: object, told: Full | None) -> TensorReference:
    if not isinstance(history, list) or len(history) != 3:
        raise _no_reference(history)
    layer, call, tensor = history
    whole = isinstance(call, int) and isinstance(tensor, int)
    if not isinstance(layer, str) or not whole or call < 0 or tensor < 0:
        raise _no_reference(history)
    return TensorReference(layer, call, tensor, told)


def _no_reference(value: object) -> ForeignError:
    return ForeignError(
        "What a layer reads is told as a layer's name, one of its calls, and one of its tensors.",
        clean(str(value)[:200]),
        MEND,
    )


def _ends(value: object, name: str) -> Iterator[TensorReference]:
    """Inputs or outputs of a model: one, a list, or by name."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _ends(item, name)
    elif isinstance(value, list) and value and isinstance(value[0], str):
        yield _reference(value[:3], None)
    elif isinstance(value, list):
        for item in value:
            yield from _ends(item, name)
    elif value is not None:
        raise _no_reference(value)


def _in_a_row(
    layers: Sequence[Layer], config: Mapping[str, Any], name: str
) -> tuple[tuple[Layer, ...], tuple[TensorReference, ...], tuple[TensorReference, ...]]:
    """The layers of a sequential model, each of which reads the one before, behind an input."""
    if not layers:
        raise ForeignError("A model has layers.", f"{name} with none", MEND)
    rest = list(layers)
    if rest[0].kind != "InputLayer":
        told = config.get("build_input_shape") or rest[0].config.get("batch_input_shape")
        batch = {"batch_shape": told} if told else {}
        free = free_name(f"{name}_input", {layer.name for layer in layers})
        rest.insert(0, Layer(free, "InputLayer", True, False, batch, {}, (LayerCall(()),)))
    row = [rest[0]]
    for layer in rest[1:]:
        read = TensorReference(row[-1].name, 0, 0)
        row.append(
            Layer(
                layer.name,
                layer.kind,
                layer.known,
                layer.operation,
                layer.config,
                layer.built,
                (LayerCall((read,)),),
                layer.model,
            )
        )
    return tuple(row), (TensorReference(row[0].name, 0, 0),), (TensorReference(row[-1].name, 0, 0),)
