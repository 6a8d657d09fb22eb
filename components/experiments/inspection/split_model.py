"""Trained Keras model in two parts: its branches, computed once, and the layers after them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from components.experiments.inspection.basis.coalitions import (
    LACKING,
    InspectedHead,
    Pace,
    Stopwatch,
)
from components.experiments.inspection.gates import is_gate
from components.experiments.inspection.keras_graph import rebuilt, without_activation
from components.models.analysis.additive import inputs_of
from components.models.architecture.costs import FLOAT_BYTES, costs_of
from components.models.heads.base import Head
from sample_data.core.arrays import Array

if TYPE_CHECKING:
    from components.models.architecture.builder import Blueprint

CALL_BYTES = 64_000_000
"""Approximate limit of the activations in one call, in bytes."""
CALL_ROWS = 16_384
"""Maximum number of rows in one call."""
LEAST_TIMED, QUICK_SECONDS = 32, 0.01
"""Fewest samples and rows to measure the pace on; more are used up to `QUICK_SECONDS`."""

Features = dict[str, Any]
"""Tensors (samples, ...) by the node that ends a branch."""


class SplitModel:
    """Trained model on some samples: a `RecombinedModel`.

    `blueprint` has the model with its weights, which do not change. `inputs` and `targets` are the
    samples, by input and by head.
    """

    def __init__(
        self, blueprint: Blueprint, inputs: Mapping[str, Array], targets: Mapping[str, Array]
    ) -> None:
        self.blueprint = blueprint
        self.data = {name: inputs[name] for name in blueprint.architecture.model_inputs}
        self._targets = targets
        per_sample = costs_of(blueprint.graph).total.activation_bytes
        self._call_rows = rows_of_call(per_sample)

    def on(self, samples: Array) -> SplitModel:
        """Return the same model on some of its samples, with the functions compiled so far."""
        part = copy(self)
        part.data = {name: array[samples] for name, array in self.data.items()}
        part._targets = {name: array[samples] for name, array in self._targets.items()}
        for known in ("heads", "_features", "_gate_values"):
            part.__dict__.pop(known, None)
        return part

    def pace(self) -> Pace:
        """Measure the seconds of both parts on a few samples, after they were compiled."""

        def branches(count: int) -> Features:
            return self.features_of([{name: one[:count] for name, one in self.data.items()}])

        def rows(count: int) -> None:
            self.scores(np.zeros((count, len(self.inputs)), np.int32), features)

        features = branches(1)
        rows(1)
        return Pace(each_takes(branches, self.samples), each_takes(rows, self._call_rows))

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs with their own data."""
        return tuple(branch.name for branch in self.blueprint.architecture.data_inputs)

    @property
    def input_of(self) -> Mapping[str, str]:
        """Input of each array of the samples."""
        return self.blueprint.architecture.model_inputs

    @cached_property
    def fillable(self) -> frozenset[int]:
        """Indices of the inputs that may be missing."""
        return frozenset(map(self.inputs.index, self.blueprint.architecture.may_be_missing))

    @property
    def samples(self) -> int:
        """Number of samples."""
        return len(next(iter(self.data.values())))

    @cached_property
    def heads(self) -> tuple[InspectedHead, ...]:
        """Heads with their true labels or values."""
        graph = self.blueprint.graph
        return tuple(
            InspectedHead(
                head.name,
                head.target,
                tuple(sorted(map(self.inputs.index, inputs_of(graph, head.name)))),
                _truth(head, self._targets[head.name]),
            )
            for head in self.blueprint.architecture.heads
        )

    def scores(self, rows: Array, features: Features | None = None) -> dict[str, Array]:
        """Return scores by head, with inputs from the samples of `rows` (R, M).

        `rows` refers to the samples of `features`, as returned by `features_of`. Without these, it
        refers to the samples of the model, and `LACKING` means a missing input.
        """
        known = self._features if features is None else features
        rows = np.where(np.equal(rows, LACKING), self.samples, rows).astype(np.int32)
        parts = [self._recombine(known, part) for part in calls(rows, self._call_rows)]
        return {head.name: _joined(parts, head.name) for head in self.heads}

    def gated_scores(self, others: Array) -> dict[str, Array]:
        """Return scores by head for all samples, with the gates of others; empty without gates."""
        import tensorflow as tf

        if not self._gates:
            return {}
        parts = []
        for rows in calls(np.arange(self.samples), self._call_rows):
            values = {node: one[others[rows]] for node, one in self._gate_values.items()}
            features = {node: tf.gather(self._features[node], rows) for node in self._cut}
            parts.append(self._regated({**features, **values}))
        return {head.name: _joined(parts, head.name) for head in self.heads}

    def features_of(self, samples: Sequence[Mapping[str, Array]]) -> Features:
        """Compute the branch outputs for several arrays of samples, joined in order."""
        import tensorflow as tf

        parts = [self.outputs(self._branches, inputs) for inputs in samples]
        return {
            node: tf.constant(np.concatenate([part[node] for part in parts])) for node in self._cut
        }

    @property
    def feature_bytes(self) -> int:
        """Bytes of the branch outputs of one sample."""
        ends = (self.blueprint.tensors[node] for node in self._cut)
        return sum(int(np.prod(one.shape[1:])) * FLOAT_BYTES for one in ends)

    def computed(self, tensors: Mapping[str, Any]) -> dict[str, Array]:
        """Return the values of symbolic tensors of the model for each sample."""
        if not tensors:
            return {}
        return self.outputs(self.compiled(tensors), self.data)

    def compiled(self, outputs: Mapping[str, Any]) -> Any:
        """Compile a function of the inputs for any number of samples."""
        import keras
        import tensorflow as tf

        inputs = self.blueprint.model.input
        function = keras.Function(inputs, dict(outputs))
        return tf.function(
            lambda batch: function(batch), input_signature=[_signature(inputs)], autograph=False
        )

    def outputs(self, compiled: Any, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Return the outputs of a compiled function for all samples."""
        rows = np.arange(len(next(iter(inputs.values()))))
        parts = [
            compiled({name: array[part] for name, array in inputs.items()})
            for part in calls(rows, self._call_rows)
        ]
        return {name: _joined(parts, name) for name in parts[0]}

    @cached_property
    def _scores(self) -> Mapping[str, Any]:
        """Symbolic scores of each head: the values before sigmoid or softmax."""
        model, heads = self.blueprint.model, self.blueprint.architecture.heads
        return {
            head.name: model.get_layer(head.name).output
            if head.target == "values"
            else without_activation(model.get_layer(head.name), model.get_layer(head.name).input)
            for head in heads
        }

    @cached_property
    def _cut(self) -> dict[str, int]:
        """Nodes that end the branches, each with the index of its input."""
        graph = self.blueprint.graph
        branches = {group.id for group in graph.groups if group.role == "branch"}
        ends = {
            source: inputs_of(graph, source)
            for node in graph.nodes
            if node.group not in branches
            for source in node.sources
            if graph[source].group in branches
        }
        return {node: self.inputs.index(next(iter(reads))) for node, reads in ends.items()}

    @cached_property
    def _branches(self) -> Any:
        return self.compiled({node: self.blueprint.tensors[node] for node in self._cut})

    @cached_property
    def _features(self) -> Features:
        nothing = {name: np.zeros_like(array[:1]) for name, array in self.data.items()}
        return self.features_of([self.data, nothing])

    @cached_property
    def _recombine(self) -> Any:
        """Compiled function of features and `rows` that takes each input from its sample."""
        import keras
        import tensorflow as tf

        ends = {node: self.blueprint.tensors[node] for node in self._cut}
        rest = keras.Function(ends, dict(self._scores))

        def recombine(features: Features, rows: Any) -> Any:
            return rest(
                {node: tf.gather(features[node], rows[:, m]) for node, m in self._cut.items()}
            )

        signature = [_signature(ends), tf.TensorSpec((None, len(self.inputs)), tf.int32)]
        return tf.function(recombine, input_signature=signature, autograph=False)

    @cached_property
    def _gates(self) -> dict[str, Any]:
        """Symbolic gates of all merges, by node."""
        merges = {merge.name: merge for merge in self.blueprint.architecture.merges}
        gates = [node.id for node in self.blueprint.graph.nodes if is_gate(node, merges)]
        return {node: self.blueprint.tensors[node] for node in gates}

    @cached_property
    def _gate_values(self) -> dict[str, Array]:
        return self.computed(self._gates)

    @cached_property
    def _regated(self) -> Any:
        """Function of features and gates to scores."""
        import keras

        ends = {node: self.blueprint.tensors[node] for node in self._cut}
        inputs = {
            node: keras.Input(tensor.shape[1:], dtype=tensor.dtype)
            for node, tensor in {**ends, **self._gates}.items()
        }
        replaced = {id(tensor): inputs[node] for node, tensor in {**ends, **self._gates}.items()}
        names, scores = self._scores.keys(), list(self._scores.values())
        return keras.Function(inputs, dict(zip(names, rebuilt(scores, replaced), strict=True)))


def _signature(tensors: Mapping[str, Any]) -> dict[str, Any]:
    """Return the input signature of a compiled function for any number of samples."""
    import tensorflow as tf

    return {name: tf.TensorSpec((None, *one.shape[1:]), one.dtype) for name, one in tensors.items()}


def _joined(parts: list[Mapping[str, Any]], name: str) -> Array:
    return np.concatenate([part[name].numpy() for part in parts])


def rows_of_call(bytes_: int) -> int:
    """Return the number of rows in one call, from the bytes of activations of one row."""
    return max(1, min(CALL_ROWS, CALL_BYTES // max(1, bytes_)))


def calls(rows: Array, most: int) -> Iterator[Array]:
    """Yield rows in parts, one for each call."""
    for start in range(0, len(rows), most):
        yield rows[start : start + most]


def each_takes(work: Callable[[int], object], most: int, waits: bool = False) -> float:
    """Measure the seconds of `work` for one item, with enough items for a reliable time.

    If the work `waits`, for example for a server, clock time counts, and each number of items is
    run once before, to compile it.
    """
    count, quick = min(most, LEAST_TIMED), QUICK_SECONDS * (10 if waits else 1)
    while True:
        if waits:
            work(count)
        stopwatch = Stopwatch()
        work(count)
        taken = stopwatch.wall if waits else stopwatch.seconds
        if taken >= quick or count >= most:
            return taken / count
        count = min(most, 4 * count)


def _truth(head: Head, targets: Array) -> Array:
    if head.target == "values":
        return targets
    truth: Array = targets[:, 0].astype(np.int64)
    return truth
