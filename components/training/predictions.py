"""Predictions of a model in batches, so that any number of samples fits in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import keras

Arrays = Mapping[str, npt.NDArray[Any]]
Rows = npt.NDArray[np.int64]

CALL_BYTES = 32_000_000
"""Activations of one call, unless a training batch has more."""
CALL_ROWS = 1024
"""Samples of one call, unless a training batch has more."""


class Predictor:
    """Computes the model's current outputs, by head. The first call compiles it.

    One call takes as many samples as a training batch, or more if they are small:
    `activation_bytes` is the size of all activations for one sample.
    """

    def __init__(
        self, model: keras.Model, inputs: Arrays, batch_size: int, activation_bytes: int
    ) -> None:
        import tensorflow as tf

        def outputs(batch: Any) -> Any:
            return model(batch, training=False)

        signature = {
            name: tf.TensorSpec((None, *array.shape[1:]), array.dtype)
            for name, array in inputs.items()
        }
        self._outputs = tf.function(outputs, input_signature=[signature], autograph=False)
        self._rows = max(batch_size, min(CALL_ROWS, CALL_BYTES // max(1, activation_bytes)))

    def __call__(self, inputs: Arrays) -> dict[str, npt.NDArray[Any]]:
        """The outputs for all samples."""
        samples = len(next(iter(inputs.values())))
        parts = [output for _, output in self.parts(inputs, np.arange(samples))]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def parts(self, inputs: Arrays, rows: Rows) -> Iterator[tuple[slice, dict[str, Any]]]:
        """The outputs for some rows, batch by batch, each with its slice of the rows."""
        for start in range(0, len(rows), self._rows):
            part = slice(start, start + self._rows)
            batch = {name: array[rows[part]] for name, array in inputs.items()}
            yield part, {name: out.numpy() for name, out in self._outputs(batch).items()}
