"""Layers in a file from `to_json()`, with their configurations and calls, as plain values.

Keras 3 writes the arguments of each call; a tensor is a `__keras_tensor__` with its `keras_history`
(keras/src/models/functional.py, `serialize_node`). Keras 2 writes a list `[layer, call, tensor,
{other arguments}]` for each tensor (keras/engine/functional.py, `get_network_config`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from components.base.errors import ModelFileError
from components.base.text import free_name
from components.models.imported.allowed import is_keras
from components.models.imported.safe_text import LARGEST, OPEN_INNER, clean, wrong_file

Full = tuple[int | None, ...]
"""Shape with the batch as its first axis; `None` is an unknown length."""

MOST_LAYERS = 10_000
"""Maximum number of layer calls in a file, counting inner models at each of their calls."""
SHARED = "shared_object_id"
"""Key that marks an object described more than once in a `.keras` file."""
MOST_AXES = 12
FEW = 12
"""Maximum length of a list of numbers in a call that is kept together."""
_MODEL_RULE = "A model's file needs a JSON object with `class_name` and `config`."
_LAYER_RULE = "Each layer needs a `class_name` and a `name`."
_OPERATIONS = ("keras.src.ops", "keras.ops", "keras.operations")


@dataclass(frozen=True)
class TensorReference:
    """Reference to a tensor in the arguments of a call, with its shape if the file has it."""

    layer: str
    call: int
    tensor: int
    shape: Full | None = None


@dataclass(frozen=True)
class LayerCall:
    """One call of a layer with its arguments, in which tensors are references."""

    args: tuple[Any, ...] = ()
    named: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def reads(self) -> tuple[TensorReference, ...]:
        """References to the tensors it reads, in order."""
        return tuple(leaf for leaf in self._leaves() if isinstance(leaf, TensorReference))

    @property
    def numbers(self) -> list[Any]:
        """Numbers among the arguments, in order; those of a short list are kept together."""
        arguments = (*self.args, *self.named.values())
        return [number for argument in arguments for number in _numbers(argument)]

    def _leaves(self) -> Iterator[Any]:
        return _leaves([self.args, self.named])


def _numbers(value: object) -> Iterator[Any]:
    leaves = list(_leaves(value))
    numbers = [leaf for leaf in leaves if type(leaf) in (int, float)]
    if isinstance(value, list) and numbers == leaves and 1 < len(leaves) <= FEW:
        yield tuple(numbers)
    else:
        yield from numbers


def _leaves(value: object) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, Mapping) and "class_name" not in value:
        yield from _leaves(list(value.values()))
    else:
        yield value


@dataclass(frozen=True)
class Layer:
    """One layer, operation or inner model."""

    name: str
    kind: str
    module: str | None
    known: bool
    """`True` if it is Keras's own layer, so that its name says what it does."""
    operation: bool
    config: Mapping[str, Any]
    built: Mapping[str, Any]
    """Shapes it was built for, if the file has them."""
    calls: tuple[LayerCall, ...]
    model: Model | None = None
    identity: int | None = None
    """`id` of the object in this process; `None` for a layer in a file."""
    shared: int | None = None
    """Number that marks a layer described more than once in a `.keras` file.

    In some places the first description has no number.
    """


@dataclass(frozen=True)
class Model:
    """Functional or sequential model."""

    name: str
    kind: str
    layers: tuple[Layer, ...]
    inputs: tuple[TensorReference, ...]
    outputs: tuple[TensorReference, ...]
    keras: str = field(default="3")
    """Version of Keras that wrote it, as far as it is known."""


def model(data: object) -> Model:
    """Parse a model from plain data. Raises `ModelFileError` if the data are not from Keras."""
    if not isinstance(data, Mapping):
        raise wrong_file(_MODEL_RULE, type(data).__name__)
    config, kind = data.get("config"), data.get("class_name")
    if isinstance(config, list):
        config = {"layers": config}
    if not isinstance(kind, str) or not isinstance(config, Mapping):
        raise wrong_file(_MODEL_RULE, _keys(data))
    if not isinstance(config.get("layers"), list):
        rule = (
            "Only functional and sequential models can be read, because their files list "
            "the layers."
        )
        fix = (
            "Draw a subclassed model where its code is: `import fusion_playground as fp; "
            'fp.draw(model).save("model.svg")`.'
        )
        raise wrong_file(rule, f"{kind} without `layers`", fix)
    count = max(len(config["layers"]), _calls_in(config["layers"]))
    if count > MOST_LAYERS:
        raise too_many(count)
    name = clean(config.get("name") or data.get("name") or kind)
    if "input_layers" in config or "output_layers" in config:
        layers_read = [_layer(item) for item in config["layers"]]
        inputs = tuple(_end_tensors(config.get("input_layers")))
        ends = tuple(_end_tensors(config.get("output_layers")))
        layers, outputs = _counted_from_0(layers_read, ends, _is_keras_3(config["layers"]))
    else:
        layers_read = [_layer(item) for item in _with_names(config["layers"])]
        layers, inputs, outputs = _sequential(layers_read, config, name)
    return Model(name, clean(kind), layers, inputs, outputs, _version(data))


