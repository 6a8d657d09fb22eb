"""The inspection of a model from a file, on held-out samples from another."""

from __future__ import annotations

import io

from components.core.errors import DataError, ModelFileError
from components.core.needs_keras import in_worker
from components.core.text import quoted
from components.inspection.measuring import SAMPLES
from components.inspection.own_inspection import priced
from components.inspection.own_model import input_names, output_symbols, own_model
from components.keras_json.built import built
from sample_data.core.archives import read_arrays

SECONDS, TIME_LIMIT = 40.0, 15.0
"""Seconds that a worker may take in all, and that the measures are planned for."""


@in_worker(SECONDS)
def inspect_file(model: bytes, arrays: bytes) -> str:
    """Inspect the model of a `.keras` file on the arrays of an `.npz` file: JSON of an inspection.

    The arrays are named as the model's inputs and outputs. Raises `FileError` and `DataError`.
    """
    known, held = built(model), read_arrays(io.BytesIO(arrays))
    if len(known.inputs) < 2:
        raise ModelFileError(
            "Only a model with two inputs or more can be inspected.",
            f"this one has {len(known.inputs)}",
            "Choose the file of another model.",
        )
    inputs, outputs = input_names(known), tuple(output_symbols(known))
    if missing := [name for name in inputs if name not in held]:
        raise _missing("input", missing[0], inputs, outputs)
    truth = {name: held[name] for name in outputs if name in held}
    if not truth:
        raise _missing("output", outputs[0], inputs, outputs)
    x = {name: held[name] for name in inputs}
    price = priced(own_model(known, x, truth, most=SAMPLES), TIME_LIMIT)
    return price.inspection().json_text()


def _missing(kind: str, name: str, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> DataError:
    return DataError(
        f"The arrays have none for the {kind} {name}.",
        "",
        f"Save arrays called {quoted((*inputs, *outputs))}, with labels or values for the outputs.",
    )
