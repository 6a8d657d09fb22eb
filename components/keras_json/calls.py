"""The calls of layers in a file: which tensors a layer reads, and what else it is called with.

Keras 3 writes the arguments of each call, in which tensors stand as `__keras_tensor__` with their
`keras_history` (keras/src/models/functional.py, `serialize_node`). Keras 2 writes a list
`[layer, call, tensor, {other arguments}]` for each tensor (keras/engine/functional.py,
`get_network_config`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
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
    """One use of a layer: what it is called with, tensors as references to them."""

    args: tuple[Any, ...] = ()
    named: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def reads(self) -> tuple[TensorReference, ...]:
        """The tensors it reads, in order."""
        return tuple(leaf for leaf in self._leaves() if isinstance(leaf, TensorReference))

    @property
    def numbers(self) -> list[int | float]:
        """The numbers it is called with, in order."""
        return [leaf for leaf in self._leaves() if type(leaf) in (int, float)]

    def _leaves(self) -> Iterator[Any]:
        return _leaves([self.args, self.named])


def _leaves(value: object) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, Mapping) and "class_name" not in value:
        yield from _leaves(list(value.values()))
    else:
        yield value


def layer_calls(nodes: Sequence[object], name: str) -> Iterator[LayerCall]:
    """The calls of a layer from its `inbound_nodes`. Raises `ModelFileError`."""
    if len(nodes) > MOST_LAYERS:
        raise too_many(len(nodes))
    for node in nodes:
        if isinstance(node, Mapping):
            args, named = _keras_3(node.get("args")), _keras_3(node.get("kwargs"))
            positional = args if isinstance(args, list) else [args]
            yield LayerCall(tuple(positional), named if isinstance(named, Mapping) else {})
        else:
            items = node if isinstance(node, list) else [node]
            listed = [items] if items and isinstance(items[0], str) else items
            others: dict[str, Any] = {}
            tensors = [_keras_2(item, others) for item in listed]
            yield LayerCall((tensors[0] if len(tensors) == 1 else tensors,), others)


def _keras_3(value: object) -> Any:
    """The arguments of a call as Keras 3 nests them, with references for tensors."""
    if isinstance(value, list):
        return [_keras_3(item) for item in value]
    if not isinstance(value, Mapping) or value.get("class_name") == "__slice__":
        return value
    config = value.get("config")
    if value.get("class_name") == "__keras_tensor__" and isinstance(config, Mapping):
        return _tensor_reference(config.get("keras_history"), shape(config.get("shape")))
    return {key: _keras_3(item) for key, item in value.items()}


def _keras_2(value: object, others: dict[str, Any]) -> Any:
    """A tensor as Keras 2 writes it, `[layer, call, tensor, {others}]`; adds the others."""
    if not isinstance(value, list):
        raise _bad_reference(value)
    if not value or isinstance(value[0], list):
        return [_keras_2(item, others) for item in value]
    if len(value) > 3 and isinstance(value[3], Mapping):
        others.update({key: _named_keras_2(item) for key, item in value[3].items()})
    if value[0] == "_CONSTANT_VALUE":
        return value[2] if len(value) > 2 else None
    return _tensor_reference(value[:3], None)


def _named_keras_2(value: object) -> Any:
    """A named argument of a call of Keras 2, with references for tensors."""
    if isinstance(value, Mapping):
        return {key: _named_keras_2(item) for key, item in value.items()}
    if not isinstance(value, list):
        return value
    if len(value) in (3, 4) and isinstance(value[0], str):
        if value[0] == "_CONSTANT_VALUE":
            return value[2]
        if all(isinstance(item, int) for item in value[1:3]):
            return _tensor_reference(value[:3], None)
    return [_named_keras_2(item) for item in value]


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