def _keys(data: Mapping[str, Any]) -> str:
    return ", ".join(map(str, list(data)[:5])) or "nothing"


def _calls_in(layers: Sequence[object]) -> int:
    """Count the calls that layers list, including those in inner models."""
    count = 0
    for layer in layers:
        if isinstance(layer, Mapping):
            nodes, config = layer.get("inbound_nodes"), layer.get("config")
            inner = config.get("layers") if isinstance(config, Mapping) else config
            count += len(nodes) if isinstance(nodes, list) else 0
            count += _calls_in(inner) if isinstance(inner, list) else 0
    return count


def _is_keras_3(layers: Sequence[Any]) -> bool:
    """Return `True` if calls are JSON objects, as in Keras 3; Keras 2 writes lists."""
    nodes = (node for layer in layers for node in layer.get("inbound_nodes") or ())
    return isinstance(next(nodes, {}), Mapping)


def _with_names(layers: Sequence[object]) -> Iterator[object]:
    """Yield the layers of a sequential model, each with a name.

    Custom classes may not store a name. They get the name of their class, as in the weights file.
    """
    counts = Counter[str]()
    for layer in layers:
        kind = layer.get("class_name") if isinstance(layer, Mapping) else None
        config = layer.get("config") if isinstance(layer, Mapping) else None
        if isinstance(layer, Mapping) and isinstance(kind, str) and isinstance(config, Mapping):
            name = re.sub(
                "(?<=.)(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])", "_", kind.rpartition(">")[2]
            ).lower()
            number = counts[name]
            counts[name] += 1
            if not (layer.get("name") or config.get("name")):
                layer = {**layer, "name": f"{name}_{number}" if number else name}
        yield layer


def _version(data: Mapping[str, Any]) -> str:
    if "keras_version" in data:
        return clean(data["keras_version"])
    return "3" if "module" in data else "2"


def _layer(data: object) -> Layer:
    if not isinstance(data, Mapping):
        raise wrong_file(_LAYER_RULE, data)
    config = data.get("config")
    inner = None
    if isinstance(config, list) or (
        isinstance(config, Mapping) and isinstance(config.get("layers"), list)
    ):
        inner = model(data)
        config = {} if isinstance(config, list) else config
    if not isinstance(config, Mapping):
        config = {}
    name = data.get("name") or config.get("name")
    if not isinstance(name, str) or not name or not isinstance(data.get("class_name"), str):
        raise wrong_file(_LAYER_RULE, _keys(data))
    module, kind = data.get("module"), data["class_name"]
    built, shared = data.get("build_config"), data.get(SHARED)
    nodes = data.get("inbound_nodes")
    calls = tuple(_layer_calls(nodes)) if isinstance(nodes, list) else ()
    return Layer(
        name,
        clean(kind.rpartition(">")[2]),
        module if isinstance(module, str) else None,
        is_keras(module, data.get("registered_name") or kind),
        isinstance(module, str) and module.startswith(_OPERATIONS),
        config,
        built if isinstance(built, Mapping) else {},
        calls or (LayerCall(),),
        inner,
        shared=shared if type(shared) is int else None,
    )


def _sequential(
    layers: Sequence[Layer], config: Mapping[str, Any], name: str
) -> tuple[tuple[Layer, ...], tuple[TensorReference, ...], tuple[TensorReference, ...]]:
    """Return the layers of a sequential model after an input; each reads the layer before it."""
    if not layers:
        raise wrong_file("A model needs at least one layer.", f"{name} with none")
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


def _counted_from_0(
    layers: Sequence[Layer], outputs: tuple[TensorReference, ...], is_keras_3: bool
) -> tuple[tuple[Layer, ...], tuple[TensorReference, ...]]:
    """Return a model's layers and outputs, with the calls of inner models counted from 0.

    Keras counts them from 1 if an inner model has its own inputs: Keras 2 in all references, Keras
    3 only in the outputs.
    """
    inner = {layer.name: layer for layer in layers if layer.model is not None}
    if is_keras_3:
        firsts = {name: 1 for name, layer in inner.items() if "input_layers" in layer.config}
        return tuple(layers), tuple(_from_first(outputs, firsts))
    firsts = {}
    reads = (read for layer in layers for call in layer.calls for read in call.reads)
    for read in (*reads, *outputs):
        if read.layer in inner:
            firsts[read.layer] = min(read.call, firsts.get(read.layer, read.call))
    counted = (
        replace(layer, calls=tuple(_call_from_first(call, firsts) for call in layer.calls))
        for layer in layers
    )
    return tuple(counted), tuple(_from_first(outputs, firsts))


def _call_from_first(call: LayerCall, firsts: Mapping[str, int]) -> LayerCall:
    return LayerCall(tuple(_from_first(call.args, firsts)), _from_first(call.named, firsts))


