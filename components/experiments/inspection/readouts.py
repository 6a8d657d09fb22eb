"""Readouts of gates, attention and learned weights of a trained model: routing, not influence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from components.experiments.inspection.basis.results import Readout
from components.experiments.inspection.gates import gates_by_source
from components.experiments.inspection.split_model import SplitModel
from components.models.language.graph import Node, NodeOutput
from components.models.merges.base import Merge
from components.models.merges.stacking import Stacking
from sample_data.core.arrays import Array

if TYPE_CHECKING:
    import keras

    from components.models.architecture.builder import Blueprint

MOST_COLUMNS = 32
"""Maximum number of columns; more, such as steps of a long sequence, are averaged in groups."""
SAMPLES_AT_ONCE = 50
"""Samples whose attention scores are held in memory at a time."""


def readouts(model: SplitModel, blueprint: Blueprint) -> tuple[Readout, ...]:
    """Return the gates and attention of every part, by sample and by the classes of each head."""
    nodes = blueprint.graph.nodes
    merges = {merge.name: merge for merge in blueprint.architecture.merges}
    return (
        *(
            _readout(model, node, "attention", _steps(_attention(model, blueprint, node)))
            for node in nodes
            if node.layer == "MultiHeadAttention"
        ),
        *(
            _gate(model, node, model.gate_values[node.id], merges[node.group])
            for node in nodes
            if node.id in model.gate_values
        ),
        *(_stacked(blueprint, merge) for merge in merges.values() if isinstance(merge, Stacking)),
    )


def _attention(model: SplitModel, blueprint: Blueprint, node: Node) -> Array:
    """Return the attention to each step by sample, (N, keys)."""
    sources = {id: blueprint.tensors[id] for id in attention_sources(node)}
    layer = blueprint.model.get_layer(node.keras_name)
    return attention_scores(layer, node, model.with_outputs(sources).outputs())


def attention_sources(node: Node) -> list[str]:
    """Return the nodes that an attention layer reads: queries, values, keys, and a mask."""
    assert node.call is not None
    values = (*node.call.args, *node.call.named.values())
    return list(dict.fromkeys(value.node for value in values if isinstance(value, NodeOutput)))


def attention_scores(layer: keras.Layer, node: Node, values: Mapping[str, Array]) -> Array:
    """Return the attention to each step, (N, keys), averaged over heads and query steps.

    `values` has the outputs of the layer's sources.
    """
    import keras

    call = node.call
    assert call is not None
    means = []
    for start in range(0, len(next(iter(values.values()))), SAMPLES_AT_ONCE):

        def array(value: Any, part: slice = slice(start, start + SAMPLES_AT_ONCE)) -> Any:
            return values[value.node][part] if isinstance(value, NodeOutput) else value

        named = {key: array(value) for key, value in call.named.items()}
        _, scores = layer(*map(array, call.args), **named, return_attention_scores=True)
        means.append(keras.ops.convert_to_numpy(scores).mean(axis=(1, 2)))
    return np.concatenate(means)


def _steps(values: Array) -> dict[str, Array]:
    """Return a column (N,) for each step, or for each group of neighbours if there are many."""
    count = values.shape[1]
    parts = np.array_split(np.arange(count), min(count, MOST_COLUMNS))
    return {
        f"step {part[0] + 1}" + (f" to {part[-1] + 1}" if len(part) > 1 else ""): values[
            :, part
        ].mean(axis=1)
        for part in parts
    }


def _gate(model: SplitModel, node: Node, values: Array, merge: Merge) -> Readout:
    """Return the mean gate over its features, or a column for each source with its own gates."""
    each = gates_by_source(node, values, merge)
    if each is None:
        return _readout(model, node, "gate", {"gate": values.reshape(len(values), -1).mean(axis=1)})
    return _readout(model, node, "gate", dict(zip(merge.sources, each.T, strict=True)))


def _stacked(blueprint: Blueprint, merge: Stacking) -> Readout:
    """Return the share of each source in the absolute weights on the predictions of all experts."""
    layer = f"{merge.name}_stacked"
    kernel = np.abs(np.asarray(blueprint.model.get_layer(layer).get_weights()[0]))
    sizes = kernel.reshape(len(merge.sources), -1).sum(axis=1)
    mean = sizes / sizes.sum()
    return Readout(
        part=merge.name,
        layer=layer,
        kind="weights",
        columns=merge.sources,
        mean=tuple(mean.tolist()),
        by_class={},
        samples=(),
    )


def _readout(model: SplitModel, node: Node, kind: Any, columns: Mapping[str, Array]) -> Readout:
    values = np.stack(list(columns.values()), axis=1)
    return Readout(
        part=node.group,
        layer=node.id,
        kind=kind,
        columns=tuple(columns),
        mean=_numbers(values.mean(axis=0)),
        by_class={
            head.name: {
                int(label): _numbers(values[head.truth == label].mean(axis=0))
                for label in np.unique(head.truth)
            }
            for head in model.heads
            if head.target != "values"
        },
        samples=tuple(map(_numbers, values)),
    )


def _numbers(values: Array) -> tuple[float, ...]:
    """Round numbers to 4 decimals."""
    return tuple(round(float(value), 4) for value in values)
