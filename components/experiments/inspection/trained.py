"""Inspections of trained models: after their training, or of a kept model."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from components.base.workers.needs_keras import needs_keras
from components.experiments.inspection.basis.coalitions import Stopwatch
from components.experiments.inspection.basis.results import Inspection
from components.experiments.inspection.measuring import SAMPLES, InspectionPlan, inspect
from components.experiments.inspection.readouts import readouts
from components.experiments.inspection.split_model import split_model
from components.experiments.inspection.unplug import (
    UnplugPlan,
    absent_samples,
    input_noises,
    unplug,
)
from components.experiments.training.events import End, Inspected
from components.experiments.training.loop import RunModel
from components.experiments.training.models import WEIGHTS
from components.experiments.training.requests import parse_request

LEAST_SECONDS, SHARE = 1.0, 0.1
"""Time limit of an inspection: the seconds, or the share of the training time if that is longer."""
STOPPED_SECONDS = 0.5
"""Time limit for a stopped run in seconds: its process must end soon."""
WORKER_SECONDS = 3.0
"""Time limit in a build worker in seconds: a worker must answer within five."""
LEAST_SHARE = 0.25
"""Smallest share of the time for the measures, and for Unplug, even if earlier steps were slow."""

_log = logging.getLogger(__name__)


class _Ended(Exception):
    """Error if the inspection was stopped or its time is over."""


def seconds_for(training: float) -> float:
    """Return the time limit of an inspection in seconds, from the training time in seconds."""
    return max(LEAST_SECONDS, SHARE * training)


def inspect_after_training(
    trained: RunModel, end: End, should_stop: Callable[[], bool]
) -> Inspected | None:
    """Inspect a model at the end of its training; `None` if that fails or is stopped.

    A stopped run is inspected, too, in less time.
    """
    start_time = time.perf_counter()

    def is_over() -> bool:
        return time.perf_counter() - start_time > STOPPED_SECONDS

    stopped = end.kind == "stopped"
    seconds = STOPPED_SECONDS if stopped else seconds_for(end.seconds)
    try:
        inspection = inspect_trained(trained, seconds, is_over if stopped else should_stop)
        return Inspected(inspection=inspection.json_text())
    except _Ended:
        return None
    except Exception as error:
        _log.warning("A trained model could not be inspected.", exc_info=error)
        return None


@needs_keras
def inspect_kept(request: str, weights: bytes, training_seconds: float) -> str:
    """Inspect the kept model of a run's request; return the inspection as JSON text.

    Raises the errors of loading the data.
    """
    seconds = min(seconds_for(training_seconds), WORKER_SECONDS)
    return inspect_trained(kept_model(request, weights), seconds).json_text()


def kept_model(request: str, weights: bytes) -> RunModel:
    """Return the kept model of a run's request with its data.

    The model is built from its architecture; only arrays of numbers are read from the file of
    weights. Raises the errors of loading the data.
    """
    model = RunModel.of(parse_request(request))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, WEIGHTS)
        path.write_bytes(weights)
        model.blueprint.model.load_weights(path)
    return model


def inspect_trained(
    trained: RunModel, seconds: float, should_stop: Callable[[], bool] = lambda: False
) -> Inspection:
    """Inspect a trained model on its validation samples, or training samples if it has none.

    The numbers of samples and coalitions are chosen to take about `seconds`.
    """
    start_time, stopwatch = time.perf_counter(), Stopwatch()

    def left() -> float:
        return max(seconds - stopwatch.seconds, LEAST_SHARE * seconds)

    def tick() -> None:
        if should_stop():
            raise _Ended

    request, split, data = trained.request, trained.split, trained.data
    validated, seed = bool(len(split.held)), request.settings.seed
    rows = np.random.default_rng(seed).permutation(split.held if validated else split.trained)
    rows = rows[:SAMPLES]
    everything = split_model(trained.blueprint, data.inputs, data.targets).on(rows)
    tick()
    pace, inputs = everything.pace(), len(everything.inputs)
    plan = InspectionPlan.of(inputs, len(rows), pace, left() / 2)
    chosen = np.argsort(rows[: plan.samples])
    model, rows = everything.on(chosen), rows[chosen]
    inspection = inspect(model, rows, validated, plan.background, seed, tick)
    read, unplugged = readouts(model, trained.blueprint), None
    steps = UnplugPlan.of(inputs, len(rows), model.feature_bytes, pace, left())
    if steps is not None:
        noises = input_noises(request.architecture, model.data, seed)
        absent = absent_samples(data, rows)
        unplugged = unplug(model, noises, rows, absent, seed, steps, tick)
    taken = time.perf_counter() - start_time
    return inspection.model_copy(update={"readouts": read, "unplug": unplugged, "seconds": taken})
