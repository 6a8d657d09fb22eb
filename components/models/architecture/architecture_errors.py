"""The error of an architecture that Pydantic refuses."""

from __future__ import annotations

from pydantic import BaseModel, ValidationError

from components.base.errors import SpecError
from components.base.refusals import refusal

_RAW = ("expand_dims", "reduce_mean", "reduce_sum", "reduce_max", "squeeze", "lambda")


def spec_error(error: ValidationError, form: type[BaseModel], data: object) -> SpecError:
    """Return the first error as a `SpecError`."""
    refused = refusal(error, SpecError, form, data, "the model")
    kind = refused.received.lower()
    if refused.where[-1:] == ("kind",) and (
        kind.startswith(("tf.", "tensorflow.")) or kind in _RAW
    ):
        return SpecError(
            "A raw TensorFlow function can't be used on the symbolic tensors of a Keras model; "
            "`keras.ops` has its counterpart.",
            refused.received,
            "To average the features of a vector, use the encoder `mean`: "
            "keras.ops.mean(x, axis=-1, keepdims=True), which keeps the axis.",
            refused.where,
        )
    return refused
