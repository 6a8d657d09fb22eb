"""Training loop of a run: load the data, run the epochs, measure the model, send events.

`Model.fit` spends most of a small epoch between steps. Here a compiled TensorFlow function runs
many steps at once, and calls the model's own `train_step`: the losses are those of `fit`.
"""

from __future__ import annotations

import logging
import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from components.base.errors import PlaygroundError
from components.experiments.training.checkpoint import Checkpoint
from components.experiments.training.compiled_model import CompiledModel, set_fillings
from components.experiments.training.control import RunControl
from components.experiments.training.data_split import DataSplit, load_and_split, weights_of
from components.experiments.training.epoch_runner import run_epochs
from components.experiments.training.events import (
    End,
    Epoch,
    Event,
    Failed,
    Finished,
    Paused,
    Report,
    Started,
    Stopped,
)
from components.experiments.training.models import SaveOptions, write_model
from components.experiments.training.reports import measure_heads, peak_memory
from components.experiments.training.requests import RunRequest
from components.experiments.training.schedules import (
    early_stopping,
    memory_of,
    remembering,
    schedule_callbacks,
)
from components.experiments.training.surfaces import SurfaceDrawer, is_plane
from components.experiments.training.tuning import tuned_rate
from components.models.architecture.builder import build_with_weights
from sample_data.core.dataset import Dataset
from sample_data.loading.sources import preprocessing

if TYPE_CHECKING:
    import keras
    from keras.callbacks import EarlyStopping

    from components.models.architecture.builder import Blueprint

SendEvent = Callable[[Event], None]
Finish = Callable[["RunModel", End], "Event | None"]
"""Function that inspects a trained model and the end of its run, and returns an event or `None`."""
Watch = Callable[["RunModel"], "Watcher"]

_log = logging.getLogger(__name__)

STOPPED_SECONDS = 0.4
"""Time limit for measuring the model of a stopped run."""
LOOK_SECONDS = 0.05
"""Time after which a paused run checks again if it may continue."""


class Watcher(Protocol):
    """Observer of a model in training. Its methods return an event or `None`."""

    def after_epoch(self, epoch: int) -> Event | None:
        """Inspect the model after an epoch."""

    def at_pause(self, epoch: int) -> Event | None:
        """Inspect the model while the run is paused after an epoch."""

    def at_end(self, epoch: int, stopped: bool) -> Event | None:
        """Inspect the trained model, whose weights are those of `epoch`."""

    def keep(self) -> object:
        """Return the state, for the watcher that continues the run."""

    def restore(self, kept: Any) -> None:
        """Restore the state that another watcher's `keep` returned."""


@dataclass(frozen=True)
class RunModel:
    """Model of a run, with the data that it is trained on."""

    request: RunRequest
    blueprint: Blueprint
    split: DataSplit
    data: Dataset

    @classmethod
    def of(cls, request: RunRequest) -> RunModel:
        """Build a model with new weights. Raises what loading the data raises."""
        return cls(request, build_with_weights(request.architecture), *load_and_split(request))


@dataclass(frozen=True)
class TrainOptions:
    """Parts of a training around its epochs: the model's file, its inspections, other runs."""

    save: SaveOptions | None = None
    later: int = 0
    """Number of epochs in the runs after this one."""
    finish: Finish | None = None
    watch: Watch | None = None
    """Creator of the watcher that inspects the model after each epoch."""


