"""Learning rate of each epoch, and the early end of training."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from components.experiments.training.requests import Settings

if TYPE_CHECKING:
    import keras

_MEMORY = ("wait", "stopped_epoch", "best", "best_weights", "best_epoch")
"""Attributes that early stopping resets when training begins."""


def rate(settings: Settings, epoch: int) -> float:
    """Return the learning rate of an epoch, counted from 0.

    It rises linearly during `warmup_epochs` (Goyal et al. 2017, 2.2) and reaches its full value in
    the epoch after them. Then it falls: as a half cosine (Loshchilov and Hutter 2017, equation 5)
    or a line that would reach 0 after the last epoch; or by `decay` in every `decay_epochs`,
    gradually or in steps.
    """
    full, warm = settings.learning_rate, settings.warmup_epochs
    if epoch < warm:
        return full * (epoch + 1) / (warm + 1)
    after, length = epoch - warm, settings.epochs - warm
    decays = after / settings.decay_epochs
    match settings.schedule:
        case "cosine":
            return full * (1 + math.cos(math.pi * after / length)) / 2
        case "linear":
            return full * (1 - after / length)
        case "exponential":
            return full * math.pow(settings.decay, decays)
        case "step":
            return full * math.pow(settings.decay, math.floor(decays))
        case _:
            return full


def schedule_callbacks(settings: Settings) -> list[keras.callbacks.Callback]:
    """Return the callback that sets the learning rate of each epoch; none if it is constant."""
    import keras

    if settings.schedule == "constant" and not settings.warmup_epochs:
        return []
    return [keras.callbacks.LearningRateScheduler(lambda epoch, _: rate(settings, epoch))]


def early_stopping(settings: Settings, validated: bool) -> list[keras.callbacks.EarlyStopping]:
    """Return the callback that ends a run early, restores the best weights, or does both.

    The list is empty if the settings ask for neither.
    """
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


def memory_of(stopping: keras.callbacks.EarlyStopping) -> Mapping[str, Any]:
    """Return the state of early stopping after the epochs so far."""
    return {name: getattr(stopping, name) for name in _MEMORY}


def remembering(
    stopping: keras.callbacks.EarlyStopping, memory: Mapping[str, Any]
) -> keras.callbacks.Callback:
    """Return a callback that restores the state of early stopping. List it after that."""
    import keras

    return keras.callbacks.LambdaCallback(on_train_begin=lambda _: vars(stopping).update(memory))
