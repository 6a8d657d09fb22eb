"""Person's own model on samples: a Keras model, or any function of arrays, that is inspected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from components.base.errors import DataError
from components.base.text import quoted
from components.experiments.inspection.basis.coalitions import InspectedHead
from components.experiments.inspection.keras_calls import predicted
from components.experiments.inspection.keras_graph import (
    ATTENTION,
    is_functional,
    is_keras,
    last_activation,
    nodes,
    output_symbols,
)
from components.experiments.inspection.outputs import Metric, OutputFacts, OwnOutput, output_of
from components.experiments.inspection.own_arrays import arguments_of, notes_on, truths_by_name
from components.experiments.inspection.own_parts import cut_model, whole_model
from components.experiments.inspection.split_model import SplitModel
from components.experiments.inspection.unit_labels import classes_by_name
from components.models.heads.base import Target
from sample_data.core.arrays import Array

SEEN = 32
"""Samples that show the kind of an output."""
STRIPPED: Mapping[Target, tuple[str, ...]] = {
    "classes": ("sigmoid", "softmax"),
    "binary": ("sigmoid",),
    "values": (),
}
"""Activations of a last layer that are removed to get its scores."""


@dataclass
class OwnModel:
    """Person's own model as a `RecombinedModel`."""

    parts: SplitModel
    kinds: tuple[OwnOutput, ...]
    notes: tuple[str, ...] = ()
    """Notes on how the model is read."""
    predicted: int = 0
    """Number of rows predicted so far."""

    fillable = frozenset[int]()
    """Inputs that may be missing: none is known."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs, or of groups of them."""
        return self.parts.inputs

    @property
    def samples(self) -> int:
        """Number of samples."""
        return self.parts.samples

    @property
    def heads(self) -> tuple[InspectedHead, ...]:
        """Heads of all outputs."""
        return self.parts.heads

    def scores(self, rows: Array) -> dict[str, Array]:
        """Return scores by head for rows (R, M)."""
        self.predicted += len(rows)
        return self._scores(self.parts.scores(rows))

    def gated_scores(self, others: Array) -> dict[str, Array]:
        """Return scores by head for all samples, each with the gates of another one."""
        outputs = self.parts.gated_scores(others)
        if not outputs:
            return {}
        self.predicted += len(others)
        return self._scores(outputs)

    def _scores(self, outputs: Mapping[str, Array]) -> dict[str, Array]:
        return {
            name: scores
            for one in self.kinds
            for name, scores in zip(one.head_names, one.scores(outputs[one.name]), strict=True)
        }

    def on(self, samples: Array) -> OwnModel:
        """Return the same model on some of its samples."""
        return OwnModel(self.parts.on(samples), self.kinds, self.notes)


def own_model(
    model: Any,
    x: Any,
    y: Any,
    groups: Mapping[str, Sequence[str]] | None = None,
    gates: Sequence[str] = (),
    metric: Metric | None = None,
    most: int | None = None,
    classes: Any = None,
    way: str = "give that as `classes`",
) -> OwnModel:
    """Wrap a Keras model, or a function of arrays, with samples that have known labels or values.

    `groups` has inputs that count as one, by group name, and `gates` names of layers. At most
    `most` samples are drawn. `classes` has the label of each unit, by output if there are several,
    and `way` tells how to give them; it may contain the `{output}`. Raises `DataError` if arguments
    don't match.
    """
    if not callable(model):
        raise DataError(
            "A model is a Keras model, or a function of arrays.",
            f"a {type(model).__name__}",
            "Open a file with `keras.models.load_model`, and give that model.",
        )
    if metric is not None and not callable(metric):
        raise DataError(
            "A metric is a function of the truth and of predictions.",
            f"{metric!r}",
            "Write it like `metric=lambda truth, predictions: -abs(truth - predictions).ravel()`.",
        )
    arguments = arguments_of(model, x, groups or {})
    every = np.arange(arguments.samples)
    rows = every if most is None else np.sort(np.random.default_rng(0).permutation(every)[:most])
    arguments = arguments.on(rows)
    notes = tuple(notes_on(x, arguments, groups or {}))
    function = partial(predicted, model) if is_keras(model) else model
    symbols = output_symbols(model) if is_functional(model) else {}
    parts, reads = whole_model(function, arguments, tuple(symbols)), dict[str, tuple[int, ...]]()
    few = np.arange(min(SEEN, arguments.samples))
    outputs = parts.on(few).outputs()
    truths = truths_by_name(y, tuple(outputs), len(every))
    activations = {name: last_activation(symbol) for name, symbol in symbols.items()}
    known = classes_by_name(classes, tuple(truths))
    kinds = tuple(
        output_of(
            name,
            outputs[name],
            truths[name],
            rows[few],
            OutputFacts(activations.get(name, ""), known.get(name, ()), way.format(output=name)),
        ).on(rows)
        for name in outputs
        if name in truths
    )
    if is_functional(model):
        stripped = {
            kind.name: activations[kind.name]
            for kind in kinds
            if activations[kind.name] in STRIPPED[kind.target]
        }
        cut = cut_model(model, parts, arguments.columns, gates, stripped)
        if cut is None:
            notes += (
                "Whole rows are predicted: its parts alone don't give what the whole model gives.",
            )
        else:
            parts, reads = cut
            kinds = tuple(
                replace(kind, form="logits") if kind.name in stripped else kind for kind in kinds
            )
        attention = {
            node.operation.name
            for node in nodes(model.outputs)
            if type(node.operation).__name__ in ATTENTION
        }
        if attention:
            layers = quoted(sorted(attention))
            notes += (f"Attention inside a layer of Keras is not measured: {layers}.",)
    if gates and parts.gates is None:
        raise DataError(
            "The choice of gates is measured in functional Keras models only.",
            type(model).__name__,
            "Leave out `gates`.",
        )
    every_input = tuple(range(len(arguments.players)))
    heads = (kind.heads(reads.get(kind.name, every_input), metric) for kind in kinds)
    parts = replace(parts, heads=tuple(head for one in heads for head in one))
    return OwnModel(parts, kinds, (*notes, *(kind.note for kind in kinds if kind.note)))
