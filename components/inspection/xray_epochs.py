"""X-rays of a model while it is trained: of up to twelve epochs, within a share of the time."""

from __future__ import annotations

import logging
import time
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
        self._given_up = costs_of(blueprint.graph).total.flops > MOST_FLOPS

    def after_epoch(self, epoch: int) -> Xrayed | None:
        """The X-ray after an epoch, if one is due and there is time."""
        allowed = max(LEAST_SECONDS, SHARE * (time.perf_counter() - self._start))
        if epoch not in self._due or self._spent + self._last > allowed:
            return None
        return self._taken(epoch, whole=False)

    def at_end(self, epoch: int, stopped: bool) -> Xrayed | None:
        """The X-ray of all epochs; the last one is that of the trained model. Without time for it,
        those of earlier epochs end."""
        is_quick = self._last <= (STOPPED_SECONDS if stopped else END_SECONDS)
        has_time = is_quick and (self._last > 0 or not stopped)
        taken = self._taken(epoch, whole=True) if has_time else None
        return taken or (Xrayed(xray="") if self._last else None)

    def _taken(self, epoch: int, whole: bool) -> Xrayed | None:
        if self._given_up:
            return None
        stopwatch = Stopwatch()
        try:
            if whole:
                self._camera.forget_from(epoch)
            self._camera.record(epoch, whole)
            xray = self._camera.xray() if whole else self._camera.latest()
            return Xrayed(xray=xray.json_text())
        except Exception as error:
            _log.warning("A model could not be X-rayed.", exc_info=error)
            self._given_up = True
            return None
        finally:
            self._last = stopwatch.seconds
            self._spent += self._last
