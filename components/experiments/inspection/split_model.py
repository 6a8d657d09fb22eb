"""Model in two parts on samples: its branches, computed once, and the layers after them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from components.experiments.inspection.basis.coalitions import (
    LACKING,
    InspectedHead,
    Pace,
    Stopwatch,
)
from components.experiments.inspection.gates import is_gate
from components.experiments.inspection.keras_calls import (
    Call,
    Caller,
    Placed,
    Values,
    compiled,
    symbols_of,
    uncompiled,
)
from components.experiments.inspection.keras_graph import without_activation
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


@dataclass
class SplitModel:
    """Model on some samples: a `RecombinedModel`.

    It is one made here (`split_model`), or a person's own (`own_parts.py`). Its weights do not
    change.
    """

    inputs: tuple[str, ...]
    """Names of the inputs with their own data, or of groups of them."""
    data: Mapping[str, Array]
    """Arrays of the samples by the model's own names."""
    rest: Call
    """Layers from the ends of the branches to the scores of each head."""
    call_rows: int
    """Number of rows in one call."""
    heads: tuple[InspectedHead, ...] = ()
    """Heads with their true labels or values."""
    branches: Call | None = None
    """Branches of the inputs; `None` if the rest starts from the samples themselves."""
    gates: Call | None = None
    """Layers from the ends of the branches to the gates; `None` if these are not measured."""
    regated: Call | None = None
    """Layers from the ends of the branches and given gates to the scores."""
    fillable: frozenset[int] = frozenset()
    """Indices of the inputs that may be missing."""
    starts: Placed = field(default_factory=dict)
    """Symbolic inputs by array, for `with_outputs`."""
    caller: Caller = compiled
    """Maker of the function of `with_outputs`."""
    held: Callable[[Array], Any] = np.asarray
    """Function that puts the ends of branches where the rest reads them."""
    waits: bool = False
    """`True` if calls may wait for something, or compile for each number of rows."""

    @property
    def samples(self) -> int:
        """Number of samples."""
        return len(next(iter(self.data.values())))

    def on(self, samples: Array) -> SplitModel:
        """Return the same model on some of its samples, with the functions compiled so far."""
        data = {name: array[samples] for name, array in self.data.items()}
        heads = tuple(replace(head, truth=head.truth[samples]) for head in self.heads)
        return replace(self, data=data, heads=heads)

    def with_outputs(self, tensors: Mapping[str, Any]) -> SplitModel:
        """Return the same model with symbolic tensors in place of the scores, in one part."""
        rest = self.caller(self.starts, tensors)
        return replace(self, rest=rest, branches=None, gates=None, regated=None)

    def pace(self) -> Pace:
        """Measure the seconds of both parts on a few samples, after they were compiled."""

        def branches(count: int) -> Values:
            return self.features_of({name: array[:count] for name, array in self.data.items()})

        def rows(count: int) -> None:
            self.scores(self._all_from(np.arange(count) % few), features)

        few, features = (1, branches(1)) if self.branches else (self.samples, None)
        rows(1)
        row = each_takes(rows, self.call_rows, self.waits)
        most = min(self.samples, self.call_rows)
        return Pace(each_takes(branches, most, self.waits) if self.branches else row, row)

    def scores(self, rows: Array, features: Values | None = None) -> dict[str, Array]:
        """Return scores by head, with inputs from the samples of `rows` (R, M).

        `rows` refers to the samples of `features`, as returned by `features_of`. Without these, it
        refers to the samples of the model, and `LACKING` means a missing input.
        """
        rows = np.where(np.equal(rows, LACKING), self.samples, rows)
        return self._computed(self.rest, self._features if features is None else features, rows)

    def outputs(self, data: Values | None = None) -> dict[str, Array]:
        """Return the scores of all samples, or of other arrays if the model is in one part."""
        samples = self.samples if data is None else len(next(iter(data.values())))
        return self.scores(self._all_from(np.arange(samples)), data)

    def gated_scores(self, others: Array) -> dict[str, Array]:
        """Return scores by head for all samples, with the gates of others; empty without gates."""
        if self.regated is None:
            return {}
        gates = {name: values[others] for name, values in self.gate_values.items()}
        rows = self._all_from(np.arange(self.samples))
        return self._computed(self.regated, {**self._features, **gates}, rows)

    @cached_property
    def gate_values(self) -> dict[str, Array]:
        """Gates of all samples, by layer."""
        if self.gates is None:
            return {}
        return self._computed(self.gates, self._features, self._all_from(np.arange(self.samples)))

    def features_of(self, *samples: Mapping[str, Array]) -> Values:
        """Compute the ends of the branches for several arrays of samples, joined in order."""
        assert self.branches is not None
        parts = []
        for data in samples:
            rows = self._all_from(np.arange(len(next(iter(data.values())))))
            parts.append(self._computed(self.branches, data, rows))
        return {
            name: self.held(np.concatenate([part[name] for part in parts])) for name in parts[0]
        }

    @property
    def feature_bytes(self) -> int:
        """Bytes of the branch outputs of one sample."""
        ends = self._features.values()
        return sum(int(np.prod(one.shape[1:])) * FLOAT_BYTES for one in ends)

    @cached_property
    def _features(self) -> Values:
        if self.branches is None:
            return self.data
        nothing = {name: np.zeros_like(array[:1]) for name, array in self.data.items()}
        return self.features_of(self.data, *([nothing] if self.fillable else []))

    def _all_from(self, samples: Array) -> Array:
        """Return rows (R, M) with all inputs from the same samples (R,)."""
        return samples[:, None].repeat(len(self.inputs), axis=1)

    def _computed(self, call: Call, values: Values, rows: Array) -> dict[str, Array]:
        starts = range(0, len(rows), self.call_rows)
        parts = [call(values, rows[start : start + self.call_rows]) for start in starts]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def split_model(
    blueprint: Blueprint, inputs: Mapping[str, Array], targets: Mapping[str, Array]
) -> SplitModel:
    """Cut a model made here at the ends of its branches, on samples with targets by head."""
    import tensorflow as tf

    architecture, graph, tensors = blueprint.architecture, blueprint.graph, blueprint.tensors
    names = tuple(branch.name for branch in architecture.data_inputs)
    starts = {
        name: (blueprint.model.input[name], names.index(of))
        for name, of in architecture.model_inputs.items()
    }
    branches = {group.id for group in graph.groups if group.role == "branch"}
    ends = {
        source: (tensors[source], names.index(next(iter(inputs_of(graph, source)))))
        for node in graph.nodes
        if node.group not in branches
        for source in node.sources
        if graph[source].group in branches
    }
    merges = {merge.name: merge for merge in architecture.merges}
    gates = {node.id: tensors[node.id] for node in graph.nodes if is_gate(node, merges)}
    shuffled = {**ends, **{node: (gate, 0) for node, gate in gates.items()}}

    @cache
    def scores() -> dict[str, Any]:
        """Return the symbolic scores of each head: the values before sigmoid or softmax."""
        symbols = {head: blueprint.model.get_layer(head.name).output for head in architecture.heads}
        return {
            head.name: symbol if head.target == "values" else without_activation(symbol)
            for head, symbol in symbols.items()
        }

    heads = tuple(
        InspectedHead(
            head.name,
            head.target,
            tuple(sorted(map(names.index, inputs_of(graph, head.name)))),
            _truth(head, targets[head.name]),
        )
        for head in architecture.heads
    )
    return SplitModel(
        inputs=names,
        data={name: inputs[name] for name in architecture.model_inputs},
        rest=_later(lambda: compiled(ends, scores())),
        call_rows=rows_of_call(costs_of(graph).total.activation_bytes),
        heads=heads,
        branches=_later(lambda: compiled(starts, symbols_of(ends))),
        gates=_later(lambda: compiled(ends, gates)) if gates else None,
        regated=_later(lambda: uncompiled(shuffled, scores())) if gates else None,
        fillable=frozenset(map(names.index, architecture.may_be_missing)),
        starts=starts,
        held=tf.constant,
    )


def _later(make: Callable[[], Call]) -> Call:
    """Return a function that is compiled at its first call."""
    call = cache(make)
    return lambda values, rows: call()(values, rows)


def rows_of_call(bytes_: int) -> int:
    """Return the number of rows in one call, from the bytes of activations of one row."""
    return max(1, min(CALL_ROWS, CALL_BYTES // max(1, bytes_)))


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
