"""The fit: data in memory, and one traced function that runs a whole epoch.

`Model.fit` spends most of a small epoch between steps. Here the steps of an epoch run inside one
`tf.function`, which calls the compiled model's own `train_step`: the losses are those of `fit`.
"""

from __future__ import annotations

import logging
import math
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy.typing as npt

from components.core.errors import PlaygroundError, RunError
from components.training.balance import weights_of
from components.training.compiled_model import CompiledModel, prepared
from components.training.data_split import DataSplit, load_and_split
from components.training.epoch_runner import EpochRunner
from components.training.events import (
    End,
    Epoch,
    Event,
    Failed,
    Finished,
    Progress,
    Report,
    RunResult,
    Started,
    Stopped,
    Surface,
    finite,
)
from components.training.models import SaveOptions, write_model
from components.training.reports import measured, peak_memory
from components.training.requests import RunRequest, Settings
from components.training.schedules import rate
from components.training.surfaces import Surfaces, is_plane
from sample_data.core.dataset import Dataset

if TYPE_CHECKING:
    import keras

    Callback: TypeAlias = keras.callbacks.Callback

Arrays = Mapping[str, npt.NDArray[Any]]
Tell = Callable[[Event], None]

_log = logging.getLogger(__name__)

STOPPED_SECONDS = 0.4
"""How long a run that was stopped may measure what it has learnt."""


class Trainer:
    """Trains runs one after another in this process, which should do nothing else.

    Those that differ by their seeds and the values of their data share one traced model; each has
    exactly the numbers that it would have by itself. Keras's seed is the process's.
    """

    def __init__(self) -> None:
        self._traced: CompiledModel | None = None

    def train(
        self,
        request: RunRequest,
        report: Tell,
        should_stop: Callable[[], bool],
        callbacks: Sequence[Callback] = (),
        save: SaveOptions | None = None,
        later: int = 0,
    ) -> RunResult:
        """Train a run.

        Every event goes to `report` as it happens, the end too. `should_stop` is asked between
        chunks of an epoch, about five times a second. With `save` the model is written before the
        end is told, if an epoch was done and it is small enough. `later` counts the epochs of the
        runs behind this one. What a user did wrong ends the run as failed, with its sentence;
        nothing else is caught.
        """
        begun = time.perf_counter()
        events: list[Event] = []

        def tell(event: Event) -> None:
            if not isinstance(event, Surface):
                events.append(event)
            report(event)

        try:
            order, data = load_and_split(request)
            run = _Run(request, order, data, self._ready(request, data), tell, should_stop, begun)
            end = run.end(callbacks, later)
            if save is not None:
                run.write(save)
        except PlaygroundError as error:
            end = Failed(message=str(error), seconds=time.perf_counter() - begun)
        tell(end)
        return RunResult.of(events)

    def _ready(self, request: RunRequest, data: Dataset) -> CompiledModel:
        if self._traced is not None and self._traced.fits(request, data):
            self._traced.begin(request.settings.seed)
            return self._traced
        self._traced = None
        self._traced = CompiledModel(request, data)
        return self._traced


def train(
    request: RunRequest,
    report: Tell,
    should_stop: Callable[[], bool],
    callbacks: Sequence[Callback] = (),
    save: SaveOptions | None = None,
) -> RunResult:
    """Train one run in this process, as `Trainer.train` does."""
    return Trainer().train(request, report, should_stop, callbacks, save)


class _Run:
    """One run: its model, its data, and what it tells of them."""

    def __init__(
        self,
        request: RunRequest,
        order: DataSplit,
        data: Dataset,
        traced: CompiledModel,
        tell: Tell,
        should_stop: Callable[[], bool],
        begun: float,
    ) -> None:
        self._request, self._tell, self._begun = request, tell, begun
        self._should_stop, self._stopped = should_stop, False
        self._order, self._data, self._traced = order, data, traced
        self._model, self._predictor = traced.model, traced.predictor
        self._epochs: list[float] = []
        """Seconds of each epoch that is done."""
        counts = {"samples": len(order.trained), "held": len(order.held)}
        tell(traced.started.model_copy(update=counts))

    def end(self, callbacks: Sequence[Callback], later: int) -> End:
        """Train to the run's end, and say what came of it; `later` epochs of others follow."""
        settings, done = self._request.settings, self._epochs
        keeper = _keeper(settings, bool(len(self._order.held)))
        surfaces = self._surfaces()
        if surfaces:
            surfaces.draw(0)
        for event in self._fit([*callbacks, *_schedule(settings), *keeper], later):
            self._tell(event)
            if isinstance(event, Epoch):
                done.append(event.seconds)
            if surfaces and not self._stopped:
                surfaces.follow(event.epoch if isinstance(event, Epoch) else _reached(event))
        shown = keeper[0].best_epoch + 1 if done and settings.restore_best else len(done)
        if surfaces:
            surfaces.draw(shown)
        if done:
            self._tell(self._report(shown))
        seconds = time.perf_counter() - self._begun
        if self._stopped:
            return Stopped(seconds=seconds)
        return Finished(seconds=seconds, message=_early(len(done), settings.epochs))

    def write(self, save: SaveOptions) -> None:
        """Write the model, or log why it cannot be: the run has gone as well as it has."""
        if not self._epochs or not save.allows(self._model.count_params()):
            return
        try:
            write_model(self._model, Path(save.path))
        except OSError as error:
            _log.warning("A trained model could not be written: %s", error)

    def _fit(self, callbacks: Sequence[Callback], later: int) -> Iterator[Epoch | Progress]:
        request, data, order = self._request, self._data, self._order
        passes, weights = self._traced.passes, None
        if request.settings.class_weights == "balanced":
            weights = weights_of(request.architecture, data.targets, order.trained)
        passes.take(data.inputs, data.targets, order, weights, later)
        return run_epochs(self._model, passes, request.settings, self._asked, callbacks)

    def _asked(self) -> bool:
        self._stopped = self._stopped or self._should_stop()
        return self._stopped

    def _surfaces(self) -> Surfaces | None:
        architecture = self._request.architecture
        if not is_plane(architecture):
            return None
        return Surfaces(architecture, self._data.inputs, self._predictor, self._tell)

    def _report(self, epoch: int) -> Report:
        order = self._order
        validated = bool(len(order.held))
        samples, heads = measured(
            self._request.architecture,
            self._predictor,
            self._data.inputs,
            self._data.targets,
            order.held if validated else order.trained,
            STOPPED_SECONDS if self._stopped else math.inf,
        )
        return Report(
            epoch=epoch,
            validated=validated,
            samples=samples,
            trained=len(order.trained),
            held=len(order.held),
            heads=heads,
            seconds=time.perf_counter() - self._begun,
            epoch_seconds=statistics.median(self._epochs),
            memory_bytes=peak_memory(),
        )


