"""Choice of a run's learning rate on a part of its training samples."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from components.base.errors import RunError
from components.experiments.training.compiled_model import set_fillings
from components.experiments.training.data_split import DataSplit, weights_of
from components.experiments.training.epoch_runner import run_epochs
from components.experiments.training.events import Epoch
from components.experiments.training.requests import RunRequest
from sample_data.core.dataset import Dataset

if TYPE_CHECKING:
    from components.experiments.training.compiled_model import CompiledModel

FACTORS = (1 / 3, 1.0, 3.0)
"""Candidate rates, as multiples of the rate in the settings."""
SHARE = 0.25
"""Share of the training samples on which the rates are compared."""


def tuned_rate(
    compiled: CompiledModel,
    request: RunRequest,
    split: DataSplit,
    data: Dataset,
    should_stop: Callable[[], bool],
) -> float:
    """Return the rate with the lowest loss after one pass, on training samples left out of it.

    Samples held out for validation are not used. The model keeps the state after the last pass.
    """
    settings, trained = request.settings, split.trained
    weights = None
    if settings.class_weights == "balanced":
        weights = weights_of(request.architecture, data.targets, trained)
    losses: dict[float, float] = {}
    for factor in FACTORS:
        rate = min(10.0, settings.learning_rate * factor)
        one_pass = {"epochs": 1, "validation_share": SHARE, "learning_rate": rate}
        chosen = settings.model_copy(update=one_pass)
        part = DataSplit(len(trained), chosen)
        part.trained, part.held = trained[part.trained], trained[part.held]
        compiled.reset(settings.seed, rate)
        set_fillings(request.architecture, compiled.model, data, part.trained)
        compiled.epoch_runner.load(data.inputs, data.targets, part, weights)
        losses[rate] = math.inf
        try:
            for event in run_epochs(compiled.model, compiled.epoch_runner, chosen, should_stop):
                if isinstance(event, Epoch):
                    losses[rate] = event.logs.get("val_loss", math.inf)
        except RunError:  # The loss was not finite: the rate is too high.
            continue
    return min(losses, key=losses.__getitem__)
