"""Numbers that are measured in every epoch, besides the loss and the metrics; one file each."""

from __future__ import annotations

from components.core.registry import Registry
from components.training.epoch_numbers.base import EpochNumber

EPOCH_NUMBERS: Registry[EpochNumber] = Registry(__name__, EpochNumber, "number of an epoch")
