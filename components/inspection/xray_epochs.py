"""X-rays of a model while it is trained: of up to twelve epochs, within a share of the time."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from components.inspection.basis.coalitions import Stopwatch
from components.inspection.xray import XrayCamera
from components.model.costs import costs_of
from components.training.data_split import DataSplit
from components.training.events import Xrayed
from components.training.requests import RunRequest
from sample_data.core.dataset import Dataset

if TYPE_CHECKING:
    from components.model.builder import Blueprint

EPOCHS = 12
"""Epochs of a run that are X-rayed, at most."""
LEAST_SECONDS, SHARE = 1.0, 0.1
"""What all X-rays of a run may take: so many seconds, or this share of a longer training."""
END_SECONDS, STOPPED_SECONDS = 1.5, 0.3
"""What the last X-ray may take, going by the one before; of a stopped run, whose child must end
soon. Else it is made from the kept model when someone looks."""
MOST_FLOPS = 50_000_000
"""Of a sample: larger models are X-rayed from the kept model when someone looks."""

_log = logging.getLogger(__name__)


class EpochXrays:
    """Watches the training of one model. A fault ends the X-rays, never the training."""

    def __init__(
        self, request: RunRequest, blueprint: Blueprint, split: DataSplit, data: Dataset
    ) -> None:
        self._camera = XrayCamera(request, blueprint, split, data)
        planned = request.settings.epochs
        due = np.geomspace(1, planned, min(EPOCHS, planned)).round()
        self._due = {int(epoch) for epoch in due} - {planned}
        self._start, self._spent, self._last = time.perf_counter(), 0.0, 0.0
        self._latest = 0
        self._given_up = costs_of(blueprint.graph).total.flops > MOST_FLOPS

    def after_epoch(self, epoch: int) -> Xrayed | None:
        """The X-ray after an epoch, if one is due and there is time."""
        if epoch not in self._due or self._spent + self._last > self._allowed():
            return None
        return self._taken(lambda: self._record(epoch, whole=False))

    def at_end(self, epoch: int, stopped: bool) -> Xrayed | None:
        """The X-ray of all epochs; the last one is that of the trained model."""
        if self._last > (STOPPED_SECONDS if stopped else END_SECONDS):
            return None
        if stopped and not self._latest:
            return None
        self._camera.forget_from(epoch)
        return self._taken(lambda: self._record(epoch, whole=True))

    def _record(self, epoch: int, whole: bool) -> Xrayed:
        self._camera.record(epoch, whole)
        self._latest = epoch
        xray = self._camera.xray() if whole else self._camera.latest()
        return Xrayed(xray=xray.json_text())

    def _allowed(self) -> float:
        return max(LEAST_SECONDS, SHARE * (time.perf_counter() - self._start))

    def _taken(self, take: Callable[[], Xrayed]) -> Xrayed | None:
        if self._given_up:
            return None
        stopwatch = Stopwatch()
        try:
            return take()
        except Exception as error:
            _log.warning("A model could not be X-rayed.", exc_info=error)
            self._given_up = True
            return None
        finally:
            self._last = stopwatch.seconds if self._latest else 0.0
            self._spent += stopwatch.seconds
