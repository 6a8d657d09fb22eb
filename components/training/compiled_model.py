"""A compiled model with its traced functions, which runs that differ by seed can share."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from components.model.builder import build_with_weights, compile_arguments
from components.model.costs import of
from components.training.epoch_runner import EpochRunner
from components.training.events import Started
from components.training.predictions import Predictor
from components.training.requests import RunRequest, Settings, estimate
from sample_data.core.dataset import Dataset

if TYPE_CHECKING:
    import keras

    from components.model.builder import Blueprint


class CompiledModel:
    """The model of a request, and the functions that train it and predict with it.

    Tracing takes most of a short run. `begin` makes all that the functions read and write what it
    would be at the start of another run, whose numbers so are those it would have by itself.
    """

    def __init__(self, request: RunRequest, data: Dataset) -> None:
        blueprint, self.started = prepared(request)
        self.model = blueprint.model
        self.passes = EpochRunner(self.model, request.settings.batch_size)
        self.predictor = Predictor(
            self.model,
            data.inputs,
            request.settings.batch_size,
            of(blueprint.graph).total.activation_bytes,
        )
        self._request, self._forms = request, _forms(data)

    def fits(self, request: RunRequest, data: Dataset) -> bool:
        """Whether a run differs from the first one by its seeds and the values of its data only."""
        ours, seed = self._request, request.settings.seed
        return (
            request.architecture == ours.architecture
            and request.settings == ours.settings.model_copy(update={"seed": seed})
            and _forms(data) == self._forms
        )

    def begin(self, seed: int) -> None:
        """Become what a run of that seed begins with: weights, seeds, and the optimizer's state.

        Metrics are reset by each epoch.
        """
        import keras

        # Keras's `set_random_seed` also has TensorFlow compile its traces again; layers and
        # initializers take their seeds from Python's generator alone.
        random.seed(seed)
        fresh = build_with_weights(self._request.architecture).model
        for variable, value in zip(self.model.variables, fresh.variables, strict=True):
            variable.assign(value)
        for variable in self.model.optimizer.variables:
            variable.assign(keras.ops.zeros_like(variable))
        self.model.optimizer.learning_rate = self._request.settings.learning_rate


def prepared(request: RunRequest) -> tuple[Blueprint, Started]:
    """The seeded model with its weights, compiled, and what to say of it at the start."""
    import keras

    keras.utils.set_random_seed(request.settings.seed)
    blueprint = build_with_weights(request.architecture)
    model = blueprint.model
    model.compile(optimizer=optimizer(request.settings), **compile_arguments(request.architecture))
    started = Started(
        epochs=request.settings.epochs,
        estimated_bytes=estimate(request, blueprint.graph),
        parameters=model.count_params(),
    )
    return blueprint, started


def optimizer(settings: Settings) -> keras.optimizers.Optimizer:
    """Keras's optimizer for the settings, at the full learning rate."""
    import keras

    made: dict[str, Any] = {
        "adam": keras.optimizers.Adam,
        "adamw": keras.optimizers.AdamW,
        "rmsprop": keras.optimizers.RMSprop,
        "sgd": keras.optimizers.SGD,
        "momentum": lambda **given: keras.optimizers.SGD(momentum=0.9, **given),
    }
    return made[settings.optimizer](
        learning_rate=settings.learning_rate, global_clipnorm=settings.clip_norm or None
    )


def _forms(data: Dataset) -> Mapping[str, Any]:
    """Shapes and types of all arrays."""
    return {
        side: {name: (array.shape, array.dtype) for name, array in arrays.items()}
        for side, arrays in (("inputs", data.inputs), ("targets", data.targets))
    }