class ModelTrainer:
    """Trains runs one after another in this process, which should do nothing else.

    Runs that differ only by their seeds and the values of their data share one compiled model; each
    has exactly the same numbers as if trained alone. Keras's random seed belongs to the process.
    """

    def __init__(self) -> None:
        self._compiled: CompiledModel | None = None

    def train(
        self,
        request: RunRequest,
        send: SendEvent,
        control: RunControl,
        options: TrainOptions = TrainOptions(),
    ) -> None:
        """Train one run.

        `send` receives every event as it happens, including the end. `control` is looked at about
        five times a second. While it pauses the run, the run waits between two epochs;
        `options.save` names its checkpoint, from which another process can continue it. If at least
        one epoch is done, the model is written before the end event if it is small enough, and
        after that `options.finish` receives it. A `PlaygroundError` ends the run as failed; other
        errors are raised.
        """
        start_time, save = time.perf_counter(), options.save
        try:
            split, data = load_and_split(request)
            compiled = self._compiled_model(request, data)
            if request.tuned:
                rate = tuned_rate(compiled, request, split, data, control.should_stop)
                compiled.reset(request.settings.seed, rate)
                request = request.at_rate(rate)
            model = RunModel(request, compiled.blueprint, split, data)
            watcher = options.watch(model) if options.watch else None
            run = TrainingRun(model, compiled, send, control, start_time, watcher, save)
            end = run.train(options.later)
            if save is not None and run.epoch_seconds:
                _write(compiled.model, request, save)
            finish = options.finish if run.epoch_seconds else None
            if finish is not None and (event := finish(model, end)):
                send(event)
        except PlaygroundError as error:
            end = Failed(message=str(error), seconds=time.perf_counter() - start_time)
        send(end)

    def _compiled_model(self, request: RunRequest, data: Dataset) -> CompiledModel:
        if self._compiled is not None and self._compiled.fits(request, data):
            self._compiled.reset(request.settings.seed)
            return self._compiled
        self._compiled = None
        self._compiled = CompiledModel(request, data)
        return self._compiled


def _write(model: keras.Model, request: RunRequest, save: SaveOptions) -> None:
    """Write a small model to its file. An `OSError` is only logged: the run itself succeeded."""
    try:
        if save.allows(model.count_params()):
            share = request.settings.validation_share
            learned = preprocessing(request.architecture, request.data, share)
            write_model(model, Path(save.path), learned)
    except OSError as error:
        _log.warning("A trained model could not be written: %s", error)


