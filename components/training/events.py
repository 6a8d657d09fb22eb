"""What a run tells of itself: frozen values with a JSON form."""

from __future__ import annotations

import base64
import math
from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from components.heads.base import Target

Status = Literal["queued", "running", "finished", "stopped", "failed", "interrupted"]
ENDS: frozenset[Status] = frozenset({"finished", "stopped", "failed", "interrupted"})
"""The ways a run can end."""
REPORTED_CLASSES = 20
CONFUSION_CLASSES = 50
POINTS = 400
WORST = 12
LEVELS = 255
"""Steps between the lowest and the highest value of a plane."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class _Event(_Value):
    def json_text(self) -> str:
        """The event on one line of JSON, which `parse_event` reads back to an equal value."""
        return self.model_dump_json()


class Queued(_Event):
    """The run waits for its turn."""

    kind: Literal["queued"] = "queued"


class Started(_Event):
    """The child process has the run. `estimated_bytes` is the memory it is expected to take."""

    kind: Literal["started"] = "started"
    epochs: int
    estimated_bytes: int
    parameters: int
    samples: int = 0
    """Samples trained on, without those held back for validation."""
    held: int = 0
    """Samples held back."""


class Progress(_Event):
    """Epoch `epoch`, from 1, is done to a `fraction` below 1; `loss` is that of this part."""

    kind: Literal["progress"] = "progress"
    epoch: int
    fraction: float
    loss: float


class Epoch(_Event):
    """The end of epoch `epoch`, from 1; it took `seconds`, validation included."""

    kind: Literal["epoch"] = "epoch"
    epoch: int
    logs: dict[str, float]
    """`loss`, `<head>/loss`, `<head>/<metric>`, and the same behind `val_`."""
    seconds: float


class ClassReport(_Value):
    """How well one class is told; nothing where there is no such sample, or no such prediction."""

    label: int
    samples: int
    precision: float | None
    recall: float | None
    f1: float | None


class Wrong(_Value):
    """One sample that was predicted badly; `row` is its place in the data set."""

    row: int
    truth: float
    predicted: float
    confidence: float | None = None
    """Probability of the class that was predicted; nothing for a real value."""
    output: int = 0
    """Which of the head's values it is, where there are several."""


class HeadReport(_Value):
    """How well one head predicts. What does not apply to its target is empty."""

    target: Target
    measures: dict[str, float]
    """`loss` and `accuracy`, with `auc` of two classes; or `loss`, `r2_score`,
    `mean_absolute_error` and `root_mean_squared_error`."""
    classes: tuple[ClassReport, ...] = ()
    """Of at most `REPORTED_CLASSES` classes."""
    confusion: tuple[tuple[int, ...], ...] = ()
    """Samples of each class, by row, predicted as each class, by column; of at most
    `CONFUSION_CLASSES` classes."""
    points: tuple[tuple[float, float], ...] = ()
    """True and predicted value of at most `POINTS` samples spread over those measured."""
    worst: tuple[Wrong, ...] = ()
    """At most `WORST` samples, the worst first: wrong classes by the probability they were given,
    values by their distance from the truth."""


class Report(_Event):
    """What a model can do at the end of its run, measured on samples held back if there are any."""

    kind: Literal["report"] = "report"
    epoch: int
    """Behind which epoch the weights are measured; those of a stopped run may be some steps on."""
    validated: bool
    """Whether it is measured on samples held back, or else on those trained on."""
    samples: int
    """How many it is measured on: all of them, but where the run was stopped."""
    trained: int
    held: int
    heads: dict[str, HeadReport]
    seconds: float
    """From the start of the run to here."""
    epoch_seconds: float
    """The median of an epoch."""
    memory_bytes: int
    """The most the run's process had in memory."""


class Plane(_Value):
    """What one head predicts over the plane, a byte a point."""

    target: Target
    low: float
    high: float
    """The values that the bytes 0 and 255 stand for; a byte is the class itself for classes."""
    cells: str
    """size x size bytes in base 64; rows go along `y`, each along `x`, both upwards."""

    def values(self) -> npt.NDArray[np.float32]:
        """(size, size): the probability of 1, the likeliest class, or the first value."""
        cells = np.frombuffer(base64.b64decode(self.cells), np.uint8).astype(np.float32)
        size = math.isqrt(len(cells))
        scale = (self.high - self.low) / LEVELS
        return (self.low + scale * cells).reshape(size, size).astype(np.float32)

    @classmethod
    def of(cls, target: Target, values: npt.NDArray[np.float32]) -> Plane:
        """The plane of (size, size) finite values."""
        low, high = float(values.min()), float(values.max())
        if target == "binary":
            low, high = 0.0, 1.0
        elif target == "classes":
            low, high = 0.0, float(LEVELS)
        spread = (high - low) or 1.0
        cells = np.rint((values - low) / spread * LEVELS).astype(np.uint8)
        text = base64.b64encode(cells.tobytes()).decode()
        return cls(target=target, low=low, high=high, cells=text)


class Surface(_Event):
    """What the heads predict over both of two inputs that are one number each.

    `x` and `y` are the inputs' names; points lie evenly from the first to the second value of
    `x_range` and `y_range`. Epoch 0 is before training.
    """

    kind: Literal["surface"] = "surface"
    epoch: float
    """How many epochs are done."""
    x: str
    y: str
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    heads: dict[str, Plane]


class Finished(_Event):
    """The run came to its end after `seconds`; `message` says why it ended early, if it did."""

    kind: Literal["finished"] = "finished"
    seconds: float
    message: str = ""


class Stopped(_Event):
    """Someone stopped the run. What it reached stays."""

    kind: Literal["stopped"] = "stopped"
    seconds: float
    message: str = ""


class Failed(_Event):
    """The run ended badly; `message` is a sentence that says why, and what to do."""

    kind: Literal["failed"] = "failed"
    message: str
    seconds: float = 0.0


class Interrupted(_Event):
    """What the run lived in went away; `message` says what."""

    kind: Literal["interrupted"] = "interrupted"
    message: str
    seconds: float = 0.0


End = Finished | Stopped | Failed | Interrupted
Event = Queued | Started | Progress | Epoch | Report | Surface | End

_EVENTS: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])


def parse_event(text: str | bytes) -> Event:
    """An event from its JSON form. Raises `ValueError` where it is none."""
    return _EVENTS.validate_json(text)


class RunResult(BaseModel):
    """A run as a whole, once it has ended."""

    model_config = ConfigDict(frozen=True)

    status: Status
    history: tuple[Epoch, ...] = ()
    message: str = ""
    seconds: float = 0.0
    parameters: int = 0
    report: Report | None = None

    @property
    def final(self) -> dict[str, float]:
        """The last epoch's logs; empty where no epoch was reached."""
        return dict(self.history[-1].logs) if self.history else {}

    @classmethod
    def of(cls, events: list[Event]) -> RunResult:
        """The result a run's events add up to. The last of them is its end."""
        end = events[-1]
        if not isinstance(end, End):
            raise ValueError(f"A run's last event must be its end, not `{end.kind}`.")
        return cls(
            status=end.kind,
            history=tuple(event for event in events if isinstance(event, Epoch)),
            message=end.message,
            seconds=end.seconds,
            parameters=next((e.parameters for e in events if isinstance(e, Started)), 0),
            report=next((e for e in reversed(events) if isinstance(e, Report)), None),
        )


def finite(logs: dict[str, float]) -> dict[str, float]:
    """The logs that are numbers: a metric may have no value, such as R² of one sample."""
    return {key: value for key, value in logs.items() if math.isfinite(value)}
