"""A race from the command line: finished runs come from the store, the others are trained."""

from __future__ import annotations

import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TextIO

from components.core.text import progress_bar
from components.race.evaluation import RaceResult, evaluate
from components.race.plan import RacePlan, look_up, plan_race, run_groups
from components.race.setup import Race, data_name
from components.training.events import (
    End,
    Epoch,
    Event,
    Failed,
    Finished,
    Outcome,
    Progress,
    Surface,
)

if TYPE_CHECKING:
    from components.runs.store import Store


@dataclass(frozen=True)
class RaceOutcome:
    """A race after one call of the command."""

    plan: RacePlan
    outcomes: Mapping[str, Outcome]
    """By digest, after the runs that were missing have been trained."""
    halted: bool
    """Whether Ctrl-C was pressed."""

    @cached_property
    def result(self) -> RaceResult:
        """The result of the compared head."""
        return evaluate(self.plan, self.outcomes)

    def of_head(self, head: str) -> RaceResult:
        """The result of any head."""
        return evaluate(self.plan.of_head(head), self.outcomes)

    @property
    def stopped(self) -> bool:
        """Whether it was interrupted before its end."""
        return self.halted and not self.result.complete


def train_race(
    race: Race,
    store: Store,
    train: Callable[..., object],
    output: TextIO | None = None,
    workers: int | None = None,
) -> RaceOutcome:
    """Train the runs that have not finished in the store.

    `train` is `train_groups`, or a function with the same arguments. A progress bar is written to
    `output`, which is standard error by default.

    Ctrl-C ends it within two seconds; finished runs are kept, and the same call continues from
    there. Raises what `plan_race` raises.
    """
    plan = plan_race(race)
    labels = {
        run.digest: f"{run.entry.text} on {data_name(run.data)}, seed {run.seed}"
        for run in plan.runs
    }
    outcomes = look_up(labels, store)
    done = {digest for digest, outcome in outcomes.items() if outcome.status == "finished"}
    missing = [
        {digest: request for digest, request in group.items() if digest not in done}
        for group in run_groups(plan)
    ]
    groups = [[*group.values()] for group in missing if group]
    requests = {digest: request for group in missing for digest, request in group.items()}
    events, failed = defaultdict[str, list[Event]](list), dict[str, str]()
    progress = _ProgressBar(labels, race.settings.epochs, len(done), output or sys.stderr)

    def report(digest: str, event: Event) -> None:
        """Keeps a run once it has finished: an interrupted one leaves nothing."""
        if not isinstance(event, Progress | Surface):
            events[digest].append(event)
        if isinstance(event, Failed):
            failed[digest] = event.message
        if isinstance(event, Finished):
            store.create(requests[digest], sweep=race.digest, events=events.pop(digest))
        progress.take(digest, event)

    with _interruptible() as stopped:
        if groups:
            progress.draw()
            train(groups, report, stopped, workers)
            progress.end()
        halted = stopped()
    outcomes = look_up(labels, store, outcomes)
    for digest, message in failed.items():
        if outcomes[digest].status != "finished":
            outcomes[digest] = Outcome("failed", message=message)
    return RaceOutcome(plan, outcomes, halted)


def stopped_note(outcome: RaceOutcome) -> str:
    """What an interrupted race has kept."""
    result = outcome.result
    kept = f"{result.done:,} of {result.total:,} runs are kept"
    return f"stopped: {kept}; run the same command to continue"


class _ProgressBar:
    """A bar on a terminal; on a pipe, a line for each run that ends."""

    def __init__(self, labels: Mapping[str, str], epochs: int, done: int, output: TextIO) -> None:
        self._labels, self._epochs, self._output = labels, epochs, output
        self._ended, self._known = done, done
        self._under_way: dict[str, float] = {}
        """The share of each run in training that is done."""
        self._last = f"{done:,} of {len(labels):,} runs are known" if done else "starting"
        self._start = time.monotonic()
        self._terminal = output.isatty()

    def take(self, digest: str, event: Event) -> None:
        """Show an event of a run."""
        if isinstance(event, Epoch):
            self._under_way[digest] = event.epoch / self._epochs
        elif isinstance(event, End):
            self._under_way.pop(digest, None)
            if event.kind in ("finished", "failed"):
                self._ended += 1
            self._last = f"{self._labels[digest]}: {event.kind}"
            if not self._terminal:
                print(f"{self._ended:,}/{len(self._labels):,}  {self._last}", file=self._output)
        else:
            return
        self.draw()

    def draw(self) -> None:
        """Draw the bar as it is now."""
        if not self._terminal:
            return
        total = len(self._labels)
        share = (self._ended + sum(self._under_way.values())) / total
        fresh, left = share - self._known / total, "…"
        if fresh > 0:
            seconds = int((time.monotonic() - self._start) * (1 - share) / fresh)
            left = f"{seconds // 60}:{seconds % 60:02d} left"
        line = f"{progress_bar(share)} {self._ended:,}/{total:,}  {left}  {self._last}"
        print(f"\r{line[:118]}\x1b[K", end="", file=self._output, flush=True)

    def end(self) -> None:
        """Begin a new line after the bar."""
        if self._terminal:
            print(file=self._output)


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
