"""Inspections of trained models: after their training, or of one that was kept."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from components.core.needs_keras import needs_keras
from components.inspection.basis.coalitions import (
    EXACT_INPUTS,
    ORDERS,
    Coalitions,
    InspectedHead,
    Pace,
    RecombinedModel,
    Stopwatch,
    drawn_masks,
    mask_of,
    rounded_down,
)
from components.inspection.basis.results import (
    CoalitionValue,
    HeadInspection,
    Inspection,
    SampleShares,
)
from components.inspection.measures import MEASURES
from components.inspection.measures.base import Subject
from components.inspection.measures.shapley_share import shapley_shares
from components.inspection.readouts import readouts
from components.inspection.split_model import SplitModel
from components.inspection.unplug import UnplugPlan, absent_samples, input_noises, unplug
from components.training.events import End, Inspected
from components.training.loop import RunModel
from components.training.models import WEIGHTS
from components.training.reports import rounded
from components.training.requests import parse_request
from sample_data.core.arrays import Array

SAMPLES, LEAST_SAMPLES = 500, 50
"""Samples that are measured, at most and at least, if there are as many."""
ROWS = 600_000
"""Rows that all coalitions together take, at most about."""
LEAST_BACKGROUND = 10
"""Background samples at least, if the data has as many."""


@dataclass(frozen=True)
class InspectionPlan:
    """How much an inspection computes."""

    samples: int
    background: int
    """How many samples take the place of unknown inputs."""

    @classmethod
    def of(cls, inputs: int, samples: int, pace: Pace, seconds: float) -> InspectionPlan:
        """As many samples, then as many of them in the background, as fit about these seconds."""
        coalitions = max(1, (1 << inputs) - 2)
        if inputs > EXACT_INPUTS:
            coalitions = ORDERS * (inputs - 1)
        samples = min(samples, max(LEAST_SAMPLES, rounded_down(seconds / 2 / pace.sample)))
        rows = rounded_down((seconds - samples * pace.sample) / pace.row)
        samples = min(samples, max(LEAST_SAMPLES, rows // (coalitions * LEAST_BACKGROUND)))
        background = min(ROWS, rows) // (coalitions * samples)
        return cls(samples, min(samples, max(LEAST_BACKGROUND, background)))


def inspect(
    model: RecombinedModel,
    dataset_rows: Array,
    validated: bool,
    background: int,
    seed: int = 0,
    tick: Callable[[], None] = lambda: None,
) -> Inspection:
    """All measures of a model, with so many `background` samples.

    `dataset_rows` (N,) are the rows of its samples in the dataset. `tick` is called many times a
    second; what it raises ends the inspection.
    """
    start_time, rng = time.perf_counter(), np.random.default_rng(seed)
    unknown = np.sort(rng.permutation(model.samples)[:background])
    subject = Subject(Coalitions(model, unknown, tick), model.heads[0], rng)
    heads = {head.name: _head(subject.of_head(head), dataset_rows) for head in model.heads}
    return Inspection(
        inputs=tuple(model.inputs),
        samples=model.samples,
        background=len(unknown),
        filled=tuple(model.inputs[index] for index in sorted(model.fillable)),
        validated=validated,
        heads=heads,
        sample_rows=tuple(map(int, dataset_rows)),
        seconds=time.perf_counter() - start_time,
    )


def _head(subject: Subject, dataset_rows: Array) -> HeadInspection:
    coalitions, head = subject.coalitions, subject.head
    names = coalitions.model.inputs
    return HeadInspection(
        target=head.target,
        quality=coalitions.value(head, mask_of(head.reads)),
        nothing=coalitions.value(head, 0),
        inputs=tuple(names),
        measures={kind: measure.measure(subject) for kind, measure in MEASURES.items()},
        coalitions=tuple(
            CoalitionValue(
                inputs=tuple(name for index, name in enumerate(names) if mask >> index & 1),
                value=coalitions.value(head, mask),
            )
            for mask in drawn_masks(head)
        ),
        samples=sample_shares(subject, dataset_rows),
    )


def sample_shares(subject: Subject, dataset_rows: Array) -> tuple[SampleShares, ...]:
    """Return the shares of every sample's score, the worst predictions first."""
    coalitions, head = subject.coalitions, subject.head
    whole = coalitions.outputs(head, mask_of(head.reads))
    base = coalitions.outputs(head, 0).scores
    columns, truth, predicted, confidence = _chosen(head, whole.predictions)
    pushes = np.zeros((len(coalitions.model.inputs), len(columns)))
    every = np.arange(len(columns))
    pushes[list(head.reads)] = subject.once(shapley_shares).scores[:, every, columns]
    return tuple(
        SampleShares(
            row=int(dataset_rows[n]),
            truth=float(truth[n]),
            predicted=float(predicted[n]),
            confidence=None if confidence is None else rounded(confidence[n]),
            score=rounded(whole.scores[n, columns[n]]),
            base=rounded(base[n, columns[n]]),
            pushes=tuple(rounded(push) for push in pushes[:, n]),
        )
        for n in _worst_first(truth, predicted, confidence)
    )


