"""A runner for tests of the queue: its jobs end at once, or when the test ends them."""

from __future__ import annotations

import threading

from components.experiments.queue.run_service import Service
from components.experiments.queue.runner import Job, JobEnd, JobListener
from components.experiments.queue.store import Store
from components.experiments.training.events import (
    End,
    Epoch,
    Event,
    Finished,
    Paused,
    Started,
    Stopped,
)
from components.experiments.training.limits import Limits
from tests.waiting import wait_until

LIMITS = Limits(memory=3_000_000_000)


class FakeRunner:
    """Runner that starts the runs of a job, and ends them at once or with `finish`."""

    can_pause = True

    def __init__(self, listener: JobListener, slots: int, instant: bool) -> None:
        self._listener, self._slots = listener, slots
        self.instant = instant
        """`True` if jobs end at once."""
        self._lock = threading.Lock()
        self.started: list[str] = []
        """Runs in the order of their start."""
        self.jobs: dict[str, Job] = {}
        self.interrupted: set[str] = set()
        self.paused: set[str] = set()
        self.closed = False

    def count_slots(self) -> int:
        return self._slots

    def has_ended(self) -> bool:
        return False

    def submit(self, job: Job) -> None:
        self.jobs[job.key] = job
        self._start(next(iter(job.runs)))
        if self.instant:
            self.finish(job.key)

    def stop(self, key: str) -> None:
        self.end(key, Stopped(seconds=0.5))

    def interrupt(self, key: str) -> None:
        self.interrupted.add(key)
        if key in self.paused:
            self.jobs.pop(key)
            self._listener.on_end(key, JobEnd())

    def pause_after(self, key: str, epochs: int | None) -> None:
        """Pause the job's run at once, or continue it if `epochs` is `None`."""
        run_id = next(iter(self.jobs[key].runs))
        if epochs is None:
            self.paused.discard(key)
            self.send(run_id, Started(parameters=1, epochs=1))
        else:
            self.paused.add(key)
            self.send(run_id, Paused(epoch=1))

    def close(self) -> None:
        self.closed = True

    def finish(self, key: str) -> None:
        """Finish a job, or only its first run if it was interrupted."""
        self.end(key, Finished(seconds=1.0))

    def key_of(self, run_id: str) -> str:
        """Return the key of the job with this run; empty if there is none."""
        return next((key for key, job in list(self.jobs.items()) if run_id in job.runs), "")

    def _start(self, run_id: str) -> None:
        self.started.append(run_id)
        started = Started(parameters=1)
        self.send(run_id, started, Epoch(epoch=1, logs={"loss": 1.0}, seconds=0.1))

    def end(self, key: str, event: End) -> None:
        """End a job's runs with an event; only the first one if the job was interrupted."""
        with self._lock:
            job = self.jobs.pop(key, None)
        if job is None:
            return
        first, *rest = job.runs
        rest = [] if key in self.interrupted else rest
        for run_id in rest:
            self._start(run_id)
        for run_id in (first, *rest):
            self.send(run_id, event)
        results = [(event, b"")] * (1 + len(rest))
        self._listener.on_end(key, JobEnd(results))

    def send(self, run_id: str, *events: Event) -> None:
        """Report events of a run."""
        self._listener.on_events([(run_id, event) for event in events])


class FakeServer:
    """Service with a fake runner, and with its own database connections.

    With 0 slots, all its runs wait until they are stopped.
    """

    def __init__(self, url: str | None = None, slots: int = 1, instant: bool = False) -> None:
        self.store = Store(url)
        self._runners: list[FakeRunner] = []
        self.service = Service(
            self.store, lambda listener: self._launch(listener, slots, instant), LIMITS
        )
        self.service.warm_up()
        wait_until(lambda: self._runners)

    @property
    def runner(self) -> FakeRunner:
        return self._runners[-1]

    def close(self) -> None:
        self.service.shutdown()
        self.store.close()

    def finish(self, run_id: str) -> None:
        self.runner.finish(self.runner.key_of(run_id))

    def in_training(self, run_id: str = "") -> Job:
        """Wait until the runner has the job with a run, or any job, and return it."""

        def jobs() -> list[Job]:
            return [job for job in list(self.runner.jobs.values()) if run_id in ("", *job.runs)]

        return wait_until(jobs)[0]

    def _launch(self, listener: JobListener, slots: int, instant: bool) -> FakeRunner:
        self._runners.append(FakeRunner(listener, slots, instant))
        return self.runner
