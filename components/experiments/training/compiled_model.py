"""Compiled models with their compiled functions, shared by runs that differ only by seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from components.experiments.training.checkpoint import Values, values_of
from components.experiments.training.epoch_numbers import EPOCH_NUMBERS
from components.experiments.training.epoch_numbers.base import MeasuredModel
from components.experiments.training.epoch_runner import EpochRunner
from components.experiments.training.requests import RunRequest, Settings
from components.models.architecture.architecture import Architecture
from components.models.architecture.builder import build_with_weights, compile_arguments
from components.models.architecture.costs import costs_of
from components.models.inputs.base import filling, presence
from sample_data.core.dataset import Dataset

if TYPE_CHECKING:
    import keras

    from components.models.architecture.builder import Blueprint


Arrays = Mapping[str, npt.NDArray[Any]]
Rows = npt.NDArray[np.int64]

CALL_BYTES = 32_000_000
"""Maximum size of the activations in one call, unless a training batch has more."""
CALL_ROWS = 1024
"""Maximum number of samples in one call, unless a training batch has more."""


class Predictor:
    """Computes the model's current outputs, by head. The first call compiles it.

    One call processes as many samples as a training batch, or more if they are small:
    `activation_bytes` is the size of all activations for one sample.
    """

    def __init__(
        self, model: keras.Model, inputs: Arrays, batch_size: int, activation_bytes: int
    ) -> None:
        import tensorflow as tf

        def outputs(batch: Any) -> Any:
            return model(batch, training=False)

        signature = {
            name: tf.TensorSpec((None, *array.shape[1:]), array.dtype)
            for name, array in inputs.items()
        }
        self._outputs = tf.function(outputs, input_signature=[signature], autograph=False)
        self._rows = max(batch_size, min(CALL_ROWS, CALL_BYTES // max(1, activation_bytes)))

    def __call__(self, inputs: Arrays) -> dict[str, npt.NDArray[Any]]:
        """Return the outputs for all samples."""
        samples = len(next(iter(inputs.values())))
        parts = [output for _, output in self.parts(inputs, np.arange(samples))]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def parts(self, inputs: Arrays, rows: Rows) -> Iterator[tuple[slice, dict[str, Any]]]:
        """Yield the outputs for the rows, batch by batch, each with its slice of `rows`."""
        for start in range(0, len(rows), self._rows):
            part = slice(start, start + self._rows)
            batch = {name: array[rows[part]] for name, array in inputs.items()}
            yield part, {name: out.numpy() for name, out in self._outputs(batch).items()}


class CompiledModel:
    """The model of a request, with the compiled functions that train it and predict with it.

    Compiling takes most of a short run. `reset` restores the initial values of everything that the
    functions read and write, so that a run has the same numbers as if trained alone.
    """

    def __init__(self, request: RunRequest, data: Dataset) -> None:
        self.blueprint = build_and_compile(request)
        self.model = self.blueprint.model
        measured = MeasuredModel(self.model, _branches(self.blueprint))
        meters = {number: number.meter(measured) for _, number in EPOCH_NUMBERS.items()}
        self.epoch_runner = EpochRunner(self.model, request.settings.batch_size, meters)
        self.predictor = Predictor(
            self.model,
            data.inputs,
            request.settings.batch_size,
            costs_of(self.blueprint.graph).total.activation_bytes,
        )
        self._request, self._signature = request, _signature(data)

    def fits(self, request: RunRequest, data: Dataset) -> bool:
        """Return `True` if a run differs from the first only by seeds and values of the data."""
        first, seed = self._request, request.settings.seed
        return (
            request.architecture == first.architecture
            and request.settings == first.settings.model_copy(update={"seed": seed})
            and _signature(data) == self._signature
        )

    def reset(self, seed: int, rate: float | None = None) -> None:
        """Set weights, random seeds and the optimizer's state to the start of a run with this seed.

        Metrics are reset at each epoch. Without a `rate`, the learning rate is that of the request.
        """
        import keras

        # Keras's `set_random_seed` also makes TensorFlow compile the functions again; layers and
        # initializers take their seeds only from Python's generator.
        random.seed(seed)
        fresh = build_with_weights(self._request.architecture).model
        for variable, value in zip(self.model.variables, fresh.variables, strict=True):
            variable.assign(value)
        for variable in self.model.optimizer.variables:
            variable.assign(keras.ops.zeros_like(variable))
        self.model.optimizer.learning_rate = rate or self._request.settings.learning_rate

    def values(self) -> tuple[Values, Values]:
        """Return the values of the model, including states of random layers, and the optimizer."""
        return values_of(self.model.variables), values_of(self.model.optimizer.variables)

    def restore(self, model: Values, optimizer: Values) -> None:
        """Set values that `values` returned, in this process or another."""
        self.model.optimizer.build(self.model.trainable_variables)
        for variable, value in zip(self.model.variables, model, strict=True):
            variable.assign(value)
        for variable, value in zip(self.model.optimizer.variables, optimizer, strict=True):
            variable.assign(value)


def build_and_compile(request: RunRequest) -> Blueprint:
    """Build the seeded, compiled model with weights."""
    import keras

    keras.utils.set_random_seed(request.settings.seed)
    blueprint = build_with_weights(request.architecture)
    arguments = compile_arguments(request.architecture)
    blueprint.model.compile(optimizer=optimizer(request.settings), **arguments)
    return blueprint


def set_fillings(architecture: Architecture, model: keras.Model, data: Dataset, rows: Rows) -> None:
    """Set the fill values of missing inputs to the mean of each feature over rows that have it."""
    for branch in architecture.data_inputs:
        if branch.has_mean:
            has = rows[data.inputs[presence(branch.name)][rows, 0] > 0]
            if len(has):
                values = data.inputs[branch.name][has]
                mean = values.reshape(-1, values.shape[-1]).mean(axis=0, dtype=np.float64)
                model.get_layer(filling(branch.name)).set_weights([mean[None]])


def optimizer(settings: Settings) -> keras.optimizers.Optimizer:
    """Return Keras's optimizer for the settings, at the full learning rate."""
    import keras

    optimizers: dict[str, Any] = {
        "adam": keras.optimizers.Adam,
        "adamw": keras.optimizers.AdamW,
        "rmsprop": keras.optimizers.RMSprop,
        "sgd": keras.optimizers.SGD,
        "momentum": keras.optimizers.SGD,
    }
    return optimizers[settings.optimizer](
        learning_rate=settings.learning_rate,
        global_clipnorm=settings.clip_norm or None,
        **({"momentum": 0.9} if settings.optimizer == "momentum" else {}),
    )


def _branches(blueprint: Blueprint) -> dict[str, list[Any]]:
    """Return the trainable weights of each branch; those of a shared encoder count for all."""
    layers = {layer.name: layer for layer in blueprint.model.layers}
    return {
        branch.name: [
            variable
            for name in {node.keras_name: None for node in blueprint.graph.members(branch.name)}
            if name in layers
            for variable in layers[name].trainable_variables
        ]
        for branch in blueprint.architecture.inputs
    }


def _signature(data: Dataset) -> Mapping[str, Any]:
    """Return the shapes and types of all arrays."""
    return {
        side: {name: (array.shape, array.dtype) for name, array in arrays.items()}
        for side, arrays in (("inputs", data.inputs), ("targets", data.targets))
    }
