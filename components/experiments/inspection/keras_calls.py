"""Functions from tensors of a Keras model to others, for rows that mix samples."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import partial
from typing import Any

import numpy as np

from components.experiments.inspection.keras_graph import input_like, node_of, rebuilt
from sample_data.core.arrays import Array

Values = Mapping[str, Any]
"""Arrays or tensors (samples, ...) by name."""
Call = Callable[[Values, Array], Values]
"""Function of values and of rows (R, M), which have the sample of each input."""
Placed = Mapping[str, tuple[Any, int]]
"""Symbolic tensors by name, each with the index of the input that it depends on."""
Caller = Callable[[Placed, Mapping[str, Any]], Call]
"""Maker of a function from some symbolic tensors to others."""


def symbols_of(placed: Placed) -> dict[str, Any]:
    """Return the symbolic tensors alone."""
    return {name: symbol for name, (symbol, _) in placed.items()}


def compiled(inputs: Placed, outputs: Mapping[str, Any]) -> Call:
    """Compile a function for any number of rows with TensorFlow."""
    import keras
    import tensorflow as tf

    symbols = symbols_of(inputs)
    function = keras.Function(symbols, dict(outputs))

    def call(values: Values, rows: Any) -> Values:
        mixed = {name: tf.gather(values[name], rows[:, m]) for name, (_, m) in inputs.items()}
        return function(mixed)  # type: ignore[no-any-return]

    signature = [
        {
            name: tf.TensorSpec((None, *symbol.shape[1:]), symbol.dtype)
            for name, symbol in symbols.items()
        },
        tf.TensorSpec((None, None), tf.int32),
    ]
    traced = tf.function(call, input_signature=signature, autograph=False)
    return lambda values, rows: traced(
        {name: values[name] for name in inputs}, rows.astype("int32")
    )


def uncompiled(inputs: Placed, outputs: Mapping[str, Any]) -> Call:
    """Return a function that any backend computes layer by layer.

    Tensors that are no inputs of a model become new ones, and the layers after them are the same.
    """
    import keras

    symbols, ends = symbols_of(inputs), list(outputs.values())
    starts = {
        name: symbol
        if symbol.name == name and node_of(symbol).is_input
        else input_like(symbol, name)
        for name, symbol in symbols.items()
    }
    others = {id(symbol): starts[name] for name, symbol in symbols.items()}
    if any(id(start) not in others for start in starts.values()):
        ends = rebuilt(ends, others)
    function = partial(predicted, keras.Model(starts, dict(zip(outputs, ends, strict=True))))
    columns = {name: column for name, (_, column) in inputs.items()}
    return lambda values, rows: function(taken(values, rows, columns))


def taken(values: Values, rows: Array, columns: Mapping[str, int]) -> dict[str, Array]:
    """Return the values for rows (R, M), whose columns have the samples of each array."""
    return {name: np.asarray(values[name])[rows[:, column]] for name, column in columns.items()}


def predicted(model: Any, inputs: Any) -> Any:
    """Return the outputs of a Keras model as arrays, without compiling for each number of rows."""
    import keras

    is_torch = keras.backend.backend() == "torch"
    with sys.modules["torch"].no_grad() if is_torch else nullcontext():
        outputs = model(inputs, training=False)
    return keras.tree.map_structure(keras.ops.convert_to_numpy, outputs)
