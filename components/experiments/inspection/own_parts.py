"""Two parts of a person's own model: a Keras model cut where inputs meet, or a whole function."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from components.base.errors import DataError, suggest
from components.experiments.inspection.keras_calls import Values, symbols_of, taken, uncompiled
from components.experiments.inspection.keras_graph import (
    branch_ends,
    input_names,
    nodes,
    output_symbols,
    without_activation,
)
from components.experiments.inspection.own_arrays import Arguments, array_of
from components.experiments.inspection.split_model import SplitModel, rows_of_call
from components.models.imported.live import unchanged
from sample_data.core.arrays import Array

CHECKED, CLOSE = 8, 1e-4
"""Samples on which the parts of a model are compared with the whole, and the tolerance."""


def whole_model(
    function: Callable[[Any], Any], arguments: Arguments, names: Sequence[str]
) -> SplitModel:
    """Return a function, or a model whose branches can't be separated, in one part.

    `names` are those of the outputs, if it returns them as a list.
    """
    columns = arguments.columns

    def rest(values: Values, rows: Array) -> dict[str, Array]:
        inputs = arguments.packed(taken(values, rows, columns))
        return _named_outputs(function(inputs), names, len(rows))

    bytes_ = sum(array[:1].nbytes for array in arguments.arrays.values())
    players = tuple(arguments.players)
    return SplitModel(players, arguments.arrays, rest, rows_of_call(bytes_), waits=True)


def cut_model(
    model: Any,
    whole: SplitModel,
    columns: Mapping[str, int],
    gates: Sequence[str],
    stripped: Mapping[str, str],
) -> tuple[SplitModel, dict[str, tuple[int, ...]]] | None:
    """Return a functional Keras model in two parts, and the inputs that each output depends on.

    `whole` is the same model in one part; the result is `None` if the two parts together differ
    from it, for example through random numbers. `columns` has the index of the input of each array,
    `gates` are the layers whose choice is measured, and `stripped` has the activations to remove,
    by output. Raises `DataError` for unknown layers.
    """
    outputs, gated = output_symbols(model), _gates(model, gates)
    starts = {
        name: (symbol, columns[name])
        for name, symbol in zip(input_names(model), model.inputs, strict=True)
    }
    players = {id(symbol): player for symbol, player in starts.values()}
    last, reads = branch_ends(list(outputs.values()), players, gated)
    ends = {f"end_{number}": end for number, end in enumerate(last.values())}
    measured = {f"gate_{number}": (gate, 0) for number, gate in enumerate(gated)}
    with unchanged(model):
        scores = {
            name: without_activation(symbol) if name in stripped else symbol
            for name, symbol in outputs.items()
        }
        parts = replace(
            whole,
            rest=uncompiled(ends, scores),
            call_rows=rows_of_call(_bytes_of(scores)),
            branches=uncompiled(starts, symbols_of(ends)),
            gates=uncompiled(ends, symbols_of(measured)) if gated else None,
            regated=uncompiled({**ends, **measured}, scores) if gated else None,
        )
    if not _agree(parts, whole, stripped):
        return None
    return parts, {name: tuple(sorted(one)) for name, one in zip(outputs, reads, strict=True)}


def _gates(model: Any, names: Sequence[str]) -> list[Any]:
    """Return the outputs of the named layers of a functional model. Raises `DataError`."""
    if isinstance(names, str):
        raise DataError("`gates` is a list of layers.", names, f'Write `gates=["{names}"]`.')
    known = {node.operation.name: node for node in nodes(model.outputs)}
    for name in names:
        if name not in known:
            raise DataError("The model has no such layer for `gates`.", name, suggest(name, known))
    return [output for name in names for output in known[name].outputs]


def _bytes_of(outputs: Mapping[str, Any]) -> int:
    """Return the bytes of all activations of a sample that lead to symbolic outputs."""
    sizes = (symbol.shape[1:] for node in nodes([*outputs.values()]) for symbol in node.outputs)
    return 4 * sum(math.prod(size or 1 for size in shape) for shape in sizes)


def _agree(parts: SplitModel, whole: SplitModel, stripped: Mapping[str, str]) -> bool:
    """Return `True` if two parts give what the whole model gives for a few samples."""
    import keras

    few = np.arange(min(CHECKED, whole.samples))
    wanted = whole.on(few).outputs()
    return all(
        np.allclose(
            np.asarray(keras.activations.get(stripped.get(name, "linear"))(scores)),
            wanted[name],
            atol=CLOSE,
            rtol=CLOSE,
        )
        for name, scores in parts.on(few).outputs().items()
    )


def _named_outputs(outputs: Any, names: Sequence[str], rows: int) -> dict[str, Array]:
    """Return the outputs of a model as arrays by name.

    Raises `DataError` if one has not a row for each of `rows` samples.
    """
    if isinstance(outputs, Mapping):
        named = [(str(name), one) for name, one in outputs.items()]
    else:
        every = outputs if isinstance(outputs, list | tuple) else [outputs]
        usual = ["output"] if len(every) == 1 else [f"output {n + 1}" for n in range(len(every))]
        named = [*zip(names or usual, every, strict=True)]
    arrays = {name: array_of(f"the output {name}", one) for name, one in named}
    for name, array in arrays.items():
        if array.shape[:1] != (rows,):
            raise DataError(
                f"The model was called with {rows:,} samples, and returns other rows.",
                f"{name} has the shape {array.shape}",
                "Let it return an array with a row for each sample.",
            )
    return arrays
