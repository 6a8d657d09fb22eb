"""Person's own model on given samples: a Keras model, or any function of arrays."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import nullcontext
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, Protocol

import numpy as np

from components.base.errors import DataError, suggest
from components.base.text import quoted, size_text
from components.experiments.inspection.basis.coalitions import InspectedHead, Pace
from components.experiments.inspection.keras_graph import (
    ATTENTION,
    branch_ends,
    input_like,
    input_names,
    is_functional,
    is_keras,
    last_activation,
    node_of,
    nodes,
    output_symbols,
    rebuilt,
    without_activation,
)
from components.experiments.inspection.measuring import SAMPLES
from components.experiments.inspection.outputs import Metric, OutputFacts, OwnOutput, output_of
from components.experiments.inspection.split_model import CALL_ROWS, calls, each_takes, rows_of_call
from components.experiments.inspection.unit_labels import classes_by_name
from components.models.heads.base import Target
from components.models.imported.live import unchanged
from components.models.inputs.base import presence
from sample_data.core.arrays import Array

Outputs = Mapping[str, Array]
"""Outputs (R, width) of a model by name."""
CHECKED, CLOSE = 8, 1e-4
"""Samples on which the parts of a model are compared with the whole, and the tolerance."""
SEEN = 32
"""Samples that show the kind of an output."""
STRIPPED: Mapping[Target, tuple[str, ...]] = {
    "classes": ("sigmoid", "softmax"),
    "binary": ("sigmoid",),
    "values": (),
}
"""Activations of a last layer that are removed to get its scores."""


class RowsPredictor(Protocol):
    """Predictor of rows whose inputs are taken from several samples."""

    @property
    def arguments(self) -> Arguments:
        """Arrays of the samples, with the player of each."""

    @property
    def reads(self) -> Mapping[str, tuple[int, ...]]:
        """Players that each output depends on, if known."""

    @property
    def most_background(self) -> int:
        """Maximum number of samples that replace unknown inputs."""

    @property
    def has_gates(self) -> bool:
        """`True` if the choice of gates is measured."""

    def outputs(self, rows: Array) -> Outputs:
        """Return the outputs for `rows` (R, M), which has the sample of each player."""

    def gated_outputs(self, others: Array) -> Outputs:
        """Return the outputs of all samples with the gates of others; empty without gates."""

    def pace(self) -> Pace:
        """Measure the seconds for a sample and for a row."""

    def on(self, samples: Array) -> RowsPredictor:
        """Return the same predictor for some of the samples."""


@dataclass(frozen=True)
class Arguments:
    """Arrays of a model by name, with their players."""

    arrays: Mapping[str, Array]
    players: Mapping[str, tuple[str, ...]]
    """Names of arrays by player: an input, or a group of inputs."""
    packed: Callable[[Mapping[str, Array]], Any]
    """Function that converts arrays by name into the argument of the model."""

    @property
    def samples(self) -> int:
        """Number of samples."""
        return len(next(iter(self.arrays.values())))

    def player(self, name: str) -> int:
        """Return the index of the player of an array."""
        every = enumerate(self.players.values())
        return next(number for number, names in every if name in names)

    def taken(self, rows: Array) -> Any:
        """Return the arrays of rows (R, M), as the argument of the model."""
        return self.packed(
            {name: array[rows[:, self.player(name)]] for name, array in self.arrays.items()}
        )

    def on(self, samples: Array) -> Arguments:
        """Return the same arrays for some of the samples."""
        part = {name: array[samples] for name, array in self.arrays.items()}
        return Arguments(part, self.players, self.packed)


@dataclass
class WholeRows:
    """Predictor of whole rows: a function, or a model whose branches can't be separated."""

    function: Callable[[Any], Any]
    arguments: Arguments
    names: Sequence[str] = ()
    """Names of the outputs, if the model returns them as a list."""
    reads: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    most_background: int = 20
    has_gates: bool = False

    def outputs(self, rows: Array) -> Outputs:
        """Return the outputs for rows (R, M)."""
        bytes_ = sum(array[:1].nbytes for array in self.arguments.arrays.values())
        parts = [
            _with_checked_rows(
                named_outputs(self.function(self.arguments.taken(part)), self.names), len(part)
            )
            for part in calls(rows, rows_of_call(bytes_))
        ]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def pace(self) -> Pace:
        """Measure the seconds for a row."""

        def work(count: int) -> None:
            rows = np.arange(count)[:, None].repeat(len(self.arguments.players), axis=1)
            self.outputs(rows % self.arguments.samples)

        row = each_takes(work, CALL_ROWS, waits=True)
        return Pace(row, row)

    def gated_outputs(self, others: Array) -> Outputs:
        """Return no outputs: gates inside a function are unknown."""
        return {}

    def on(self, samples: Array) -> WholeRows:
        """Return the same predictor for some of the samples."""
        return replace(self, arguments=self.arguments.on(samples))


