"""What the teacher's view shows, read from the store and the processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from components.core.errors import PlaygroundError
from components.core.text import ordinal, plural
from components.keras_host.host import server_host
from components.runs.run import Run
from components.runs.run_service import Service
from components.training.events import UNFINISHED
from components.ui.admin.processes import METER, ProcessUse
from components.ui.kit.engine import engine
from components.ui.kit.people import PEOPLE, OpenSession

LISTED = 1000
"""Runs and races read at most."""


@dataclass(frozen=True)
class Work:
    """A single run or a race that waits or is being trained."""

    kind: Literal["run", "race"]
    id: str
    owner: str
    name: str
    state: str
    since: float
    """When it was submitted, in seconds since the epoch."""


@dataclass(frozen=True)
class Overview:
    """All that the page shows at one moment."""

    work: Sequence[Work]
    """What is trained, then the queue in its order, then the races."""
    sessions: Sequence[OpenSession]
    processes: Sequence[ProcessUse]
    database: int
    """Bytes."""

    @property
    def owners(self) -> set[str]:
        """People with an open tab, or with work."""
        return {s.owner for s in self.sessions} | {w.owner for w in self.work}


def overview(runs: Service) -> Overview:
    """The state of the server now."""
    pool = engine().pool
    workers = pool.processes() if pool is not None else []
    training = set(server_host().children()) - set(workers)
    return Overview(
        [*_runs(runs), *_races(runs)],
        PEOPLE.sessions(),
        METER.read(workers, training),
        runs.store.database.size(),
    )


def stop(runs: Service, work: Work) -> None:
    """Stop a run or a race. Does nothing if it has ended. Raises the errors of `Service.stop`."""
    if work.kind == "race":
        runs.end(work.id)
    else:
        runs.stop(work.id)


def stop_all(runs: Service) -> None:
    """Stop all runs and races. Raises the first error, after it has tried all of them."""
    errors = []
    for work in [*_races(runs), *_runs(runs)]:
        try:
            stop(runs, work)
        except PlaygroundError as error:
            errors.append(error)
    if errors:
        raise errors[0]


def _runs(runs: Service) -> list[Work]:
    """What is trained, and then the queue in its order."""
    positions = {run.id: number for number, run in enumerate(runs.store.queue.waiting(), 1)}
    listed = runs.store.list(limit=LISTED, statuses=UNFINISHED)
    ordered = sorted(listed, key=lambda run: (positions.get(run.id, 0), run.created))
    return [
        Work("run", run.id, run.owner, run.name, _state(run, positions), run.created.timestamp())
        for run in ordered
    ]


def _state(run: Run, positions: Mapping[str, int]) -> str:
    if run.id in positions:
        return f"waits, {ordinal(positions[run.id])} in the queue"
    return "is being trained" if run.status == "running" else "starts"


def _races(runs: Service) -> list[Work]:
    return [
        Work(
            "race",
            sweep.id,
            sweep.owner,
            f"{sweep.name} without each input" if sweep.refits else sweep.name or "race",
            f"{plural(len(sweep.digests), 'run')}, {sweep.state}",
            sweep.created.timestamp(),
        )
        for sweep in runs.store.sweeps.list(limit=LISTED, refits=True)
        if sweep.state in ("running", "paused")
    ]
