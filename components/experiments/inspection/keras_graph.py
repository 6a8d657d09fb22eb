"""Graph of a Keras model: inputs, outputs and branch ends, and copies on other tensors."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from components.models.imported.live import function_of

ATTENTION = ("MultiHeadAttention", "GroupQueryAttention", "Attention", "AdditiveAttention")
"""Keras layers with attention inside."""


def is_keras(model: Any) -> bool:
    """Return `True` for a Keras model. This never imports Keras."""
    keras = sys.modules.get("keras")
    return keras is not None and isinstance(model, keras.Model)


def is_functional(model: Any) -> bool:
    """Return `True` for a Keras model with a known graph."""
    return is_keras(model) and isinstance(model, sys.modules["keras"].Function)


def input_names(model: Any) -> tuple[str, ...]:
    """Return the names of a functional model's inputs, in their order."""
    named = model._inputs_struct
    if isinstance(named, Mapping):
        names = {id(symbol): str(name) for name, symbol in named.items()}
        return tuple(names[id(symbol)] for symbol in model.inputs)
    return tuple(symbol._keras_history.operation.name for symbol in model.inputs)


def output_symbols(model: Any) -> dict[str, Any]:
    """Return the symbolic outputs of a functional model by name."""
    named = model._outputs_struct
    if isinstance(named, Mapping):
        return {str(name): symbol for name, symbol in named.items()}
    return dict(zip(model.output_names, model.outputs, strict=True))


def input_like(symbol: Any, name: str) -> Any:
    """Return a new model input with the shape and type of a tensor."""
    import keras

    return keras.Input(symbol.shape[1:], dtype=symbol.dtype, name=name)


def rebuilt(outputs: Sequence[Any], others: Mapping[int, Any], opened: bool = False) -> list[Any]:
    """Compute symbolic outputs again with some tensors replaced.

    `others` has the new tensors by the identity of those that they replace. The layers are the
    same; if `opened`, inner models are replaced by their layers.
    """
    import keras

    known = dict(others)
    for node in nodes(outputs, frozenset(known)):
        args, named = node.arguments.fill_in(known)
        inner = function_of(node.operation) if opened else None
        if inner is None:
            computed = keras.tree.flatten(node.operation(*args, **named))
        else:
            pairs = zip(inner.inputs, keras.tree.flatten(args), strict=True)
            computed = rebuilt(inner.outputs, {id(one): value for one, value in pairs}, opened)
        known |= {id(one): value for one, value in zip(node.outputs, computed, strict=True)}
    return [known[id(output)] for output in outputs]


def nodes(outputs: Sequence[Any], stops: frozenset[int] = frozenset()) -> Iterator[Any]:
    """Yield the layer calls that lead to symbolic outputs, each after its sources.

    The search ends at inputs and at `stops`, the identities of tensors whose calls are left out.
    """
    done: set[int] = set()
    waiting = [node_of(output) for output in reversed(outputs) if id(output) not in stops]
    while waiting:
        node = waiting[-1]
        read = [node_of(one) for one in node.input_tensors if id(one) not in stops]
        missing = [one for one in read if id(one) not in done and not one.is_input]
        if missing and id(node) not in done:
            waiting += reversed(missing)
            continue
        waiting.pop()
        if id(node) not in done and not node.is_input:
            done.add(id(node))
            yield node


def node_of(tensor: Any) -> Any:
    """Return the layer call that computes a symbolic tensor."""
    operation, number, _ = tensor._keras_history
    return operation._inbound_nodes[number]


def branch_ends(
    outputs: Sequence[Any], players: Mapping[int, int], gates: Sequence[Any] = ()
) -> tuple[dict[int, tuple[Any, int]], list[frozenset[int]]]:
    """Return the tensors that end the branches, and the players that each output depends on.

    `players` has the players of the inputs by identity. The ends are by identity, too, each with
    its player. A branch ends before a layer that combines players, computes an output, or is a
    gate.
    """
    reads = {id_: frozenset({player}) for id_, player in players.items()}
    after: set[int] = {id(one) for gate in gates for one in node_of(gate).outputs}
    last = {id(node_of(output)) for output in outputs}
    gated = {id(node_of(gate)) for gate in gates}
    ends: dict[int, tuple[Any, int]] = {}
    for node in nodes(outputs, frozenset(players)):
        read = list(node.input_tensors)
        together = frozenset[int]().union(*(reads[id(one)] for one in read))
        reads |= {id(one): together for one in node.outputs}
        follows = any(id(one) in after for one in read)
        if len(together) > 1 or id(node) in last | gated or follows:
            after |= {id(one) for one in node.outputs}
            ends |= {
                id(one): (one, next(iter(reads[id(one)]))) for one in read if id(one) not in after
            }
    return ends, [reads[id(output)] for output in outputs]


def last_activation(symbol: Any) -> str:
    """Return `sigmoid` or `softmax` if a layer of Keras ends an output with it; else an empty text.

    A softmax counts if its classes are all numbers of a sample.
    """
    import keras

    node = node_of(symbol)
    layer, kind = node.operation, type(node.operation)
    if not kind.__module__.startswith("keras.") or isinstance(layer, keras.layers.RNN):
        return ""
    name = getattr(getattr(layer, "activation", None), "__name__", kind.__name__.lower())
    is_flat = len(symbol.shape) == 2 and np.ravel(getattr(layer, "axis", -1)).tolist() in (
        [-1],
        [1],
    )
    known = name == "sigmoid" or (name == "softmax" and is_flat)
    return name if known and len(node.input_tensors) == 1 else ""


def without_activation(symbol: Any) -> Any:
    """Return the output of a layer before its activation, from a copy with the same weights.

    A layer that is an activation alone becomes a linear one.
    """
    import keras

    node = node_of(symbol)
    layer, source = node.operation, node.input_tensors[0]
    if not hasattr(layer, "activation"):
        return keras.layers.Activation("linear")(source)
    copied = type(layer).from_config({**layer.get_config(), "activation": "linear"})
    output = copied(source)
    copied.set_weights(layer.get_weights())
    return output