@dataclass
class CutBranches:
    """Functional Keras model in two parts: branches, computed once, and the layers after them."""

    model: Any
    arguments: Arguments
    gates: Sequence[Any] = ()
    """Symbolic outputs of the gate layers that are measured."""
    stripped: Mapping[str, str] = field(default_factory=dict)
    """Activations to remove, by output."""
    reads: dict[str, tuple[int, ...]] = field(default_factory=dict)
    most_background: int = SAMPLES

    @property
    def has_gates(self) -> bool:
        """`True` if the choice of gates is measured."""
        return bool(self.gates)

    def __post_init__(self) -> None:
        import keras

        symbols = dict(zip(input_names(self.model), self.model.inputs, strict=True))
        players = {id(symbol): self.arguments.player(name) for name, symbol in symbols.items()}
        outputs = output_symbols(self.model)
        ends, reads = branch_ends(list(outputs.values()), players, self.gates)
        self.reads = {name: tuple(sorted(one)) for name, one in zip(outputs, reads, strict=True)}
        with unchanged(self.model):
            scores = [self._score(name, symbol) for name, symbol in outputs.items()]
            self._ends = {f"end_{n}": end for n, end in enumerate(ends.values())}
            branches = [symbol for symbol, _ in self._ends.values()]
            inputs = {id(symbol): input_like(symbol, name) for name, symbol in symbols.items()}
            named = {name: inputs[id(symbol)] for name, symbol in symbols.items()}
            first = dict(zip(self._ends, rebuilt(branches, inputs), strict=True))
            self._branches = keras.Model(named, first)
            self._rest = self._model(scores, outputs)
            self._gate_values = self._regated = None
            if self.gates:
                self._gate_values = self._model(self.gates, map(str, range(len(self.gates))))
                self._regated = self._model(scores, outputs, self.gates)
        sizes = (symbol.shape[1:] for node in nodes(scores) for symbol in node.outputs)
        bytes_ = 4 * sum(math.prod(size or 1 for size in shape) for shape in sizes)
        self._call_rows = rows_of_call(bytes_)
        self._check()

    def _score(self, name: str, symbol: Any) -> Any:
        """Return an output, before its activation if that is removed."""
        if name not in self.stripped:
            return symbol
        node = node_of(symbol)
        return without_activation(node.operation, node.input_tensors[0])

    def _model(self, outputs: Sequence[Any], names: Any, gates: Sequence[Any] = ()) -> Any:
        """Return a model from the branch ends and from gates to outputs by name."""
        import keras

        inputs = {name: input_like(symbol, name) for name, (symbol, _) in self._ends.items()}
        replaced = {id(symbol): inputs[name] for name, (symbol, _) in self._ends.items()}
        for number, gate in enumerate(gates):
            inputs[f"gate_{number}"] = replaced[id(gate)] = input_like(gate, f"gate_{number}")
        return keras.Model(inputs, dict(zip(names, rebuilt(outputs, replaced), strict=True)))

    def _check(self) -> None:
        """Raise `PartsDiffer` if the two parts together differ from the whole model."""
        import keras

        part = self.arguments.on(np.arange(min(CHECKED, self.arguments.samples)))
        own = np.arange(part.samples)[:, None].repeat(len(part.players), axis=1)
        whole = named_outputs(predicted(self.model, part.taken(own)), tuple(self.reads))
        for name, scores in self.outputs(own).items():
            after = keras.activations.get(self.stripped.get(name, "linear"))(scores)
            if not np.allclose(np.asarray(after), whole[name], atol=CLOSE, rtol=CLOSE):
                raise PartsDiffer

    @cached_property
    def _features(self) -> dict[str, Array]:
        parts = [
            predicted(
                self._branches,
                {name: array[part] for name, array in self.arguments.arrays.items()},
            )
            for part in calls(np.arange(self.arguments.samples), self._call_rows)
        ]
        return {name: np.concatenate([part[name] for part in parts]) for name in self._ends}

    def outputs(self, rows: Array) -> Outputs:
        """Return the outputs for rows (R, M), without the removed activations."""
        return self._computed(self._rest, rows)

    def gated_outputs(self, others: Array) -> Outputs:
        """Return the outputs of all samples with the gates of others; empty without gates."""
        if self._regated is None:
            return {}
        rows = np.arange(len(others))[:, None].repeat(len(self.arguments.players), axis=1)
        gates = self._computed(self._gate_values, rows)
        moved = {f"gate_{name}": values[others] for name, values in gates.items()}
        return self._computed(self._regated, rows, moved)

    def _computed(
        self, model: Any, rows: Array, more: Mapping[str, Array] | None = None
    ) -> Outputs:
        parts = []
        for part in calls(np.arange(len(rows)), self._call_rows):
            taken = {
                name: self._features[name][rows[part, player]]
                for name, (_, player) in self._ends.items()
            }
            own = {name: values[part] for name, values in (more or {}).items()}
            parts.append(predicted(model, {**taken, **own}))
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def pace(self) -> Pace:
        """Measure the seconds for a sample in the branches, and for a row after them."""

        def branches(count: int) -> None:
            part = {name: array[:count] for name, array in self.arguments.arrays.items()}
            predicted(self._branches, part)

        def rows(count: int) -> None:
            self.outputs(np.zeros((count, len(self.arguments.players)), np.int64))

        samples = min(self.arguments.samples, self._call_rows)
        sample = each_takes(branches, samples, waits=True)
        return Pace(sample, each_takes(rows, self._call_rows, waits=True))

    def on(self, samples: Array) -> CutBranches:
        """Return the same predictor for some of the samples."""
        part = copy(self)
        part.arguments = self.arguments.on(samples)
        part.__dict__.pop("_features", None)
        return part


