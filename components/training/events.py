"""What a run tells of itself: frozen values with a JSON form."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

Status = Literal["queued", "running", "finished", "stopped", "failed", "interrupted"]
ENDS: frozenset[Status] = frozenset({"finished", "stopped", "failed", "interrupted"})
"""The ways a run can end."""


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

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
Event = Queued | Started | Progress | Epoch | End

_EVENTS: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])


def parse_event(text: str | bytes) -> Event:
    """An event from its JSON form. Raises `ValueError` where it is none."""
    return _EVENTS.validate_json(text)


class Result(BaseModel):
    """A run as a whole, once it has ended."""

    model_config = ConfigDict(frozen=True)

    status: Status
    history: tuple[Epoch, ...] = ()
    message: str = ""
    seconds: float = 0.0
    parameters: int = 0

    @property
    def final(self) -> dict[str, float]:
        """The last epoch's logs; empty where no epoch was reached."""
        return dict(self.history[-1].logs) if self.history else {}

    @classmethod
    def of(cls, events: list[Event]) -> Result:
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
        )


def finite(logs: dict[str, float]) -> dict[str, float]:
    """The logs that are numbers: a metric may have no value, such as R² of one sample."""
    return {key: value for key, value in logs.items() if math.isfinite(value)}
