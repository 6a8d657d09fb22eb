"""A race from the command line: what is done is taken from the store, the rest trained and kept."""

from __future__ import annotations

import signal
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TextIO

from components.race.evaluation import RaceResult, evaluate
from components.race.outcomes import Lookups, Outcome, look_up
from components.race.plan import PlannedRun, Race, name_of
from components.training.events import End, Epoch, Event, Failed, Finished, Progress, Surface
from components.training.requests import RunRequest

BAR = 30
"""Letters of the progress bar."""


class Services(Protocol):
    """Records which services are alive, as `ServiceRegistry` does."""

    def register(self, service: str) -> None: ...

    def unregister(self, service: str) -> None: ...


class RunWriter(Lookups, Protocol):
    """A store that finished runs are written to."""

    def create(self, request: RunRequest, *, service: str, sweep: str) -> str:
        """A new queued run of a race; its id."""
        ...

    def append(self, run_id: str, *events: Event) -> None:
        """Write down what a run told."""
        ...

    @property
    def services(self) -> Services:
        """The services that write runs."""
        ...


class TrainGroups(Protocol):
    """Trains groups of requests, as `components.training.local_runner.train_groups` does."""

    def __call__(
        self,
        groups: Sequence[Sequence[RunRequest]],
        report: Callable[[str, Event], None],
        should_stop: Callable[[], bool],
        workers: int | None = None,
    ) -> Any: ...


@dataclass(frozen=True)
class RaceOutcome:
    """How a race stands behind one call of the command."""

    result: RaceResult
    known: int
    """Runs that the store had already."""
    stopped: bool
    """Whether it was interrupted."""


def run(
    race: Race,
    store: RunWriter,
    train: TrainGroups,
    tell: TextIO | None = None,
    workers: int | None = None,
) -> RaceOutcome:
    """Train what the store does not have finished, with a progress bar on `tell`,
    standard error by default.

    Ctrl-C ends it within two seconds; what has finished is kept, and the same call goes on from
    there. Raises `SpecError` where a strategy cannot take part.
    """
    cells = {cell.digest: cell for cell in race.cells()}
    outcomes = look_up(race, store)
    done = {digest for digest, outcome in outcomes.items() if outcome.status == "finished"}
    left = [[r for r in group if r.digest not in done] for group in race.groups()]
    groups = [group for group in left if group]
    keeping = _RunRecorder(store, f"compare-{uuid.uuid4().hex[:8]}", race.digest)
    progress = _Progress(race, cells, len(done), tell or sys.stderr)

    def report(digest: str, event: Event) -> None:
        keeping.take(cells[digest].request, digest, event)
        progress.take(digest, event)

    with _interruptible() as stopped:
        if groups:
            progress.draw()
            with keeping:
                train(groups, report, stopped, workers)
            progress.end()
        halted = stopped()
    found = look_up(race, store, outcomes)
    for digest, message in keeping.failed.items():
        if found[digest].status != "finished":
            found[digest] = Outcome("failed", message=message)
    made = evaluate(race, found)
    return RaceOutcome(made, len(done), halted and not made.complete)


def kept(ran: RaceOutcome) -> str:
    """What to know where it was interrupted, in a sentence."""
    found = ran.result
    return f"stopped: {found.done} of {found.total} runs are kept; the same command goes on"


@dataclass
class _RunRecorder:
    """Writes a run to the store once it has finished: one that is cut off leaves nothing."""

    store: RunWriter
    service: str
    """What its runs belong to while they are written, so that no server takes them for left."""
    race: str
    failed: dict[str, str] = field(default_factory=dict)
    """Why runs failed, by digest."""
    _told: dict[str, list[Event]] = field(default_factory=dict)

    def __enter__(self) -> None:
        self.store.services.register(self.service)

    def __exit__(self, *_: object) -> None:
        self.store.services.unregister(self.service)

    def take(self, request: RunRequest, digest: str, event: Event) -> None:
        """Note what a run told, and write it down where it has finished."""
        if not isinstance(event, Progress | Surface):
            self._told.setdefault(digest, []).append(event)
        if isinstance(event, Failed):
            self.failed[digest] = event.message
        if isinstance(event, End):
            told = self._told.pop(digest)
            if isinstance(event, Finished):
                run = self.store.create(request, service=self.service, sweep=self.race)
                self.store.append(run, *told)


class _Progress:
    """A bar on a terminal; on a pipe, a line for each run that ends."""

    def __init__(
        self, race: Race, cells: Mapping[str, PlannedRun], done: int, tell: TextIO
    ) -> None:
        self._race, self._cells, self._tell = race, cells, tell
        self._ended, self._known = done, done
        self._epochs: dict[str, float] = {}
        self._last = f"{done} of {len(cells)} runs are known" if done else "starting"
        self._begun = time.monotonic()
        self._terminal = tell.isatty()

    def take(self, digest: str, event: Event) -> None:
        """Show what a run told."""
        if isinstance(event, Epoch):
            self._epochs[digest] = event.epoch / self._race.settings.epochs
        elif isinstance(event, End):
            self._epochs.pop(digest, None)
            if event.kind in ("finished", "failed"):
                self._ended += 1
            self._last = self._said(digest, event)
            if not self._terminal:
                print(f"{self._ended}/{len(self._cells)}  {self._last}", file=self._tell)
        else:
            return
        self.draw()

    def draw(self) -> None:
        """The bar as it is now."""
        if not self._terminal:
            return
        whole = len(self._cells)
        share = (self._ended + sum(self._epochs.values())) / whole
        filled = round(BAR * share)
        bar = "█" * filled + "░" * (BAR - filled)
        line = f"{bar} {self._ended}/{whole}  {self._left(share)}  {self._last}"
        print(f"\r{line[:118]}\x1b[K", end="", file=self._tell, flush=True)

    def end(self) -> None:
        """A new line behind the bar."""
        if self._terminal:
            print(file=self._tell)

    def _left(self, share: float) -> str:
        fresh = share - self._known / len(self._cells)
        if fresh <= 0:
            return "…"
        seconds = (time.monotonic() - self._begun) * (1 - share) / fresh
        return f"{int(seconds) // 60}:{int(seconds) % 60:02d} left"

    def _said(self, digest: str, event: Event) -> str:
        cell = self._cells[digest]
        return f"{cell.entry.text} on {name_of(cell.data)}, seed {cell.seed}: {event.kind}"


@contextmanager
def _interruptible() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed; a second one interrupts at once."""
    pressed: list[int] = []

    def press(number: int, _: object) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.append(number)

    before = signal.signal(signal.SIGINT, press)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)
