"""The calls of layers in a file: which tensors a layer reads, and what else it is called with.

Keras 3 writes the arguments of each call, in which tensors stand as `__keras_tensor__` with their
`keras_history` (keras/src/models/functional.py, `serialize_node`). Keras 2 writes a list
`[layer, call, tensor, {other arguments}]` for each tensor (keras/engine/functional.py,
`get_network_config`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.core.errors import ModelFileError
from components.keras_json.text import HOW_TO_SAVE, LARGEST, clean

Full = tuple[int | None, ...]
"""A shape with the batch as its first axis; `None` is an open length."""

MOST_LAYERS = 10_000
"""Calls of layers in a file, inner models included at each of their calls."""
MOST_AXES = 12


@dataclass(frozen=True)
class TensorReference:
    """A tensor as its readers name it, with the shape they give it."""

    layer: str
    call: int
    tensor: int
    shape: Full | None = None


@dataclass(frozen=True)
class LayerCall:
    """One use of a layer: the tensors it reads, and what else it is called with."""

    reads: tuple[TensorReference, ...]
    others: tuple[Any, ...] = ()


def layer_calls(nodes: Sequence[object], name: str) -> Iterator[LayerCall]:
    """The calls of a layer from its `inbound_nodes`. Raises `ModelFileError`."""
    if len(nodes) > MOST_LAYERS:
        raise too_many(len(nodes))
    for node in nodes:
        if isinstance(node, Mapping):
            values = list(_arguments_keras_3([node.get("args"), node.get("kwargs")]))
        else:
            items = node if isinstance(node, list) else [node]
            listed = [items] if items and isinstance(items[0], str) else items
            values = [leaf for item in listed for leaf in _arguments_keras_2(item, name)]
        reads = tuple(leaf for leaf in values if isinstance(leaf, TensorReference))
        others = tuple(leaf for leaf in values if not isinstance(leaf, TensorReference))
        yield LayerCall(reads, others)


def _arguments_keras_3(value: object) -> Iterator[Any]:
    """Tensors and other values of the arguments of a call, as Keras 3 nests them."""
    if isinstance(value, Mapping):
        config = value.get("config")
        if value.get("class_name") == "__keras_tensor__" and isinstance(config, Mapping):
            yield _tensor_reference(config.get("keras_history"), shape(config.get("shape")))
        elif value.get("class_name") == "__slice__":
            yield value
        else:
            for item in value.values():
                yield from _arguments_keras_3(item)
    elif isinstance(value, list):
        for item in value:
            yield from _arguments_keras_3(item)
    else:
        yield value


def _arguments_keras_2(value: object, name: str) -> Iterator[Any]:
    """Tensors of one argument, as Keras 2 writes them: `[layer, call, tensor, {others}]`."""
    if not isinstance(value, list):
        raise _bad_reference(value)
    if not value or isinstance(value[0], list):
        for item in value:
            yield from _arguments_keras_2(item, name)
        return
    if value[0] == "_CONSTANT_VALUE":
        yield value[2] if len(value) > 2 else None
    else:
        yield _tensor_reference(value[:3], None)
    if len(value) > 3 and isinstance(value[3], Mapping):
        for item in value[3].values():
            yield from _named_arguments_keras_2(item)


def _named_arguments_keras_2(value: object) -> Iterator[Any]:
    """Tensors among the named arguments of a call of Keras 2."""
    if isinstance(value, list) and len(value) in (3, 4) and isinstance(value[0], str):
        whole = all(isinstance(item, int) for item in value[1:3])
        if value[0] == "_CONSTANT_VALUE":
            yield value[2]
        elif whole:
            yield _tensor_reference(value[:3], None)
        return
    if isinstance(value, list | tuple):
        for item in value:
            yield from _named_arguments_keras_2(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _named_arguments_keras_2(item)
    else:
        yield value


def _tensor_reference(history: object, shape: Full | None) -> TensorReference:
    if not isinstance(history, list) or len(history) != 3:
        raise _bad_reference(history)
    layer, call, tensor = history
    whole = isinstance(call, int) and isinstance(tensor, int)
    if not isinstance(layer, str) or not whole or call < 0 or tensor < 0:
        raise _bad_reference(history)
    return TensorReference(layer, call, tensor, shape)


def _bad_reference(value: object) -> ModelFileError:
    return ModelFileError(
        "A tensor needs a layer's name, the number of a call, and the number of an output.",
        clean(str(value)[:200]),
        HOW_TO_SAVE,
    )


def end_tensors(value: object, name: str) -> Iterator[TensorReference]:
    """Inputs or outputs of a model: one, a list, or by name."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from end_tensors(item, name)
    elif isinstance(value, list) and value and isinstance(value[0], str):
        yield _tensor_reference(value[:3], None)
    elif isinstance(value, list):
        for item in value:
            yield from end_tensors(item, name)
    elif value is not None:
        raise _bad_reference(value)


def too_many(count: int) -> ModelFileError:
    """The error for a model with too many layers."""
    return ModelFileError(
        f"A model may have at most {MOST_LAYERS:,} layers.",
        f"{count:,} layers",
        "Open one of its inner models alone.",
    )


def shape(value: object) -> Full | None:
    """A shape from JSON; `None` if it is not one. Raises `ModelFileError` for impossible sizes."""
    if not isinstance(value, list | tuple) or len(value) > MOST_AXES:
        return None
    for axis in value:
        whole = isinstance(axis, int) and not isinstance(axis, bool)
        if axis is not None and not whole:
            return None
        if whole and not 0 <= axis <= LARGEST:
            raise ModelFileError(
                f"A size must be a whole number up to {LARGEST:,}.",
                f"shape {clean(str(value))}",
                HOW_TO_SAVE,
            )
    return tuple(value)