def prepare(request: RunRequest) -> tuple[keras.Model, Started]:
    """The seeded model with its weights, compiled, and what to say of it at the start."""
    blueprint, started = prepared(request)
    return blueprint.model, started


def fit(
    model: keras.Model,
    inputs: Arrays,
    targets: Arrays,
    order: DataSplit,
    should_stop: Callable[[], bool] = lambda: False,
    callbacks: Iterable[Callback] = (),
    weights: Arrays | None = None,
) -> Iterator[Epoch | Progress]:
    """Train a compiled model whose outputs are a dict; an event as each part of it is done.

    `weights`, (N,) by head, are those of the samples' losses in training. Otherwise as
    `run_epochs`.
    """
    passes = EpochRunner(model, order.settings.batch_size)
    passes.take(inputs, targets, order, weights)
    return run_epochs(model, passes, order.settings, should_stop, callbacks)


def run_epochs(
    model: keras.Model,
    passes: EpochRunner,
    settings: Settings,
    should_stop: Callable[[], bool] = lambda: False,
    callbacks: Iterable[Callback] = (),
) -> Iterator[Epoch | Progress]:
    """The epochs of passes that have their arrays; an event as each part of one is done.

    Callbacks are called at the start and end of training and of each epoch, with the names of
    `readable`; not for each batch. Ends early where one sets `model.stop_training`, or where
    `should_stop` says so. Raises `RunError` where a loss is no longer a finite number.
    """
    import keras

    epochs = settings.epochs
    listening = keras.callbacks.CallbackList(
        list(callbacks), add_history=False, add_progbar=False, model=model, epochs=epochs
    )
    model.stop_training = False
    listening.on_train_begin()
    logs: dict[str, float] = {}
    for epoch in range(epochs):
        listening.on_epoch_begin(epoch)
        begun = time.perf_counter()
        for fraction in passes.epoch(epochs - epoch):
            if fraction < 1 and passes.due():
                running = {"loss": passes.running_loss()}
                _must_be_finite(running, epoch + 1, settings)
                yield Progress(epoch=epoch + 1, fraction=fraction, loss=running["loss"])
            if should_stop():
                listening.on_train_end(logs)
                return
        logs = passes.logs
        _must_be_finite(logs, epoch + 1, settings)
        listening.on_epoch_end(epoch, logs)
        yield Epoch(epoch=epoch + 1, logs=finite(logs), seconds=time.perf_counter() - begun)
        if model.stop_training or should_stop():
            break
    listening.on_train_end(logs)


def _must_be_finite(logs: Mapping[str, float], epoch: int, settings: Settings) -> None:
    for key, value in logs.items():
        if key.rpartition("/")[2].removeprefix("val_") == "loss" and not math.isfinite(value):
            raise RunError(
                "A loss must stay a finite number.",
                f"{key} = {value} in epoch {epoch}",
                f"Lower the learning rate of {settings.learning_rate:g}, for example to "
                f"{settings.learning_rate / 10:g}, or look for very large values in the data.",
            )


def _schedule(settings: Settings) -> Iterator[Callback]:
    import keras

    if settings.schedule != "constant" or settings.warmup_epochs:
        yield keras.callbacks.LearningRateScheduler(lambda epoch, _: rate(settings, epoch))


def _keeper(settings: Settings, validated: bool) -> list[Callback]:
    """What ends a run early, keeps the best epoch's weights, or both."""
    import keras

    if not (settings.patience or settings.restore_best):
        return []
    return [
        keras.callbacks.EarlyStopping(
            "val_loss" if validated else "loss",
            mode="min",
            patience=settings.patience or settings.epochs,
            restore_best_weights=settings.restore_best,
        )
    ]


def _early(reached: int, wanted: int) -> str:
    return "" if reached == wanted else f"Ended early, after epoch {reached} of {wanted}."


def _reached(progress: Progress) -> float:
    return progress.epoch - 1 + progress.fraction
