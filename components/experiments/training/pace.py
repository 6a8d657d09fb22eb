"""Estimated duration of runs on this machine, from their FLOPs and the pace of earlier runs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, inf
from statistics import median

from components.base.limits import PACE
from components.base.workers.needs_keras import needs_keras
from components.experiments.training.events import Report
from components.experiments.training.requests import RunRequest, Settings
from components.experiments.training.tuning import FACTORS

START_SECONDS = 3.0
"""Seconds for building and compiling, before the first step."""
FLOPS_PER_SECOND = 4e10
"""FLOPs per second of one run; rough, measured on two cores with a browser open."""
STEP_SECONDS = 0.0003
"""Seconds for a step of the optimizer, in addition to its FLOPs."""
TUNING_STARTS = 0.27
"""Share of a start that choosing the learning rate adds: steps are compiled once more."""
FIRST_SECONDS = 20.0
"""Maximum duration of a run of the proposed size, on the reference machine."""
FIRST_EPOCH_SECONDS = 2.0
"""Maximum duration of an epoch of the proposed size."""
PRODUCT_SECONDS = 0.0000078
"""Seconds for the product of two matrices of `WIDTH` on the reference machine."""
WIDTH = 64
"""Width at which NumPy uses one thread: on a busy machine the threads of a larger product wait for
each other."""
PRODUCTS = 400
BACKWARD = 3
"""Cost of a training step in forward passes: one forward, and the equivalent of two backward."""
MOST_EPOCHS, MOST_SAMPLES = 10, 1000
"""Maximum epochs and samples of a quick run."""
LEAST_EPOCHS, LEAST_SAMPLES = 3, 200


@dataclass(frozen=True)
class TrainingPace:
    """Pace of a machine.

    `slowness` is the duration of an epoch relative to the reference machine; `start_seconds` is the
    duration of a run besides its epochs; `at_a_time` is the number of runs trained at the same
    time.
    """

    slowness: float = 1.0
    start_seconds: float = START_SECONDS
    at_a_time: int = 1


@dataclass(frozen=True)
class MeasuredRun:
    """Seconds of the first run in a process: one epoch, and everything besides its epochs."""

    size: RunSize
    epoch_seconds: float
    start_seconds: float

    @classmethod
    def of(
        cls, flops: int, request: RunRequest, report: Report, seconds: float, at_a_time: int = 1
    ) -> MeasuredRun:
        """Return the measured durations of a run that took `seconds` in all.

        With `at_a_time` above 1, its epochs shared the machine with those of other runs.
        """
        passes = report.epoch + (len(FACTORS) if request.tuned else 0)
        start = max(0.0, seconds - passes * report.epoch_seconds)
        return cls(
            RunSize.of(flops, report.trained + report.held, request.settings),
            report.epoch_seconds / at_a_time,
            start / (1 + TUNING_STARTS) if request.tuned else start,
        )


@dataclass(frozen=True)
class RunSize:
    """Properties of a run that determine its duration. `flops` are those of one sample, forward."""

    flops: int
    samples: int
    epochs: int
    batch_size: int
    validation_share: float

    @classmethod
    def of(cls, flops: int, samples: int, settings: Settings) -> RunSize:
        """Return the size of a run with these settings."""
        return cls(flops, samples, settings.epochs, settings.batch_size, settings.validation_share)

    def epoch_seconds(self, factor: float = 1.0) -> float:
        """Return the seconds for an epoch; `factor` is the slowness of the machine."""
        trained = self.samples * (1 - self.validation_share)
        passes = BACKWARD * trained + self.samples * self.validation_share
        steps = ceil(trained / self.batch_size)
        return factor * (passes * self.flops / FLOPS_PER_SECOND + steps * STEP_SECONDS)

    def training_seconds(self, factor: float = 1.0) -> float:
        """Return the seconds for all epochs."""
        return self.epochs * self.epoch_seconds(factor)

    def seconds(self, pace: TrainingPace = TrainingPace()) -> float:
        """Return the seconds for the whole run in a process of its own."""
        return pace.start_seconds + self.training_seconds(pace.slowness)

    def _is_quick(self, seconds: float, pace: TrainingPace, epoch_seconds: float) -> bool:
        epoch = self.epoch_seconds(pace.slowness)
        return self.seconds(pace) <= seconds and epoch <= epoch_seconds

    def proposed(self, slowness: float = 1.0) -> RunSize:
        """Return this size if it is quick enough for a first run, or else a smaller one."""
        pace = TrainingPace(slowness)
        if self._is_quick(FIRST_SECONDS, pace, FIRST_EPOCH_SECONDS):
            return self
        least = replace(self, samples=LEAST_SAMPLES, epochs=LEAST_EPOCHS)
        return self.quicker(FIRST_SECONDS, pace, FIRST_EPOCH_SECONDS) or least

    def quicker(
        self, seconds: float, pace: TrainingPace = TrainingPace(), epoch_seconds: float = inf
    ) -> RunSize | None:
        """Return the largest smaller run that takes at most `seconds`, or `None`.

        Each of its epochs takes at most `epoch_seconds`. Samples are halved first; epochs are
        reduced only when few samples are left.
        """
        samples, epochs = min(self.samples, MOST_SAMPLES), min(self.epochs, MOST_EPOCHS)
        while True:
            smaller = replace(self, samples=samples, epochs=epochs)
            if smaller._is_quick(seconds, pace, epoch_seconds):
                return smaller if smaller != self else None
            if samples // 2 >= LEAST_SAMPLES:
                samples //= 2
            elif epochs > LEAST_EPOCHS:
                epochs -= 1
            else:
                return None


@needs_keras
def measured_slowness() -> float:
    """Return the slowness of this machine relative to the reference one, measured in milliseconds.

    FUSION_PACE replaces the measurement. Raises `RunError` if it is not valid.
    """
    import numpy as np

    pace = PACE.value()
    if pace:
        return 100 / pace
    matrix = np.random.default_rng(0).normal(size=(WIDTH, WIDTH)).astype("float32")
    fastest = inf
    for _ in range(PRODUCTS):
        start = time.perf_counter()
        matrix @ matrix
        fastest = min(fastest, time.perf_counter() - start)
    return fastest / PRODUCT_SECONDS


def measured_pace(runs: Sequence[MeasuredRun], unknown: float) -> TrainingPace:
    """Return the median pace of earlier runs; without any, a pace of slowness `unknown`."""
    if not runs:
        return TrainingPace(unknown)
    return TrainingPace(
        median(run.epoch_seconds / run.size.epoch_seconds() for run in runs),
        median(run.start_seconds for run in runs),
    )
