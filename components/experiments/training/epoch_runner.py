"""Execution of epochs: many steps of a model in one call of TensorFlow."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from components.base.errors import RunError
from components.experiments.training.data_split import DataSplit
from components.experiments.training.epoch_numbers.base import EpochNumber, Meter
from components.experiments.training.events import Epoch, Progress, finite
from components.experiments.training.requests import Settings

if TYPE_CHECKING:
    import keras

    Callback: TypeAlias = keras.callbacks.Callback

Arrays = Mapping[str, npt.NDArray[Any]]

CHUNK_SECONDS = 0.2
"""Time between two checks for Stop, and between two progress events."""
GAIN = 0.2
"""Minimum share of a step's time that a fixed batch size saves."""
GROWTH = 4
"""Maximum ratio of the next chunk's length to the last one's, while the speed is unknown."""


class EpochRunner:
    """Runs training and validation steps for whole epochs, and holds the logs of the last epoch.

    The steps are compiled once for all runs whose arrays have the same shapes: call `load` with a
    run's arrays, then `run_epoch` for each of its epochs.
    """

    def __init__(
        self,
        model: keras.Model,
        batch_size: int,
        meters: Mapping[type[EpochNumber], Meter] | None = None,
    ) -> None:
        self._model, self._meters = model, meters or {}
        self._train = CompiledStep(model.train_step, batch_size, len(model.outputs) == 1)
        self._test = CompiledStep(model.test_step, batch_size, False)
        self._arrays: tuple[dict[str, Any], ...] = ()
        self._later = 0
        self.logs: dict[str, float] = {}

    def load(
        self,
        inputs: Arrays,
        targets: Arrays,
        split: DataSplit,
        weights: Arrays | None = None,
        later: int = 0,
    ) -> None:
        """Use these arrays from now on.

        `weights`, (N,) by head, are sample weights of the training loss. `later` is the number of
        epochs in the runs after this one.
        """
        import tensorflow as tf

        parts = [part for part in (inputs, targets, weights) if part is not None]
        first_time = not self._arrays
        self._arrays = tuple({name: tf.constant(array) for name, array in p.items()} for p in parts)
        self._split, self._later = split, later
        if first_time:
            _create_variables(self._model, self._arrays[:2])
        for meter in self._meters.values():
            meter.start()

    def run_epoch(self, epochs_left: int) -> Iterator[float]:
        """Run one epoch. Yields the fraction of its steps that is done, after each chunk."""
        trained, held = self._split.shuffled(), self._split.held
        training, testing = self._train.steps(len(trained)), self._test.steps(len(held))
        passes_left = epochs_left + self._later
        self.logs = {}
        self._model.reset_metrics()
        for done in self._train.run(self._arrays, trained, passes_left):
            yield done / (training + testing)
        self.logs = self._current_logs()
        for number, meter in self._meters.items():
            self.logs |= {number.key(name): value for name, value in meter.read().items()}
        if testing:
            self._model.reset_metrics()
            for done in self._test.run(self._arrays[:2], held, passes_left):
                yield (training + done) / (training + testing)
            self.logs |= {f"val_{key}": value for key, value in self._current_logs().items()}

    def running_logs(self) -> dict[str, float]:
        """Return the training logs of the epoch so far."""
        return self.logs or self._current_logs()

    def _current_logs(self) -> dict[str, float]:
        results = self._model.get_metrics_result()
        return readable({key: float(value) for key, value in results.items()}, self._model)


