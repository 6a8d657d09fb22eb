"""The traced passes of an epoch: many steps of a model in one call of TensorFlow."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from components.training.data_split import DataSplit

if TYPE_CHECKING:
    import keras

Arrays = Mapping[str, npt.NDArray[Any]]

CHUNK_SECONDS = 0.2
"""How long the traced function may run before Stop is looked at and progress told."""
GAIN = 0.2
"""Share of a step's time saved, at least, where the size of its batch is fixed."""
GROWTH = 4
"""How much longer a chunk may be than the one before, while the pace is not known."""


class EpochRunner:
    """The two traced passes of an epoch, and the logs of the last epoch.

    They are traced once for all runs whose arrays have the same shapes: `take` a run's arrays,
    then call `epoch` for each of its epochs.
    """

    def __init__(self, model: keras.Model, batch: int) -> None:
        self._model = model
        self._told = time.perf_counter()
        self._train = Pass(model.train_step, batch, len(model.outputs) == 1)
        self._test = Pass(model.test_step, batch, False)
        self._arrays: tuple[dict[str, Any], ...] = ()
        self._later = 0
        self.logs: dict[str, float] = {}

    def take(
        self,
        inputs: Arrays,
        targets: Arrays,
        order: DataSplit,
        weights: Arrays | None = None,
        later: int = 0,
    ) -> None:
        """Go over these arrays from now on.

        `weights`, (N,) by head, are those of the samples' losses in training; all count alike
        without. `later` counts the epochs of other runs that are still to come.
        """
        import tensorflow as tf

        parts = [part for part in (inputs, targets, weights) if part is not None]
        made = not self._arrays
        self._arrays = tuple({name: tf.constant(array) for name, array in p.items()} for p in parts)
        self._order, self._later = order, later
        if made:
            _make_variables(self._model, self._arrays[:2])

    def epoch(self, epochs_left: int) -> Iterator[float]:
        """One epoch; the fraction of its steps done, after each chunk."""
        trained, held = self._order.shuffled(), self._order.held
        training, testing = self._train.steps(len(trained)), self._test.steps(len(held))
        passes_left = epochs_left + self._later
        self.logs = {}
        self._model.reset_metrics()
        for done in self._train(self._arrays, trained, passes_left):
            yield done / (training + testing)
        self.logs = self._read()
        if testing:
            self._model.reset_metrics()
            for done in self._test(self._arrays[:2], held, passes_left):
                yield (training + done) / (training + testing)
            self.logs |= {f"val_{key}": value for key, value in self._read().items()}

    def due(self) -> bool:
        """Whether it is time to tell of progress again."""
        now = time.perf_counter()
        due = now - self._told >= CHUNK_SECONDS
        if due:
            self._told = now
        return due

    def running_loss(self) -> float:
        """The training loss, over the part of the epoch that is done."""
        return (self.logs or self._read())["loss"]

    def _read(self) -> dict[str, float]:
        results = self._model.get_metrics_result()
        return readable({key: float(value) for key, value in results.items()}, self._model)


class Pass:
    """A step of the model over batches of samples, many of them in one call of TensorFlow.

    Whole batches go faster where they are traced with their size. Where the last batch is short
    that takes a second trace, made when the epochs left will pay for it. It `may_fix` the size for
    one head only: Keras weighs the losses of several by a size that is fixed and not by one that is
    open, as it is in `fit`.
    """

    def __init__(self, step: Callable[[Any], Any], batch: int, may_fix: bool) -> None:
        import tensorflow as tf

        def traced(pick: Callable[[Any, Any], Any]) -> Any:
            def chunk(arrays: Any, order: Any, start: Any, stop: Any) -> None:
                def body(i: Any) -> Any:
                    picked = pick(i, order)
                    step(tf.nest.map_structure(lambda array: tf.gather(array, picked), arrays))
                    return (i + 1,)

                tf.while_loop(lambda i: i < stop, body, (start,))

            return tf.function(chunk, autograph=False)

        self._open = traced(lambda i, order: order[i * batch : (i + 1) * batch])
        self._whole = traced(lambda i, order: tf.slice(order, [i * batch], [batch]))
        self._tensor = tf.constant
        self._batch = batch
        self._may_fix = may_fix
        self._fixed = False
        self._size = 1
        self._tracing = 0.0
        """Seconds the first trace took."""
        self._running = 0.0
        """Seconds the last pass took, without tracing."""

    def steps(self, samples: int) -> int:
        """Batches that many samples make; the last may be short."""
        return -(-samples // self._batch)

    def __call__(
        self, arrays: Any, order: npt.NDArray[np.int64], passes_left: int
    ) -> Iterator[int]:
        """Steps over the arrays in that order; how many are done, after each chunk."""
        indices, steps = self._tensor(order), self.steps(len(order))
        self._fixed = self._fixed or (self._may_fix and self._pays(len(order), passes_left))
        self._running = 0.0
        whole = len(order) // self._batch if self._fixed else 0
        yield from self._steps(self._whole, (arrays, indices), 0, whole)
        yield from self._steps(self._open, (arrays, indices), whole, steps)

    def _pays(self, samples: int, passes_left: int) -> bool:
        return samples % self._batch == 0 or GAIN * self._running * passes_left > self._tracing

    def _steps(self, chunk: Any, data: Any, done: int, steps: int) -> Iterator[int]:
        while done < steps:
            stop = min(done + self._size, steps)
            begun = time.perf_counter()
            chunk(*data, self._tensor(done), self._tensor(stop))
            self._adapt(stop - done, time.perf_counter() - begun)
            done = stop
            yield done

    def _adapt(self, steps: int, seconds: float) -> None:
        if self._tracing:
            self._running += seconds
        else:
            self._tracing = seconds
        wanted = int(steps / seconds * CHUNK_SECONDS)
        self._size = max(1, min(wanted, GROWTH * self._size))


def _make_variables(model: keras.Model, arrays: tuple[dict[str, Any], ...]) -> None:
    """Make the optimizer's and the metrics' variables: a traced function must not make them."""
    import keras

    inputs, targets = ({name: array[:1] for name, array in part.items()} for part in arrays)
    predicted = {name: keras.ops.zeros((1, *out.shape[1:])) for name, out in model.output.items()}
    model.optimizer.build(model.trainable_variables)
    model.compute_loss(inputs, targets, predicted)
    model.compute_metrics(inputs, targets, predicted)


def readable(logs: Mapping[str, float], model: keras.Model) -> dict[str, float]:
    """Keras's logs as `loss`, `<head>/loss` and `<head>/<metric>`, for one head or several alike.

    Keras leaves out a single head's name and loss. That loss is the whole one without its weight;
    where the weight is 0 it is not known, and left out.
    """
    arguments: dict[str, Any] = model.get_compile_config()
    heads: dict[str, list[str]] = arguments["metrics"]
    named = {"loss": logs["loss"]}
    for head, metrics in heads.items():
        prefix = f"{head}_" if len(heads) > 1 else ""
        keys = {f"{head}/{metric}": f"{prefix}{metric}" for metric in ("loss", *metrics)}
        named |= {key: logs[given] for key, given in keys.items() if given in logs}
    if len(heads) == 1:
        (head, weight), *_ = arguments["loss_weights"].items()
        named.pop(f"{head}/loss")
        named |= {f"{head}/loss": logs["loss"] / weight} if weight else {}
    return named
