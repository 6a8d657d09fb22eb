"""Control of runs in training, and the messages that bring it to the child that trains them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from components.experiments.training.models import SaveOptions
from components.experiments.training.requests import RunRequest


@dataclass(frozen=True)
class PauseAfter:
    """Message that the current run pauses after a number of epochs; `None` ends the pause."""

    epochs: int | None = None

    def holds(self, done: int) -> bool:
        """Return `True` if a run waits after this number of epochs."""
        return self.epochs is not None and done >= self.epochs


@dataclass(frozen=True)
class Work:
    """First message to a child: its runs, which it trains one after another.

    `saves` has one entry for each request, or is empty: at the end, the trained model is in its
    file if it was small enough and there was time.
    """

    requests: Sequence[RunRequest]
    saves: Sequence[SaveOptions | None] = ()
    pause: PauseAfter = PauseAfter()
    """Pause of the runs, as long as their control has none."""

    def after(self, done: int, pause: PauseAfter | None) -> Work:
        """Return the work that is left after the first runs, with another pause if there is one."""
        return Work(self.requests[done:], self.saves[done:], pause or self.pause)


class Command(Enum):
    """Message without a value, after the work."""

    STOP = auto()
    """End the current run, and do not start the others."""
    NEXT = auto()
    """Start the next run."""


Message = Command | PauseAfter
"""Message to a child that has its work."""


@dataclass
class RunControl:
    """State that runs in training obey. It may change at any time, in any thread."""

    stopped: bool = False
    """`True` to end the current run, and not to start the others."""
    interrupted: bool = False
    """`True` to end after the current run, or at once if that is paused."""
    pause: PauseAfter | None = None
    """Pause of the current run; `None` for the one in its work."""
    is_cancelled: Callable[[], bool] = lambda: False
    """Function that is called repeatedly; the runs stop once it returns true, too."""

    def should_stop(self) -> bool:
        return self.stopped or self.is_cancelled()

    def is_paused(self, done: int) -> bool:
        """Return `True` if a run waits after this number of epochs."""
        return self.pause is not None and self.pause.holds(done)

    def await_turn(self) -> None:
        """Return when the next run may start: at once, if nobody else says when."""
