"""The learning rate from epoch to epoch."""

from __future__ import annotations

import math

from components.training.requests import Settings


def rate(settings: Settings, epoch: int) -> float:
    """The learning rate in an epoch, counted from 0: one value a whole epoch.

    In `warmup_epochs` it climbs in equal steps (Goyal et al. 2017, 2.2), to be whole in the epoch
    behind them. From there on it falls: a half cosine (Loshchilov and Hutter 2017, equation 5) or
    a line that would reach 0 behind the last epoch; or by `decay` in each `decay_epochs`, little by
    little or at once.
    """
    full, warm = settings.learning_rate, settings.warmup_epochs
    if epoch < warm:
        return full * (epoch + 1) / (warm + 1)
    behind, length = epoch - warm, settings.epochs - warm
    falls = behind / settings.decay_epochs
    match settings.schedule:
        case "cosine":
            return full * (1 + math.cos(math.pi * behind / length)) / 2
        case "linear":
            return full * (1 - behind / length)
        case "exponential":
            return full * math.pow(settings.decay, falls)
        case "step":
            return full * math.pow(settings.decay, math.floor(falls))
        case _:
            return full
