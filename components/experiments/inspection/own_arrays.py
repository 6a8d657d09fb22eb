"""Arrays of a person's own model by name: samples with their inputs, and labels or values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from components.base.errors import DataError, suggest
from components.base.text import quoted, size_text
from components.experiments.inspection.keras_graph import input_names, is_functional, is_keras
from components.models.inputs.base import presence
from sample_data.core.arrays import Array


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

    @property
    def columns(self) -> dict[str, int]:
        """Index of the player of each array."""
        players = enumerate(self.players.values())
        columns = {name: number for number, names in players for name in names}
        return {name: columns[name] for name in self.arrays}

    def on(self, samples: Array) -> Arguments:
        """Return the same arrays for some of the samples."""
        arrays = {name: array[samples] for name, array in self.arrays.items()}
        return replace(self, arrays=arrays)


def array_of(name: str, samples: Any) -> Array:
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


def notes_on(x: Any, arguments: Arguments, groups: Mapping[str, Sequence[str]]) -> Iterator[str]:
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
        arrays = {name: array_of(name, one) for name, one in zip(known, x, strict=True)}
        return arrays, lambda one: list(one.values())
    arrays = {str(name): array_of(name, x[name]) for name in _column_names(x)}
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
    truths = {name: array_of(f"y of {name}", truth) for name, truth in named.items()}
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
