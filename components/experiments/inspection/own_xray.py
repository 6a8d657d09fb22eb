"""X-ray of a person's own Keras model: a sample in every layer, and scores of linear readers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from components.base.errors import DataError
from components.experiments.inspection.basis.xray_results import Xray
from components.experiments.inspection.keras_calls import uncompiled
from components.experiments.inspection.keras_graph import (
    input_like,
    input_names,
    is_functional,
    last_activation,
    output_symbols,
    rebuilt,
)
from components.experiments.inspection.outputs import OutputFacts, output_of
from components.experiments.inspection.own_arrays import arguments_of, truths_by_name
from components.experiments.inspection.split_model import SplitModel
from components.experiments.inspection.unit_labels import classes_by_name
from components.experiments.inspection.xray import POINTS, LayerCamera
from components.models.imported.live import read_live, unchanged
from components.models.imported.safe_text import clean
from components.models.language.graph import Graph
from sample_data.core.arrays import Array

CALL_ROWS = 128
"""Samples in one call, for which the outputs of all layers are held in memory."""


class OwnCamera(LayerCamera):
    """Camera for a person's own Keras model, without words of inputs and names of labels."""

    def _described(
        self, rows: Sequence[int]
    ) -> tuple[dict[str, tuple[tuple[str, ...], ...]], dict[str, tuple[str, ...]]]:
        heads = {head.name: head.truth[: len(rows)] for head in self._model.heads}
        return {}, {name: tuple(map(_text, truth)) for name, truth in heads.items()}


def own_xray(
    model: Any, x: Any, y: Any, sample: int, classes: Any = None
) -> tuple[Graph, Xray, tuple[str, ...]]:
    """Return the graph of a functional Keras model with opened inner models, its X-ray, and notes.

    The notes are on labels and the units of the outputs; `classes` has the label of each unit, by
    output if there are several. Without `y`, linear readers learn the model's own predictions.
    Raises `DataError`.
    """
    if not is_functional(model):
        raise DataError(
            "Every layer is computed for functional Keras models only.",
            type(model).__name__,
            "Give a functional model.",
        )
    arguments = arguments_of(model, x, {})
    if sample not in range(arguments.samples):
        raise DataError(
            f"x has {arguments.samples:,} samples, numbered from 0.", sample, "Choose one of them."
        )
    others = np.random.default_rng(0).permutation(arguments.samples)
    rows = np.array([sample, *others[others != sample]], int)[:POINTS]
    data = dict(arguments.on(rows).arrays)
    with unchanged(model):
        return _take_xray(model, data, y, rows, arguments.samples, classes)


def _take_xray(
    model: Any, data: Mapping[str, Array], y: Any, rows: Array, samples: int, classes: Any
) -> tuple[Graph, Xray, tuple[str, ...]]:
    graph, symbols, ends = _opened(model)
    ids = enumerate(_inputs(graph, data))
    starts = {name: (symbols[id], column) for name, (column, id) in zip(data, ids, strict=True)}
    outcome = uncompiled(starts, {id: symbols[id] for id in ends.values()})
    layers = SplitModel(tuple(data), data, outcome, CALL_ROWS, starts=starts, caller=uncompiled)
    values = layers.outputs()
    if y is None:
        truths, seen = (
            {name: _predicted(values[id]) for name, id in ends.items()},
            np.arange(len(rows)),
        )
    else:
        truths, seen = truths_by_name(y, tuple(ends), samples), rows
    known, outputs = classes_by_name(classes, tuple(truths)), output_symbols(model)
    kinds = []
    for name, truth in truths.items():
        facts = OutputFacts(last_activation(outputs[name]), known.get(name, ()))
        kinds.append(output_of(ends[name], values[ends[name]], truth, seen, facts).on(seen))
    heads = [kind.heads((), None) for kind in kinds]
    layers = replace(layers, heads=tuple(one[0] for one in heads if len(one) == 1))
    camera = OwnCamera(layers, graph, symbols, rows, {})
    camera.record(0)
    notes = () if y is None else tuple(kind.note for kind in kinds if kind.note)
    return graph, camera.xray(), notes


def _opened(model: Any) -> tuple[Graph, dict[str, Any], dict[str, str]]:
    """Return the graph of a model, symbolic outputs by node, and the node of each output.

    Inner models are opened.
    """
    import keras

    named = dict(zip(input_names(model), model.inputs, strict=True))
    starts = {name: input_like(symbol, name) for name, symbol in named.items()}
    others = {id(symbol): starts[name] for name, symbol in named.items()}
    outputs = output_symbols(model)
    ends = rebuilt(list(outputs.values()), others, opened=True)
    flat = keras.Model(starts, dict(zip(outputs, ends, strict=True)), name=model.name)
    live = read_live(flat)
    graph = live.model.graph
    symbols = {**live.symbols, **dict(zip(_inputs(graph, starts), starts.values(), strict=True))}
    places = {id(symbol): node for node, symbol in symbols.items()}
    return graph, symbols, {name: places[id(end)] for name, end in zip(outputs, ends, strict=True)}


def _inputs(graph: Graph, names: Iterable[str]) -> list[str]:
    """Return the nodes of the named inputs."""
    nodes = {node.keras_name: node.id for node in graph.nodes if node.layer == "InputLayer"}
    return [nodes[clean(name)] for name in names]


def _predicted(values: Array) -> Array:
    """Return the classes that a model predicts, or its values."""
    if values.min() < 0 or values.max() > 1:
        return values
    return (values > 0.5).astype(int) if values.shape[-1] == 1 else values.argmax(axis=-1)


def _text(truth: Array) -> str:
    """Format a class number, or the first of several values."""
    first = np.ravel(truth)[0]
    return f"{first}" if truth.dtype.kind == "i" else f"{first:.3g}"