class CompiledStep:
    """A step of the model over batches of samples, many of them in one call of TensorFlow.

    Full batches run faster if they are compiled with a fixed size. If the last batch is smaller,
    this needs a second compilation, which is done only if the remaining epochs make up for it. Set
    `may_fix` for models with one head only: Keras weights the losses of several heads by the batch
    size only if that size is fixed, and `fit` does not fix it.
    """

    def __init__(self, step: Callable[[Any], Any], batch_size: int, may_fix: bool) -> None:
        import tensorflow as tf

        def compiled(batch_rows: Callable[[Any, Any], Any]) -> Any:
            def chunk(arrays: Any, rows: Any, start: Any, stop: Any) -> None:
                def body(i: Any) -> Any:
                    batch = batch_rows(i, rows)
                    step(tf.nest.map_structure(lambda array: tf.gather(array, batch), arrays))
                    return (i + 1,)

                tf.while_loop(lambda i: i < stop, body, (start,))

            return tf.function(chunk, autograph=False)

        self._any_size = compiled(lambda i, rows: rows[i * batch_size : (i + 1) * batch_size])
        self._full_size = compiled(lambda i, rows: tf.slice(rows, [i * batch_size], [batch_size]))
        self._tensor = tf.constant
        self._batch_size = batch_size
        self._may_fix = may_fix
        self._fixed = False
        self._chunk_steps = 1
        self._compile_seconds = 0.0
        """Seconds of the first chunk, most of them for compiling."""
        self._pass_seconds = 0.0
        """Seconds of the last pass, without compiling."""

    def steps(self, samples: int) -> int:
        """Return the number of batches for that number of samples; the last one may be smaller."""
        return -(-samples // self._batch_size)

    def run(self, arrays: Any, rows: npt.NDArray[np.int64], passes_left: int) -> Iterator[int]:
        """Run the steps over the rows in order. Yields the number of steps done so far."""
        indices, steps = self._tensor(rows), self.steps(len(rows))
        self._fixed = self._fixed or (self._may_fix and self._pays_off(len(rows), passes_left))
        self._pass_seconds = 0.0
        full = len(rows) // self._batch_size if self._fixed else 0
        yield from self._run_chunks(self._full_size, (arrays, indices), 0, full)
        yield from self._run_chunks(self._any_size, (arrays, indices), full, steps)

    def _pays_off(self, samples: int, passes_left: int) -> bool:
        saved = GAIN * self._pass_seconds * passes_left
        return samples % self._batch_size == 0 or saved > self._compile_seconds

    def _run_chunks(self, chunk: Any, data: Any, done: int, steps: int) -> Iterator[int]:
        while done < steps:
            stop = min(done + self._chunk_steps, steps)
            start_time = time.perf_counter()
            chunk(*data, self._tensor(done), self._tensor(stop))
            self._adapt(stop - done, time.perf_counter() - start_time)
            done = stop
            yield done

    def _adapt(self, steps: int, seconds: float) -> None:
        if self._compile_seconds:
            self._pass_seconds += seconds
        else:
            self._compile_seconds = seconds
        wanted = int(steps / seconds * CHUNK_SECONDS)
        self._chunk_steps = max(1, min(wanted, GROWTH * self._chunk_steps))


def run_epochs(
    model: keras.Model,
    runner: EpochRunner,
    settings: Settings,
    should_stop: Callable[[], bool] = lambda: False,
    callbacks: Iterable[Callback] = (),
    done: int = 0,
) -> Iterator[Epoch | Progress]:
    """Run the epochs after the first `done`, with the runner's arrays. Yields their events.

    Callbacks are called at the start and end of training and of each epoch, with the log names of
    `readable`, but not for each batch. Ends early if one sets `model.stop_training`, or if
    `should_stop` returns true. Raises `RunError` if a loss is no longer a finite number.
    """
    import keras

    epochs = settings.epochs
    callback_list = keras.callbacks.CallbackList(
        list(callbacks), add_history=False, add_progbar=False, model=model, epochs=epochs
    )
    model.stop_training = False
    callback_list.on_train_begin()
    logs: dict[str, float] = {}
    last_progress = time.perf_counter()
    for epoch in range(done, epochs):
        callback_list.on_epoch_begin(epoch)
        start_time = time.perf_counter()
        for fraction in runner.run_epoch(epochs - epoch):
            now = time.perf_counter()
            if fraction < 1 and now - last_progress >= CHUNK_SECONDS:
                last_progress = now
                running = runner.running_logs()
                _require_finite(running, epoch + 1, settings)
                yield Progress(
                    epoch=epoch + 1, fraction=fraction, loss=running["loss"], logs=finite(running)
                )
            if should_stop():
                callback_list.on_train_end(logs)
                return
        logs = runner.logs
        _require_finite(logs, epoch + 1, settings)
        callback_list.on_epoch_end(epoch, logs)
        yield Epoch(epoch=epoch + 1, logs=finite(logs), seconds=time.perf_counter() - start_time)
        if model.stop_training or should_stop():
            break
    callback_list.on_train_end(logs)


def _require_finite(logs: Mapping[str, float], epoch: int, settings: Settings) -> None:
    for key, value in logs.items():
        if key.rpartition("/")[2].removeprefix("val_") == "loss" and not math.isfinite(value):
            raise RunError(
                "The loss is no longer a finite number: the training has diverged.",
                f"{key} = {value} in epoch {epoch}",
                f"Lower the learning rate of {settings.learning_rate:g}, for example to "
                f"{settings.learning_rate / 10:g}, or look for very large values in the data.",
            )


def _create_variables(model: keras.Model, arrays: tuple[dict[str, Any], ...]) -> None:
    """Create the variables of the optimizer and the metrics, which a compiled function can't do."""
    import keras

    inputs, targets = ({name: array[:1] for name, array in part.items()} for part in arrays)
    predicted = {name: keras.ops.zeros((1, *out.shape[1:])) for name, out in model.output.items()}
    model.optimizer.build(model.trainable_variables)
    model.compute_loss(inputs, targets, predicted)
    model.compute_metrics(inputs, targets, predicted)


def readable(logs: Mapping[str, float], model: keras.Model) -> dict[str, float]:
    """Return Keras's logs as `loss`, `<head>/loss` and `<head>/<metric>`, for any number of heads.

    For a single head, Keras leaves out its name and its own loss. That loss is the total loss
    divided by its weight; if the weight is 0, it is unknown and left out.
    """
    arguments: dict[str, Any] = model.get_compile_config()
    heads: dict[str, list[str]] = arguments["metrics"]
    named = {"loss": logs["loss"]}
    for head, metrics in heads.items():
        prefix = f"{head}_" if len(heads) > 1 else ""
        keys = {f"{head}/{metric}": f"{prefix}{metric}" for metric in ("loss", *metrics)}
        named |= {key: logs[keras_key] for key, keras_key in keys.items() if keras_key in logs}
    if len(heads) == 1:
        (head, weight), *_ = arguments["loss_weights"].items()
        named.pop(f"{head}/loss")
        named |= {f"{head}/loss": logs["loss"] / weight} if weight else {}
    return named