def _from_first(value: Any, firsts: Mapping[str, int]) -> Any:
    """Return nested references with calls counted from the first call of their layer."""
    if isinstance(value, TensorReference):
        return replace(value, call=max(0, value.call - firsts.get(value.layer, 0)))
    if isinstance(value, list | tuple):
        return [_from_first(item, firsts) for item in value]
    if isinstance(value, Mapping):
        return {key: _from_first(item, firsts) for key, item in value.items()}
    return value


def _layer_calls(nodes: Sequence[object]) -> Iterator[LayerCall]:
    """Yield the calls of a layer from its `inbound_nodes`. Raises `ModelFileError`."""
    for node in nodes:
        if isinstance(node, Mapping):
            args, named = (
                _keras_3_arguments(node.get("args")),
                _keras_3_arguments(node.get("kwargs")),
            )
            positional = args if isinstance(args, list) else [args]
            yield LayerCall(tuple(positional), named if isinstance(named, Mapping) else {})
        else:
            items = node if isinstance(node, list) else [node]
            listed = [items] if items and isinstance(items[0], str) else items
            others: dict[str, Any] = {}
            tensors = [_keras_2_tensors(item, others) for item in listed]
            yield LayerCall((tensors[0] if len(tensors) == 1 else tensors,), others)


def _keras_3_arguments(value: object) -> Any:
    """Return the nested arguments of a Keras 3 call, with references for tensors."""
    if isinstance(value, list):
        return [_keras_3_arguments(item) for item in value]
    if not isinstance(value, Mapping) or value.get("class_name") == "__slice__":
        return value
    config = value.get("config")
    if value.get("class_name") == "__keras_tensor__" and isinstance(config, Mapping):
        return _tensor_reference(config.get("keras_history"), shape(config.get("shape")))
    return {key: _keras_3_arguments(item) for key, item in value.items()}


def _keras_2_tensors(value: object, others: dict[str, Any]) -> Any:
    """Parse a Keras 2 tensor, `[layer, call, tensor, {others}]`, and add its `others`."""
    if not isinstance(value, list):
        raise _bad_reference(value)
    if not value or isinstance(value[0], list):
        return [_keras_2_tensors(item, others) for item in value]
    if len(value) > 3 and isinstance(value[3], Mapping):
        others.update({key: _keras_2_argument(item) for key, item in value[3].items()})
    if value[0] == "_CONSTANT_VALUE":
        return value[2] if len(value) > 2 else None
    return _tensor_reference(value[:3], None)


def _keras_2_argument(value: object) -> Any:
    """Parse a named argument of a Keras 2 call, with references for tensors."""
    if isinstance(value, Mapping):
        return {key: _keras_2_argument(item) for key, item in value.items()}
    if not isinstance(value, list):
        return value
    if len(value) in (3, 4) and isinstance(value[0], str):
        if value[0] == "_CONSTANT_VALUE":
            return value[2]
        if all(isinstance(item, int) for item in value[1:3]):
            return _tensor_reference(value[:3], None)
    return [_keras_2_argument(item) for item in value]


def _tensor_reference(history: object, shape: Full | None) -> TensorReference:
    if not isinstance(history, list) or len(history) != 3:
        raise _bad_reference(history)
    layer, call, tensor = history
    whole = isinstance(call, int) and isinstance(tensor, int)
    if not isinstance(layer, str) or not whole or call < 0 or tensor < 0:
        raise _bad_reference(history)
    return TensorReference(layer, call, tensor, shape)


def _bad_reference(value: object) -> ModelFileError:
    rule = "A tensor needs a layer's name, the number of a call, and the number of an output."
    return wrong_file(rule, value)


def _end_tensors(value: object) -> Iterator[TensorReference]:
    """Yield the inputs or outputs of a model, written as one reference, a list or a mapping."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _end_tensors(item)
    elif isinstance(value, list) and value and isinstance(value[0], str):
        yield _tensor_reference(value[:3], None)
    elif isinstance(value, list):
        for item in value:
            yield from _end_tensors(item)
    elif value is not None:
        raise _bad_reference(value)


def too_many(count: int) -> ModelFileError:
    """Return the error for a model with too many layers."""
    rule = f"A model may have at most {MOST_LAYERS:,} layers."
    return wrong_file(rule, f"{count:,} layers", OPEN_INNER)


def shape(value: object) -> Full | None:
    """Return a shape from JSON; `None` if it is not one.

    Raises `ModelFileError` for impossible sizes.
    """
    if not isinstance(value, list | tuple) or len(value) > MOST_AXES:
        return None
    for axis in value:
        whole = isinstance(axis, int) and not isinstance(axis, bool)
        if axis is not None and not whole:
            return None
        if whole and not 0 <= axis <= LARGEST:
            rule = f"A size can only be a whole number up to {LARGEST:,}."
            raise wrong_file(rule, f"shape {value}")
    return tuple(value)