def _chosen(head: InspectedHead, predictions: Array) -> tuple[Array, Array, Array, Array | None]:
    """Of each sample the column of its score, its truth, its prediction, and the probability."""
    every = np.arange(len(predictions))
    if head.target == "values":
        columns = np.abs(predictions - head.truth).argmax(axis=1)
        return columns, head.truth[every, columns], predictions[every, columns], None
    classes, confidence = head.labels(predictions)
    columns = np.zeros_like(classes) if head.target == "binary" else classes
    return columns, head.truth, classes, confidence


def _worst_first(truth: Array, predicted: Array, confidence: Array | None) -> Sequence[int]:
    """Wrong classes by their probability, then right ones by theirs; values by their error."""
    wrong = np.abs(predicted - truth)
    if confidence is not None:
        wrong = np.where(truth != predicted, 1 + confidence, 1 - confidence)
    order: list[int] = np.argsort(-wrong, kind="stable").tolist()
    return order


LEAST_SECONDS, SHARE = 1.0, 0.1
"""What an inspection may compute: so many seconds, or this share of a longer training."""
STOPPED_SECONDS = 0.5
"""What the inspection of a stopped run may take: its child must end soon."""
WORKER_SECONDS = 3.0
"""What an inspection in a build worker may take, at most: a worker must answer in five seconds."""
LEAST_SHARE = 0.25
"""The share of that time which measures, and Unplug after them, have at least: what comes before
may have taken longer."""

_log = logging.getLogger(__name__)


class _Ended(Exception):
    """The inspection was stopped, or its time is over."""


def seconds_for(training: float) -> float:
    """How long the inspection of a model may take that was trained for so many seconds."""
    return max(LEAST_SECONDS, SHARE * training)


def inspect_after_training(
    trained: RunModel, end: End, should_stop: Callable[[], bool]
) -> Inspected | None:
    """Inspect a model at the end of its training; `None` if that fails or is stopped.

    A run that was stopped itself is inspected, too, in less time.
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
    """Inspect the kept model of a run's request: `inspect_trained` as JSON text.

    Raises what loading the data raises.
    """
    seconds = min(seconds_for(training_seconds), WORKER_SECONDS)
    return inspect_trained(kept_model(request, weights), seconds).json_text()


def kept_model(request: str, weights: bytes) -> RunModel:
    """The kept model of a run's request, and its data. Raises what loading the data raises.

    The model is built from its architecture; of the file of weights, only arrays of numbers are
    read.
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
    """Inspect a trained model on its validation samples; without some, on training samples.

    As many samples and sets of inputs are measured as fit about so many `seconds`.
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
    everything = SplitModel(trained.blueprint, data.inputs, data.targets).on(rows)
    tick()
    pace, inputs = everything.pace(), len(everything.inputs)
    plan = InspectionPlan.of(inputs, len(rows), pace, left() / 2)
    chosen = np.argsort(rows[: plan.samples])
    model, rows = everything.on(chosen), rows[chosen]
    inspection = inspect(model, rows, validated, plan.background, seed, tick)
    read, unplugged = readouts(model), None
    steps = UnplugPlan.of(inputs, len(rows), model.feature_bytes, pace, left())
    if steps is not None:
        noises = input_noises(request.architecture, model.data, seed)
        absent = absent_samples(data, rows)
        unplugged = unplug(model, noises, rows, absent, seed, steps, tick)
    taken = time.perf_counter() - start_time
    return inspection.model_copy(update={"readouts": read, "unplug": unplugged, "seconds": taken})
