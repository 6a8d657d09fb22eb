"""Events of a run from its start to its end, as frozen values."""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from components.models.heads.base import Target

EndStatus = Literal["finished", "stopped", "failed", "interrupted"]
Status = Literal["queued", "running", "paused", EndStatus]
UNFINISHED: tuple[Status, ...] = ("queued", "running")
"""Statuses of a run that waits or is in training."""
OPEN: tuple[Status, ...] = (*UNFINISHED, "paused")
"""Statuses of a run that has not ended."""
ENDS: tuple[Status, ...] = get_args(EndStatus)
"""Statuses of a run that has ended."""
NEVER_STARTED = "Stopped before it started."
STOPPED_PAUSED = "Stopped while it was paused: its epochs are kept, but no model."
PAUSED_LONG = (
    "Paused for more than a day, so it was ended. Start it again: it gives the same numbers."
)
STARTED_AGAIN = (
    "This run could not continue where it was paused, for example because the server was updated "
    "in the meantime. It started again from its first epoch."
)
REPORTED_CLASSES = 20
CONFUSION_CLASSES = 50
POINTS = 400
WORST = 12
LEVELS = 255
"""Maximum of the bytes in a plane; the minimum is 0."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Started(_Value):
    """The child process has built the model, or a paused run continues.

    A run that was paused, and that starts without its epochs, starts again from the first one.
    """

    kind: Literal["started"] = "started"
    parameters: int
    seconds: float = 0.0
    """Seconds of earlier training in other processes."""
    epochs: int = 0
    """Number of epochs that are already done."""


class Progress(_Value):
    """A `fraction` below 1 of epoch `epoch` (from 1) is done; `loss` is the loss so far."""

    kind: Literal["progress"] = "progress"
    epoch: int
    fraction: float
    loss: float
    logs: dict[str, float] = {}
    """Training logs so far, with the names of an epoch's logs."""

    @property
    def epochs_done(self) -> float:
        """Number of epochs done, with the fraction of the current one."""
        return self.epoch - 1 + self.fraction


class Epoch(_Value):
    """Epoch `epoch` (from 1) is done; it took `seconds`, validation included."""

    kind: Literal["epoch"] = "epoch"
    epoch: int
    logs: dict[str, float]
    """`loss`, `<head>/loss`, `<head>/<metric>`, and the same with the prefix `val_`."""
    seconds: float

    @property
    def epochs_done(self) -> float:
        """Number of epochs done."""
        return self.epoch


class ClassReport(_Value):
    """Scores of one class; `None` if there is no such sample, or no such prediction."""

    label: int
    samples: int
    precision: float | None
    recall: float | None
    f1: float | None


class Wrong(_Value):
    """One sample with a bad prediction; `row` is its row in the dataset."""

    row: int
    truth: float
    predicted: float
    confidence: float | None = None
    """Probability of the predicted class; `None` for a real value."""
    output: int = 0
    """Index of the value, if the head has several."""


class HeadReport(_Value):
    """Quality of one head's predictions. Fields that do not apply to its target are empty."""

    target: Target
    measures: dict[str, float]
    """Loss and metrics.

    `loss` and `accuracy`, with `auc` for two classes; or `loss`, `r2_score`, `mean_absolute_error`
    and `root_mean_squared_error`.
    """
    classes: tuple[ClassReport, ...] = ()
    """Scores by class; empty if there are more than `REPORTED_CLASSES` classes."""
    confusion: tuple[tuple[int, ...], ...] = ()
    """Counts of samples: true class by row, predicted class by column.

    Empty if there are more than `CONFUSION_CLASSES` classes.
    """
    points: tuple[tuple[float, float], ...] = ()
    """True and predicted value of at most `POINTS` samples, spread over all measured ones."""
    worst: tuple[Wrong, ...] = ()
    """At most `WORST` samples, the worst first.

    Wrong classes are sorted by their predicted probability, values by their error.
    """


class Report(_Value):
    """Quality of a model's predictions after its run, on validation samples if there are any."""

    kind: Literal["report"] = "report"
    epoch: int
    """Epoch of the weights. A stopped run may have trained some steps more."""
    validated: bool
    """`True` if measured on validation samples, `False` if on training samples."""
    samples: int
    """Number of samples measured: all of them, unless the run was stopped."""
    trained: int
    held: int
    heads: dict[str, HeadReport]
    seconds: float
    """Seconds since the start of the run."""
    epoch_seconds: float
    """Median seconds of an epoch.

    The first epoch, which compiles, counts only if it is the only one.
    """
    memory_bytes: int
    """Peak memory of the run's process."""
    learning_rate: float | None = None
    """Learning rate that the run chose, if it chooses one."""

    @property
    def measured_on(self) -> str:
        """Samples of the report as text: `500 validation samples`.

        For a stopped run, it also says that only some of them were measured, and why.
        """
        total = self.held if self.validated else self.trained
        samples = f"{'validation' if self.validated else 'training'} samples"
        if self.samples == total:
            return f"{total:,} {samples}"
        return f"only {self.samples:,} of {total:,} {samples}, because the run was stopped"


