"""A race from the command line: finished runs come from the store, the others are trained."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, TextIO

from components.core.text import progress_bar
from components.race.evaluation import RaceResult, evaluate
from components.race.plan import RacePlan, look_up, plan_race
from components.race.setup import Race, data_name
from components.race.stored_race import StoredRace
from components.runs.foreground import train_sweep
from components.training.events import Outcome
from components.training.requests import RunRequest

if TYPE_CHECKING:
    from components.runs.store import Store

Groups = Sequence[Sequence[RunRequest]]
Grouped = Callable[[Groups], Groups]


@dataclass(frozen=True)
class RaceOutcome:
    """A race after one call of the command."""

    plan: RacePlan
    outcomes: Mapping[str, Outcome]
    """By digest, after the runs that were missing have been trained."""
    halted: bool
    """`True` if the race was ended, by Ctrl-C or from elsewhere."""

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
    workers: int | None = None,
    output: TextIO | None = None,
    grouped: Grouped = lambda groups: groups,
) -> RaceOutcome:
    """Train the runs that have not finished in the store, by its queue.

    A progress bar is written to `output`, which is standard error by default. Runs are trained in
    groups of one process, which `grouped` may change.

    Ctrl-C ends it within two seconds; finished runs are kept, and the same call continues from
    there. Raises what `plan_race` raises.
    """
    plan = plan_race(race)
    labels = {
        run.digest: f"{run.entry.text} on {data_name(run.data)}, seed {run.seed}"
        for run in plan.runs
    }
    outcomes, whole = look_up(labels, store), True
    done = [digest for digest, outcome in outcomes.items() if outcome.status == "finished"]
    if len(done) < len(labels):
        order = StoredRace(plan).order()
        order = replace(order, groups=grouped(order.groups))
        progress = _ProgressBar(labels, done, output or sys.stderr)
        progress.draw()

        def see(sweep: str) -> None:
            progress.take(store.sweeps.ended(sweep))

        with _interruptible() as stopped:
            whole = train_sweep(order, store, workers, see, stopped)
        progress.end()
    return RaceOutcome(plan, look_up(labels, store, outcomes), not whole)


def stopped_note(outcome: RaceOutcome) -> str:
    """What an interrupted race has kept."""
    result = outcome.result
    kept = f"{result.done:,} of {result.total:,} runs are kept"
    return f"stopped: {kept}; run the same command to continue"


class _ProgressBar:
    """A bar on a terminal; on a pipe, a line for each run that ends."""

    def __init__(self, labels: Mapping[str, str], done: Iterable[str], output: TextIO) -> None:
        self._labels, self._output, self._ended = labels, output, set(done)
        self._known, self._start = len(self._ended), time.monotonic()
        self._last = f"{self._known:,} of {len(labels):,} runs are known"
        self._terminal = output.isatty()

    def take(self, ended: Mapping[str, str]) -> None:
        """Show the runs that have ended since, with their status by digest."""
        for digest, status in ended.items():
            if digest not in self._ended:
                self._ended.add(digest)
                self._last = f"{self._labels[digest]}: {status}"
                if not self._terminal:
                    count = f"{len(self._ended):,}/{len(self._labels):,}"
                    print(f"{count}  {self._last}", file=self._output)
        self.draw()

    def draw(self) -> None:
        """Draw the bar as it is now."""
        if not self._terminal:
            return
        ended, total, left = len(self._ended), len(self._labels), "…"
        if fresh := ended - self._known:
            seconds = int((time.monotonic() - self._start) * (total - ended) / fresh)
            left = f"{seconds // 60}:{seconds % 60:02d} left"
        line = f"{progress_bar(ended / total)} {ended:,}/{total:,}  {left}  {self._last}"
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