class PartsDiffer(Exception):
    """Error if the parts of a model differ from the whole, for example through random numbers."""


@dataclass
class OwnModel:
    """Person's own model as a `RecombinedModel`."""

    predictor: RowsPredictor
    kinds: tuple[OwnOutput, ...]
    metric: Metric | None = None
    notes: tuple[str, ...] = ()
    """Notes on how the model is read."""
    predicted: int = 0
    """Number of rows predicted so far."""

    fillable = frozenset[int]()
    """Inputs that may be missing: none is known."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs, or of groups of them."""
        return tuple(self.predictor.arguments.players)

    @property
    def samples(self) -> int:
        """Number of samples."""
        return self.predictor.arguments.samples

    @cached_property
    def heads(self) -> tuple[InspectedHead, ...]:
        """Heads of all outputs."""
        every, reads = tuple(range(len(self.inputs))), self.predictor.reads
        return tuple(
            head
            for one in self.kinds
            for head in one.heads(reads.get(one.name, every), self.metric)
        )

    def scores(self, rows: Array) -> Outputs:
        """Return scores by head for rows (R, M)."""
        self.predicted += len(rows)
        return self._scores(self.predictor.outputs(rows))

    def gated_scores(self, others: Array) -> Outputs:
        """Return scores by head for all samples, each with the gates of another one."""
        outputs = self.predictor.gated_outputs(others)
        if not outputs:
            return {}
        self.predicted += len(others)
        return self._scores(outputs)

    def _scores(self, outputs: Outputs) -> Outputs:
        return {
            name: scores
            for one in self.kinds
            for name, scores in zip(one.head_names, one.scores(outputs[one.name]), strict=True)
        }

    def on(self, samples: Array) -> OwnModel:
        """Return the same model on some of its samples."""
        kinds = tuple(one.on(samples) for one in self.kinds)
        return OwnModel(self.predictor.on(samples), kinds, self.metric, self.notes)


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
    notes = tuple(_notes(x, arguments, groups or {}))
    function = partial(predicted, model) if is_keras(model) else model
    symbols = output_symbols(model) if is_functional(model) else {}
    predictor: RowsPredictor = WholeRows(function, arguments, tuple(symbols))
    few = np.arange(min(SEEN, arguments.samples))
    outputs = predictor.outputs(few[:, None].repeat(len(arguments.players), axis=1))
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
        try:
            predictor = CutBranches(model, arguments, _gates(model, gates), stripped)
            kinds = tuple(
                replace(kind, form="logits") if kind.name in stripped else kind for kind in kinds
            )
        except PartsDiffer:
            notes += (
                "Whole rows are predicted: its parts alone don't give what the whole model gives.",
            )
        attention = {
            node.operation.name
            for node in nodes(model.outputs)
            if type(node.operation).__name__ in ATTENTION
        }
        if attention:
            layers = quoted(sorted(attention))
            notes += (f"Attention inside a layer of Keras is not measured: {layers}.",)
    if gates and not isinstance(predictor, CutBranches):
        raise DataError(
            "The choice of gates is measured in functional Keras models only.",
            type(model).__name__,
            "Leave out `gates`.",
        )
    return OwnModel(predictor, kinds, metric, (*notes, *(kind.note for kind in kinds if kind.note)))


