"""A trained Keras model in two parts: its branches, computed once, and all that comes after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from components.analysis.additive import inputs_of
from components.heads.base import Head
from components.inspection.recombined import InspectedHead
from components.model.builder import build_with_weights
from components.model.costs import costs_of
from components.model.spec import Architecture
from sample_data.core.arrays import Array

if TYPE_CHECKING:
    import keras

CALL_BYTES = 64_000_000
"""Activations of one call, about."""
CALL_ROWS = 16_384
"""Rows of one call, at most."""
WORK_BYTES = 4_000_000_000
"""Activations of all layers after the branches that an inspection computes, about."""


Features = dict[str, Any]
"""Tensors (samples, ...) by the node that ends a branch."""


class SplitModel:
    """The model of an architecture on some samples: a `RecombinedModel`.

    It is built again in this process, which should have built nothing before, and its weights are
    read from the file `weights` as arrays; without one they are new. `inputs` and `targets` are the
    samples, by input and by head.
    """

    def __init__(
        self,
        architecture: Architecture,
        weights: Path | None,
        inputs: Mapping[str, Array],
        targets: Mapping[str, Array],
    ) -> None:
        self.blueprint = build_with_weights(architecture)
        if weights is not None:
            self.blueprint.model.load_weights(weights)
        self.data = {name: inputs[name] for name in self.inputs}
        self._targets = targets
        self._costs = costs_of(self.blueprint.graph)
        per_sample = self._costs.total.activation_bytes
        self._call_rows = max(1, min(CALL_ROWS, CALL_BYTES // max(1, per_sample)))
        for head in architecture.heads:
            _remove_activation(self.blueprint.model, head)

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs with data of their own."""
        return tuple(branch.name for branch in self.blueprint.architecture.data_inputs)

    @property
    def samples(self) -> int:
        """The number of samples."""
        return len(next(iter(self.data.values())))

    @property
    def affordable_rows(self) -> int:
        """How many rows `scores` may compute in a few seconds."""
        groups = self.blueprint.graph.groups
        later = [self._costs.groups[group.id] for group in groups if group.role != "branch"]
        return WORK_BYTES // max(1, sum(cost.activation_bytes for cost in later))

    @cached_property
    def heads(self) -> tuple[InspectedHead, ...]:
        """The heads, with their true labels or values."""
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
        """Scores by head of samples whose inputs are taken from the samples of `rows` (R, M).

        With `features`, which `features_of` returned, they are taken from the samples of those.
        """
        known = self._features if features is None else features
        parts = [self._recombine(known, part) for part in self._calls(np.asarray(rows, np.int32))]
        return {head.name: _joined(parts, head.name) for head in self.heads}

    def whole_scores(self, rows: Array) -> dict[str, Array]:
        """What `scores` returns, by the whole model: every layer is computed for every row."""
        parts = [
            self._whole({name: self.data[name][part[:, m]] for m, name in enumerate(self.inputs)})
            for part in self._calls(np.asarray(rows, np.int32))
        ]
        return {head.name: _joined(parts, head.name) for head in self.heads}

    def features_of(self, samples: Sequence[Mapping[str, Array]]) -> Features:
        """What the branches make of several arrays of samples, one after the other."""
        import tensorflow as tf

        parts = [self._computed(self._branches, inputs) for inputs in samples]
        return {
            node: tf.constant(np.concatenate([part[node] for part in parts])) for node in self._cut
        }

    @property
    def feature_bytes(self) -> int:
        """Bytes of what the branches make of a sample."""
        return sum(int(np.prod(one.shape[1:])) * one.dtype.size for one in self._features.values())

    def computed(self, tensors: Mapping[str, Any]) -> dict[str, Array]:
        """The values of symbolic tensors of the model for each sample."""
        if not tensors:
            return {}
        function = _compiled(self._function(self.blueprint.model.input, tensors))
        return self._computed(function, self.data)

    @cached_property
    def _whole(self) -> Any:
        return _compiled(self.blueprint.model)

    @cached_property
    def _cut(self) -> dict[str, int]:
        """The nodes that end the branches, with the index of the input that each depends on."""
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
        ends = {node: self.blueprint.tensors[node] for node in self._cut}
        return _compiled(self._function(self.blueprint.model.input, ends))

    @cached_property
    def _features(self) -> Features:
        return self.features_of([self.data])

    @cached_property
    def _recombine(self) -> Any:
        """A compiled function of features and `rows` that takes each input from its samples."""
        import tensorflow as tf

        ends = {node: self.blueprint.tensors[node] for node in self._cut}
        rest = self._function(ends, self.blueprint.model.output)

        def recombine(features: Features, rows: Any) -> Any:
            return rest(
                {node: tf.gather(features[node], rows[:, m]) for node, m in self._cut.items()}
            )

        known = {
            node: tf.TensorSpec((None, *one.shape[1:]), one.dtype)
            for node, one in self._features.items()
        }
        signature = [known, tf.TensorSpec((None, len(self.inputs)), tf.int32)]
        return tf.function(recombine, input_signature=signature, autograph=False)

    def _function(self, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> Any:
        import keras

        return keras.Function(dict(inputs), dict(outputs))

    def _computed(self, compiled: Any, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """The outputs of a compiled function of the inputs for all samples."""
        rows = np.arange(len(next(iter(inputs.values()))))
        parts = [
            compiled({name: array[part] for name, array in inputs.items()})
            for part in self._calls(rows)
        ]
        return {name: _joined(parts, name) for name in parts[0]}

    def _calls(self, rows: Array) -> Iterator[Array]:
        for start in range(0, len(rows), self._call_rows):
            yield rows[start : start + self._call_rows]


def _compiled(function: Any) -> Any:
    import tensorflow as tf

    return tf.function(lambda batch: function(batch), reduce_retracing=True, autograph=False)


def _joined(parts: list[Mapping[str, Any]], name: str) -> Array:
    return np.concatenate([part[name].numpy() for part in parts])


def _remove_activation(model: keras.Model, head: Head) -> None:
    """Let a head of classes give its scores: the values before its sigmoid or softmax."""
    import keras

    if head.target != "values":
        model.get_layer(head.name).activation = keras.activations.linear


def _truth(head: Head, targets: Array) -> Array:
    if head.target == "values":
        return targets
    truth: Array = targets[:, 0].astype(np.int64)
    return truth
