"""Inspection of a model from a file, on held-out samples from another file."""

from __future__ import annotations

import io

from components.base.errors import DataError, ModelFileError
from components.base.text import quoted
from components.base.workers.needs_keras import LARGE_FILE, in_worker
from components.experiments.inspection.keras_graph import input_names, output_symbols
from components.experiments.inspection.measuring import SAMPLES
from components.experiments.inspection.own_arrays import players_of
from components.experiments.inspection.own_inspection import priced
from components.experiments.inspection.own_model import own_model
from components.models.imported.built import FP, built
from sample_data.core.archives import read_arrays

TIME_LIMIT = 15.0
"""Time limit of the planned measures, in seconds."""
CLASSES = "_classes"
"""Ending of the name of an array with the labels of an output's units."""
WAY = f"save that as the array `{{output}}{CLASSES}`"


def _too_much(received: str) -> ModelFileError:
    return ModelFileError(
        "The model takes too long to inspect here, or too much memory.", received, FP
    )


@in_worker(LARGE_FILE, _too_much)
def inspect_file(model: bytes, arrays: bytes) -> tuple[str, tuple[str, ...]]:
    """Inspect the model of a `.keras` file on the arrays of an `.npz` file.

    Return the inspection as JSON, and notes on how the files were read. The arrays have the names
    of the model's inputs and outputs; `NAME_classes` has the labels of an output's units. Raises
    `FileError` and `DataError`.
    """
    known, held = built(model), read_arrays(io.BytesIO(arrays))
    if len(known.inputs) < 2 or len(players_of(input_names(known), {})) < 2:
        raise ModelFileError(
            "Only a model with two inputs or more can be inspected.",
            "this one has 1",
            "Choose the file of another model.",
        )
    inputs, outputs = input_names(known), tuple(output_symbols(known))
    if missing := [name for name in inputs if name not in held]:
        raise _missing("input", missing[0], inputs, outputs)
    truth = {name: held[name] for name in outputs if name in held}
    if not truth:
        raise _missing("output", outputs[0], inputs, outputs)
    named = {f"{name}{CLASSES}": name for name in truth}
    classes = {named[name]: held[name] for name in named if name in held and name not in inputs}
    x = {
        name: array
        for name, array in held.items()
        if name in inputs or (name not in truth and named.get(name) not in classes)
    }
    own = own_model(known, x, truth, most=SAMPLES, classes=classes, way=WAY)
    price = priced(own, TIME_LIMIT)
    inspection = price.inspection()
    return inspection.json_text(), price.notes(inspection)


def _missing(kind: str, name: str, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> DataError:
    return DataError(
        f"The arrays have none for the {kind} {name}.",
        "",
        f"Save arrays called {quoted((*inputs, *outputs))}, with labels or values for the outputs.",
    )