@dataclass
class TrainingRun:
    """One run: its data, its compiled model, and the events it sends."""

    model: RunModel
    compiled: CompiledModel
    send: SendEvent
    control: RunControl
    start_time: float
    watcher: Watcher | None = None
    save: SaveOptions | None = None
    epoch_seconds: list[float] = field(default_factory=list)
    """Duration of each finished epoch in seconds."""

    def train(self, later: int) -> End:
        """Train to the end of the run; `later` epochs of other runs follow."""
        request, split, data = self.model.request, self.model.split, self.model.data
        settings, compiled, done = request.settings, self.compiled, self.epoch_seconds
        stopped = False

        def should_stop() -> bool:
            nonlocal stopped
            stopped = stopped or self.control.should_stop()
            return stopped

        stopping = early_stopping(settings, bool(len(split.held)))
        every = [*schedule_callbacks(settings), *stopping]
        if kept := self._restored():
            every += [remembering(one, kept.stopping) for one in stopping]
        else:
            set_fillings(request.architecture, compiled.model, data, split.trained)
        self._start(kept.seconds if kept else 0.0)
        surfaces = None
        if is_plane(request.architecture):
            shown = (request.architecture, data.inputs, compiled.predictor)
            surfaces = SurfaceDrawer(*shown, self.send)
            surfaces.draw(len(done))
        weights, runner = None, compiled.epoch_runner
        if settings.class_weights == "balanced":
            weights = weights_of(request.architecture, data.targets, split.trained)
        runner.load(data.inputs, data.targets, split, weights, later)
        epochs = run_epochs(compiled.model, runner, settings, should_stop, every, len(done))
        for event in epochs:
            self.send(event)
            if isinstance(event, Epoch):
                done.append(event.seconds)
                self._call_watcher(lambda watcher: watcher.after_epoch(len(done)))
            if surfaces and not stopped:
                surfaces.draw_if_due(event.epochs_done)
            if isinstance(event, Epoch) and self._should_pause():
                if surfaces:
                    surfaces.draw(len(done))
                self._wait(stopping, should_stop)
        epoch = stopping[0].best_epoch + 1 if done and settings.restore_best else len(done)
        if surfaces:
            surfaces.draw(epoch)
        if done:
            self.send(self._report(epoch, STOPPED_SECONDS if stopped else math.inf))
        seconds, planned = time.perf_counter() - self.start_time, settings.epochs
        if done:
            self._call_watcher(lambda watcher: watcher.at_end(epoch, stopped))
        if stopped:
            return Stopped(seconds=seconds)
        early = f"Ended early, after epoch {len(done):,} of {planned:,}."
        return Finished(seconds=seconds, message="" if len(done) == planned else early)

    def _start(self, seconds: float = 0.0) -> None:
        parameters, done = self.compiled.model.count_params(), len(self.epoch_seconds)
        self.send(Started(parameters=parameters, seconds=seconds, epochs=done))

    def _restored(self) -> Checkpoint | None:
        """Restore the run from its checkpoint, and return that.

        `None` if there is none, or if it can't be restored: the run is then at its start.
        """
        path = Path(self.save.checkpoint) if self.save and self.save.checkpoint else None
        if path is None or not path.exists():
            return None
        settings, split = self.model.request.settings, self.model.split
        order = split.order
        try:
            kept = Checkpoint.read(path)
            self.compiled.restore(kept.model, kept.optimizer)
            split.order = kept.order
            if self.watcher:
                self.watcher.restore(kept.watcher)
        except Exception as error:
            _log.warning("A paused run starts again.", exc_info=error)
            self.compiled.reset(settings.seed, settings.learning_rate)
            split.order = order
            return None
        self.epoch_seconds += kept.epoch_seconds
        self.start_time -= kept.seconds
        return kept

    def _should_pause(self) -> bool:
        """Return `True` if there is a next epoch, and the run should pause before it."""
        done, model = len(self.epoch_seconds), self.compiled.model
        is_last = done == self.model.request.settings.epochs or model.stop_training
        return not is_last and self.control.is_paused(done)

    def _wait(self, stopping: Sequence[EarlyStopping], should_stop: Callable[[], bool]) -> None:
        """Write the checkpoint, and wait until the run may continue or should stop."""
        done, begun = len(self.epoch_seconds), time.perf_counter()
        self._call_watcher(lambda watcher: watcher.at_pause(done))
        self._write_checkpoint(begun - self.start_time, stopping)
        self.send(Paused(epoch=done))
        while self.control.is_paused(done) and not should_stop():
            time.sleep(LOOK_SECONDS)
        self.start_time += time.perf_counter() - begun
        self._start()

    def _write_checkpoint(self, seconds: float, stopping: Sequence[EarlyStopping]) -> None:
        """Write the checkpoint of a model that is small enough.

        An `OSError` is only logged: a run without a checkpoint starts again from its first epoch.
        """
        save, model = self.save, self.compiled.model
        if not save or not save.checkpoint or not save.allows(model.count_params()):
            return
        memory = memory_of(stopping[0]) if stopping else {}
        watched = self.watcher.keep() if self.watcher else None
        kept = Checkpoint(
            self.epoch_seconds,
            seconds,
            *self.compiled.values(),
            self.model.split.order,
            memory,
            watched,
        )
        try:
            kept.write(Path(save.checkpoint))
        except OSError as error:
            _log.warning("A checkpoint could not be written: %s", error)

    def _call_watcher(self, look: Callable[[Watcher], Event | None]) -> None:
        event = look(self.watcher) if self.watcher else None
        if event is not None:
            self.send(event)

    def _report(self, epoch: int, within: float) -> Report:
        split, data = self.model.split, self.model.data
        validated = bool(len(split.held))
        samples, heads = measure_heads(
            self.model.request.architecture,
            self.compiled.predictor,
            data.inputs,
            data.targets,
            split.held if validated else split.trained,
            within,
        )
        return Report(
            epoch=epoch,
            validated=validated,
            samples=samples,
            trained=len(split.trained),
            held=len(split.held),
            heads=heads,
            seconds=time.perf_counter() - self.start_time,
            epoch_seconds=statistics.median(self.epoch_seconds[1:] or self.epoch_seconds),
            memory_bytes=peak_memory(),
            learning_rate=self.model.request.settings.learning_rate
            if self.model.request.tuned
            else None,
        )
