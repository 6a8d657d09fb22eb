"""What a model predicts, some samples at a time, so that any number of them fits in memory."""

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
"""What the layers of one call may give, where a batch of training gives less."""
CALL_ROWS = 1024
"""Samples of one call, where a batch of training has fewer."""


class Predictor:
    """The outputs of a model as it is now, by head; traced at the first call.

    A call takes the samples of a batch of training, or more where they are small:
    `activation_bytes` is what the layers give for one sample.
    """

    def __init__(
        self, model: keras.Model, inputs: Arrays, batch: int, activation_bytes: int
    ) -> None:
        import tensorflow as tf

        def outputs(given: Any) -> Any:
            return model(given, training=False)

        signature = {
            name: tf.TensorSpec((None, *array.shape[1:]), array.dtype)
            for name, array in inputs.items()
        }
        self._outputs = tf.function(outputs, input_signature=[signature], autograph=False)
        self._rows = max(batch, min(CALL_ROWS, CALL_BYTES // max(1, activation_bytes)))

    def __call__(self, inputs: Arrays) -> dict[str, npt.NDArray[Any]]:
        """All outputs for all of the inputs' samples."""
        samples = len(next(iter(inputs.values())))
        parts = [output for _, output in self.parts(inputs, np.arange(samples))]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def parts(self, inputs: Arrays, rows: Rows) -> Iterator[tuple[slice, dict[str, Any]]]:
        """The outputs for some rows, part by part, with the part's place among the rows."""
        for start in range(0, len(rows), self._rows):
            part = slice(start, start + self._rows)
            given = {name: array[rows[part]] for name, array in inputs.items()}
            yield part, {name: out.numpy() for name, out in self._outputs(given).items()}
