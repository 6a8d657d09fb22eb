"""Keras's optimizers, with a look at the gradients that they get."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from components.training.requests import Settings

if TYPE_CHECKING:
    import keras


def optimizer(settings: Settings) -> keras.optimizers.Optimizer:
    """Keras's optimizer for the settings, at the full learning rate.

    Before each step, its `observe`, if there is one, is called with the gradients, not yet clipped,
    and their variables.
    """
    import keras

    optimizers: dict[str, Any] = {
        "adam": keras.optimizers.Adam,
        "adamw": keras.optimizers.AdamW,
        "rmsprop": keras.optimizers.RMSprop,
        "sgd": keras.optimizers.SGD,
        "momentum": keras.optimizers.SGD,
    }
    return _observed(optimizers[settings.optimizer])(
        learning_rate=settings.learning_rate,
        global_clipnorm=settings.clip_norm or None,
        **({"momentum": 0.9} if settings.optimizer == "momentum" else {}),
    )


def _observed(kind: type[Any]) -> type[Any]:
    class ObservedOptimizer(kind):  # type: ignore[misc]
        observe: Any = None
        _count: Any = None

        @property
        def iterations(self) -> Any:
            """The number of steps. Within a step it is one tensor for all variables, so that
            TensorFlow computes what follows from it once: the numbers are the same."""
            return super().iterations if self._count is None else self._count

        def apply(self, grads: Any, trainable_variables: Any = None) -> None:
            if self.observe is not None:
                self.observe(grads, trainable_variables)
            self._count = super().iterations.value.read_value()
            try:
                super().apply(grads, trainable_variables)
            finally:
                self._count = None

    return ObservedOptimizer