class Plane(_Value):
    """The predictions of one head on a grid, one byte for each point."""

    target: Target
    low: float
    high: float
    """Value of byte 255; `low` is that of byte 0. For classes, a byte is the class itself."""
    cells: str
    """size x size bytes in base 64. Rows follow `y` and columns `x`, both upwards."""

    def values(self) -> npt.NDArray[np.float32]:
        """Return (size, size): the probability of 1, the most likely class, or the first value."""
        cells = np.frombuffer(base64.b64decode(self.cells), np.uint8).astype(np.float32)
        size = math.isqrt(len(cells))
        scale = (self.high - self.low) / LEVELS
        return (self.low + scale * cells).reshape(size, size).astype(np.float32)

    @classmethod
    def of(cls, target: Target, values: npt.NDArray[np.float32]) -> Plane:
        """Encode (size, size) finite values."""
        low, high = float(values.min()), float(values.max())
        if target == "binary":
            low, high = 0.0, 1.0
        elif target == "classes":
            low, high = 0.0, float(LEVELS)
        spread = (high - low) or 1.0
        cells = np.rint((values - low) / spread * LEVELS).astype(np.uint8)
        text = base64.b64encode(cells.tobytes()).decode()
        return cls(target=target, low=low, high=high, cells=text)


class Surface(_Value):
    """Decision surface: predictions of the heads over two inputs of one number each.

    `x` and `y` are the inputs' names. Grid points are evenly spaced over `x_range` and `y_range`.
    Epoch 0 is before training.
    """

    kind: Literal["surface"] = "surface"
    epoch: float
    """Epochs done, with the fraction of the current one."""
    x: str
    y: str
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    heads: dict[str, Plane]


class Inspected(_Value):
    """The trained model has been inspected; `inspection` is the result as JSON text."""

    kind: Literal["inspected"] = "inspected"
    inspection: str


class Xrayed(_Value):
    """The layers of the model were recorded; `xray` is the X-ray as JSON text.

    If it is empty, the earlier X-rays are no longer valid.
    """

    kind: Literal["xrayed"] = "xrayed"
    xray: str


class Paused(_Value):
    """The run paused after epoch `epoch` (from 1)."""

    kind: Literal["paused"] = "paused"
    epoch: int


class Finished(_Value):
    """The run finished after `seconds`; `message` gives the reason if it ended early."""

    kind: Literal["finished"] = "finished"
    seconds: float
    message: str = ""


class Stopped(_Value):
    """The user stopped the run. Its epochs are kept."""

    kind: Literal["stopped"] = "stopped"
    seconds: float
    message: str = ""


class Failed(_Value):
    """The run failed; `message` gives the reason and the fix."""

    kind: Literal["failed"] = "failed"
    message: str
    seconds: float = 0.0


class Interrupted(_Value):
    """The process or server of the run ended; `message` gives the reason."""

    kind: Literal["interrupted"] = "interrupted"
    message: str
    seconds: float = 0.0


End = Finished | Stopped | Failed | Interrupted
Event = Started | Progress | Epoch | Report | Surface | Inspected | Xrayed | Paused | End


@dataclass(frozen=True)
class Outcome:
    """Status and results of a run; `waiting` if nobody has started it."""

    status: Literal["waiting", "running"] | EndStatus = "waiting"
    history: tuple[Epoch, ...] = ()
    report: Report | None = None
    message: str = ""
    run: str = ""
    """Id of the run in the store, if it is there."""
    seconds: float = 0.0
    parameters: int = 0
    inspection: str = ""
    """Inspection as JSON text, if the model was inspected."""
    xray: str = ""
    """X-ray as JSON text, if one was taken."""

    @property
    def final(self) -> dict[str, float]:
        """Logs of the last epoch; empty if there is none."""
        return dict(self.history[-1].logs) if self.history else {}

    @classmethod
    def of(cls, events: list[Event]) -> Outcome:
        """Return the outcome of a run from all its events. The last event must be its end."""
        end = events[-1]
        assert isinstance(end, End), end.kind
        return cls(
            status=end.kind,
            history=tuple(event for event in events if isinstance(event, Epoch)),
            report=next((e for e in reversed(events) if isinstance(e, Report)), None),
            message=end.message,
            seconds=end.seconds,
            parameters=next((e.parameters for e in events if isinstance(e, Started)), 0),
            inspection=next((e.inspection for e in events if isinstance(e, Inspected)), ""),
            xray=next((e.xray for e in reversed(events) if isinstance(e, Xrayed)), ""),
        )


def finite(logs: dict[str, float]) -> dict[str, float]:
    """Return the finite logs. A metric may have no value, such as R² of one sample."""
    return {key: value for key, value in logs.items() if math.isfinite(value)}