def predicted(model: Any, inputs: Any) -> Any:
    """Return the outputs of a Keras model as arrays, without compiling for each number of rows."""
    import keras

    is_torch = keras.backend.backend() == "torch"
    with sys.modules["torch"].no_grad() if is_torch else nullcontext():
        outputs = model(inputs, training=False)
    return keras.tree.map_structure(keras.ops.convert_to_numpy, outputs)


def named_outputs(outputs: Any, names: Sequence[str] = ()) -> Outputs:
    """Return the outputs of a model as arrays by name."""
    if isinstance(outputs, Mapping):
        return {str(name): _array(f"the output {name}", one) for name, one in outputs.items()}
    every = outputs if isinstance(outputs, list | tuple) else [outputs]
    usual = ["output"] if len(every) == 1 else [f"output {n + 1}" for n in range(len(every))]
    named = zip(names or usual, every, strict=True)
    return {name: _array(f"the output {name}", one) for name, one in named}


def _with_checked_rows(outputs: Outputs, rows: int) -> Outputs:
    """Return outputs after a check that each has `rows` rows. Raises `DataError`."""
    for name, one in outputs.items():
        if one.shape[:1] != (rows,):
            raise DataError(
                f"The model was called with {rows:,} samples, and returns other rows.",
                f"{name} has the shape {one.shape}",
                "Let it return an array with a row for each sample.",
            )
    return outputs


def _array(name: str, samples: Any) -> Array:
    """Return samples as an array, also those of a PyTorch tensor with a gradient.

    Raises `DataError` if they differ in shape.
    """
    try:
        return np.asarray(samples.detach().cpu() if hasattr(samples, "detach") else samples)
    except ValueError:
        raise DataError(
            f"The samples of {name} don't have all the same shape.",
            "",
            "Pad or cut them to one length before they become an array.",
        ) from None


