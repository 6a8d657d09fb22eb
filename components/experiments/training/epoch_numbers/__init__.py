"""Numbers that are measured in every epoch, besides the loss and the metrics; one file each."""

from __future__ import annotations

from components.experiments.training.epoch_numbers.base import EpochNumber
from components.models.language.registry import Registry

EPOCH_NUMBERS: Registry[EpochNumber] = Registry(__name__, EpochNumber, "number of an epoch")
