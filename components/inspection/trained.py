"""Inspections of trained models: the run's data and weights, and the samples it held out."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from components.inspection.inspect import choose_rows, inspect
from components.inspection.noise import absent_samples, input_noises
from components.inspection.readouts import readouts
from components.inspection.results import Inspection
from components.inspection.split_model import SplitModel
from components.inspection.unplug import unplug
from components.training.data_split import load_and_split
from components.training.requests import RunRequest


def inspect_trained(
    request: RunRequest, weights: Path, progress: Callable[[float], None] = lambda _: None
) -> Inspection:
    """Inspect the model of a request, whose weights are in a file, on its validation samples.

    Without validation samples, it is measured on training samples. The model is built from its
    architecture; of the file, only arrays of numbers are read. Raises what loading the data raises.
    """
    split, data = load_and_split(request)
    validated, seed = bool(len(split.held)), request.settings.seed
    rows = choose_rows(split.held if validated else split.trained, np.random.default_rng(seed))
    model = SplitModel(
        request.architecture,
        weights,
        {name: array[rows] for name, array in data.inputs.items()},
        {name: array[rows] for name, array in data.targets.items()},
    )
    inspection = inspect(model, rows, validated, model.affordable_rows, seed, progress)
    start_time = time.perf_counter()
    noises = input_noises(request.architecture, model.data, seed)
    unplugged = unplug(model, noises, rows, absent_samples(data, rows), seed, lambda: progress(1.0))
    seconds = inspection.seconds + time.perf_counter() - start_time
    return inspection.model_copy(
        update={"readouts": readouts(model), "unplug": unplugged, "seconds": seconds}
    )