def arguments_of(model: Any, x: Any, groups: Mapping[str, Sequence[str]]) -> Arguments:
    """Return the arrays of a model by name, and its players. Raises `DataError`."""
    arrays, packed = _arrays(model, x)
    for name, array in arrays.items():
        if not array.size:
            raise DataError(f"The input {name} has no samples.", "", "Give some samples.")
        if not array.ndim:
            raise DataError(
                f"The input {name} is a single value.", "", "Give an array with all samples."
            )
    if is_functional(model):
        for name, symbol in zip(input_names(model), model.inputs, strict=True):
            _check_fits(name, arrays[name], symbol)
    counts = {name: len(array) for name, array in arrays.items()}
    if len(set(counts.values())) > 1:
        listed = ", ".join(f"{name} has {count:,}" for name, count in counts.items())
        raise DataError(
            "All inputs need the same number of samples.", listed, "Give the same rows."
        )
    if not isinstance(groups, Mapping) or any(isinstance(one, str) for one in groups.values()):
        raise DataError(
            "Groups are lists of inputs by the name of the group.",
            groups,
            'Write them like `groups={"patient": ["age", "history"]}`.',
        )
    order = players_of(arrays, groups)
    if len(order) < 2:
        raise DataError(
            "Only a model with two or more inputs, or groups of inputs, can be inspected.",
            ", ".join(order) or "none",
            "Leave an input out of the groups."
            if groups
            else "Give `x` as a dict or a list of arrays, or as a DataFrame.",
        )
    return Arguments(arrays, order, packed)


def players_of(
    names: Collection[str], groups: Mapping[str, Sequence[str]]
) -> dict[str, tuple[str, ...]]:
    """Return the names of arrays by player: inputs without a group first, then the groups.

    The array that marks present samples of an input belongs to that input, unless a group names it.
    Raises `DataError` for invalid groups.
    """
    named = [member for members in groups.values() for member in members]
    for member in named:
        if member not in names:
            raise DataError("A group has inputs of the model.", member, suggest(member, names))
        if named.count(member) > 1:
            raise DataError("An input can be in one group only.", member, "Take it out of one.")
    presences = _presences(names, groups)

    def whole(name: str) -> tuple[str, ...]:
        return (name, *(whole(presences[name]) if name in presences else ()))

    alone = {name: whole(name) for name in names if name not in {*named, *presences.values()}}
    grouped = {
        group: tuple(part for member in members for part in whole(member))
        for group, members in groups.items()
    }
    return {**alone, **grouped}


def _presences(names: Collection[str], groups: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the presence array of each input, without those that a group names."""
    named = {member for members in groups.values() for member in members}
    pairs = {name: presence(name) for name in names}
    return {name: other for name, other in pairs.items() if other in names and other not in named}


def _notes(x: Any, arguments: Arguments, groups: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield a note on arrays without an input, and one on inputs that were combined."""
    offered = list(map(str, _column_names(x)))
    if unused := [name for name in offered if name not in arguments.arrays]:
        yield f"Ignored: {quoted(unused)}. No input or output of the model has such a name."
    presences = _presences(arguments.arrays, groups)
    if presences:
        pairs = ", ".join(f"`{name}` with `{other}`" for name, other in presences.items())
        yield f"An input and the one that tells if a sample has it count as one: {pairs}."


def _check_fits(name: str, array: Array, symbol: Any) -> None:
    """Raise `DataError` if an array doesn't fit an input of a model.

    Keras adds or drops a last axis of length 1.
    """
    taken, sizes = tuple(symbol.shape[1:]), array.shape[1:]
    if len(taken) == len(sizes) + 1 and taken[-1] == 1:
        taken = taken[:-1]
    elif len(sizes) == len(taken) + 1 and sizes[-1] == 1:
        sizes = sizes[:-1]
    same = len(taken) == len(sizes) and all(
        size in (None, own) for size, own in zip(taken, sizes, strict=True)
    )
    if not same:
        raise DataError(
            f"The input {name} of the model takes samples of {size_text(symbol.shape[1:])}.",
            f"the array has samples of {size_text(array.shape[1:])}",
            "Give the arrays as they were prepared for training.",
        )
    if array.dtype.kind not in "biuf" and symbol.dtype != "string":
        raise DataError(
            f"The input {name} of the model takes numbers.",
            f"the array has {array.dtype}",
            "Give the arrays as they were prepared for training.",
        )


def _arrays(model: Any, x: Any) -> tuple[dict[str, Array], Callable[[Mapping[str, Array]], Any]]:
    """Return arrays by name, and the function that converts them into the model's argument."""
    names = input_names(model) if is_functional(model) else None
    if isinstance(x, list | tuple):
        known = names or [f"input {number + 1}" for number in range(len(x))]
        if len(known) != len(x):
            raise DataError(
                f"The model has {len(known)} inputs: {', '.join(known)}.",
                f"x has {len(x)} arrays",
                "Give one array for each.",
            )
        arrays = {name: _array(name, one) for name, one in zip(known, x, strict=True)}
        return arrays, lambda one: list(one.values())
    arrays = {str(name): _array(name, x[name]) for name in _column_names(x)}
    if not arrays:
        raise DataError(
            "`x` needs the arrays of two or more inputs.",
            f"x is a {type(x).__name__}",
            "Give `x` as a dict or a list of arrays, or as a DataFrame.",
        )
    if missing := [name for name in names or () if name not in arrays]:
        raise DataError(
            f"The model has the inputs {quoted(names or ())}.",
            f"x has no {missing[0]}",
            f"Give `x` an array called {missing[0]}.",
        )
    arrays = {name: arrays[name] for name in names or arrays}
    if isinstance(x, Mapping) or is_keras(model):
        return arrays, dict
    return arrays, lambda one: type(x)(dict(zip(x.columns, one.values(), strict=True))).astype(
        dict(x.dtypes)
    )


def _column_names(x: Any) -> Collection[Any]:
    """Return the names of arrays in a dict or a DataFrame; empty for other types."""
    return x if isinstance(x, Mapping) else getattr(x, "columns", ())


def truths_by_name(y: Any, names: Sequence[str], samples: int) -> dict[str, Array]:
    """Return the truth of each sample by output name. Raises `DataError`."""
    named = _named_truths(y, names)
    truths = {name: _array(f"y of {name}", truth) for name, truth in named.items()}
    for name, truth in truths.items():
        if truth.shape[:1] != (samples,):
            raise DataError(
                f"The inputs have {samples:,} samples.",
                f"y of {name} has {len(truth):,}" if truth.ndim else f"y of {name} is {truth}",
                "Give the label or value of each sample.",
            )
    return truths


def _named_truths(y: Any, names: Sequence[str]) -> Mapping[str, Any]:
    if isinstance(y, Mapping):
        if unknown := [name for name in y if name not in names]:
            raise DataError("The model has no such output.", unknown[0], suggest(unknown[0], names))
        return y
    every = y if isinstance(y, list | tuple) and len(names) > 1 else [y]
    if len(every) != len(names):
        raise DataError(
            f"The model has the outputs {quoted(names)}.",
            f"y has {len(every)}",
            "Give `y` as a dict of the labels or values of each output.",
        )
    return dict(zip(names, every, strict=True))


def _gates(model: Any, names: Sequence[str]) -> list[Any]:
    """Return the outputs of the named layers of a functional model. Raises `DataError`."""
    if isinstance(names, str):
        raise DataError("`gates` is a list of layers.", names, f'Write `gates=["{names}"]`.')
    known = {node.operation.name: node for node in nodes(model.outputs)}
    for name in names:
        if name not in known:
            raise DataError("The model has no such layer for `gates`.", name, suggest(name, known))
    return [output for name in names for output in known[name].outputs]
