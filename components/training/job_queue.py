"""What Dask has of the app: pieces of work that are sent, lost, stopped and ended."""

from __future__ import annotations

import atexit
import logging
import queue
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal

from components.core.errors import PlaygroundError, RunError
from components.training import dask_worker
from components.training.cluster import Cluster
from components.training.events import (
    NEVER_STARTED,
    End,
    Event,
    Failed,
    Interrupted,
    Stopped,
    parse_event,
)
from components.training.limits import Limits
from components.training.store import Store

State = Literal["cold", "starting", "ready", "closed"]

TICK_SECONDS = 0.2
"""How often the cluster's processes are looked at."""
BEAT_SECONDS = 3.0
"""How often the store is told that this service lives."""
CONNECT_SECONDS = 30.0
"""How long a scheduler and its first worker may take to answer."""
CLOSE_SECONDS = 10.0
"""How long `shutdown` waits."""
SLOTS_SECONDS = 2.0
"""How often workers are counted."""
SWEEP_PRIORITY = -1
"""Dask's priority of a sweep's groups; that of a single run is 0, and so it comes first."""
SENDS = 2
"""How often a run is handed to a cluster at most; only one that never began is handed on again."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Link:
    """A cluster, and Dask's client of it."""

    cluster: Cluster
    client: Any


@dataclass
class Task:
    """What Dask has as one piece of work: one run, or the runs of a sweep's group."""

    key: str
    runs: dict[str, str]
    """Requests by run's id."""
    sweep: str = ""
    """The sweep they belong to; empty for a single run."""
    sent: int = 0
    future: Any = None


class Tasks:
    """Hands work to Dask, and writes what it tells to the store. Safe under threads.

    One thread does all that touches Dask, one thing after another; public methods hand it work and
    return. `launch` starts or finds the cluster when it is first needed, and again after a local
    one has lost a process.
    """

    def __init__(self, store: Store, launch: Callable[[], Cluster], limits: Limits | None) -> None:
        self.store = store
        self.id = uuid.uuid4().hex[:12]
        self._launch = launch
        self._limits = limits
        self._topic = f"fusion-runs-{self.id}"
        self._inbox: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        self._link: Link | None = None
        self._tasks: dict[str, Task] = {}
        """Those that Dask has. The key of a single run's is the run's id."""
        self._ends: dict[str, Event] = {}
        """Ends that were told while the run's result, and with it its model, is on its way."""
        self._sweeps: set[str] = set()
        """Those that run here."""
        self._slots = (0.0, 1)
        """When workers were counted last, and how many runs they take at a time."""
        self._state: State = "cold"
        self._beaten = time.monotonic()
        self.store.services.register(self.id)
        self.store.mark_interrupted()
        self._thread = threading.Thread(target=self._serve, name="runs", daemon=True)
        self._thread.start()
        atexit.register(self.shutdown)

    def warm(self) -> None:
        """Start the cluster in the background, so that the first run begins at once."""
        self._inbox.put(self._warm)

    def shutdown(self) -> None:
        """End the cluster and every process of it. What still ran is interrupted."""
        atexit.unregister(self.shutdown)
        if self._state != "closed":
            self._state = "closed"
            self._inbox.put(lambda: None)
            self._thread.join(CLOSE_SECONDS)

    def _serve(self) -> None:
        while self._state != "closed":
            with suppress(queue.Empty):
                self._do(self._inbox.get(timeout=TICK_SECONDS))
            self._do(self._tick)
            self._do(self._between)
        self._do(self._close)

    def _do(self, action: Callable[[], object]) -> None:
        try:
            action()
        except Exception:
            if not threading.main_thread().is_alive():
                return
            _log.exception("The service of runs goes on after an error.")

    def _between(self) -> None:
        """What is looked after between any two pieces of work: nothing here."""

    def _tick(self) -> None:
        now = time.monotonic()
        if self._link is not None and self._link.cluster.ended():
            self._lose(self._link)
        if now - self._beaten > BEAT_SECONDS:
            self._beaten = now
            self.store.services.beat(self.id)
            self.store.mark_interrupted()

    def _warm(self) -> None:
        try:
            self._connected()
        except PlaygroundError as error:
            _log.warning("%s", error)

    def _connected(self) -> Link:
        """The link to the cluster, made where there is none. Raises `RunError`."""
        if self._link is None:
            self._state = "starting"
            try:
                self._link = self._connect(self._launch())
            finally:
                self._state = "ready" if self._link else "cold"
        return self._link

    def _connect(self, cluster: Cluster) -> Link:
        from distributed import Client

        # What the client says of a lost scheduler, the service says better.
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
        try:
            client = Client(cluster.address, timeout=CONNECT_SECONDS, set_as_default=False)
            client.subscribe_topic(self._topic, self._hear)
            if cluster.ours:
                client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except (OSError, TimeoutError, ValueError) as error:
            cluster.close()
            raise RunError(
                "The scheduler of runs must answer.",
                f"{cluster.address}: {type(error).__name__}",
                "See that it is up and has a worker, or unset DASK_SCHEDULER_ADDRESS to use a "
                "local one.",
            ) from error
        return Link(cluster, client)

    def _send(self, task: Task) -> bool:
        """Hand what has not ended of a task to Dask. Where that fails its runs do."""
        task.runs = {r: text for r, text in task.runs.items() if not self.store.get(r).ended}
        if not task.runs:
            return True
        try:
            link = self._connected()
        except PlaygroundError as error:
            for run_id in task.runs:
                self.store.append(run_id, Failed(message=str(error)))
            return False
        task.sent += 1
        future = task.future = link.client.submit(
            dask_worker.run,
            task.key,
            self._topic,
            tuple(task.runs.items()),
            self._limits or Limits(),
            0 if task.sweep else self.store.models.max_file_bytes,
            key=f"run-{task.key}-{task.sent}",
            priority=SWEEP_PRIORITY if task.sweep else 0,
            pure=False,
        )
        self._tasks[task.key] = task
        if not task.sweep and self._in_flight() and len(self._tasks) > self._count_slots():
            link.client.run(dask_worker.cut, on_error="ignore")
        future.add_done_callback(lambda done: self._inbox.put(lambda: self._done(link, task, done)))
        return True

    def _hear(self, logged: tuple[float, dask_worker.Told]) -> None:
        """Called by Dask's thread for some events."""
        self._inbox.put(lambda: self._take(logged[1]))

    def _take(self, told: dask_worker.Told) -> None:
        """Write events down; an end waits for the model, so that it is there when it is told."""
        for run_id, texts in groupby(told, key=itemgetter(0)):
            events = [parse_event(text) for _, text in texts]
            if run_id in self._tasks and isinstance(events[-1], End):
                self._ends[run_id] = events.pop()
            self.store.append(run_id, *events)

    def _done(self, link: Link, task: Task, future: Any) -> None:
        if self._tasks.get(task.key) is not task or task.future is not future:
            return
        if future.status == "finished":
            del self._tasks[task.key]
            results = future.result()
            for run_id, (text, model) in zip(task.runs, results, strict=False):
                self._keep(run_id, model)
                self._end(run_id, parse_event(text))
            self._go_on(task, len(results))
        elif future.status == "error" and not _is_killed(future):
            del self._tasks[task.key]
            for run_id in task.runs:
                self._end(run_id, Failed(message=str(_worker_cannot(future.exception()))))
        elif link.cluster.ours and link is self._link and future.status != "cancelled":
            self._lose(link)
        else:
            self._lost(task)

    def _go_on(self, task: Task, done: int) -> None:
        """Hand on what is left of a task that was cut, unless its sweep no longer runs."""
        left = dict(list(task.runs.items())[done:])
        if task.sweep in self._sweeps:
            self._send(Task(key_of(left), left, task.sweep))
        else:
            for run_id in left:
                self._end(run_id, Stopped(seconds=0.0, message=NEVER_STARTED))

    def _keep(self, run_id: str, model: bytes) -> None:
        try:
            if model:
                self.store.keep_model(run_id, model)
        except OSError:
            _log.exception("A trained model could not be kept.")

    def _end(self, run_id: str, event: Event) -> None:
        self.store.append(run_id, self._ends.pop(run_id, event))

    def _lose(self, link: Link) -> None:
        """Give up a local cluster that lost a process, and start another."""
        self._link = None
        _drop(link)
        for task in list(self._tasks.values()):
            self._lost(task)
        self._warm()

    def _lost(self, task: Task) -> None:
        """Runs whose worker is gone: hand on what never began; what did is interrupted."""
        del self._tasks[task.key]
        for run_id in list(task.runs):
            begun = self.store.get(run_id).status != "queued" or run_id in self._ends
            if begun or task.sent == SENDS:
                del task.runs[run_id]
                self._end(run_id, Interrupted(message=str(_worker_gone())))
        self._send(task)

    def _stop_task(self, task: Task, waits: bool) -> None:
        """Have workers stop a task; one that `waits` is also forgotten."""
        if waits:
            del self._tasks[task.key]
            task.future.cancel()
        if self._link is not None:
            self._link.client.run(dask_worker.stop, task.key, on_error="ignore")

    def _in_flight(self, sweep_id: str | None = None) -> int:
        """Groups that Dask has, of one sweep where given."""
        tasks = self._tasks.values()
        return sum(bool(task.sweep) and sweep_id in (None, task.sweep) for task in tasks)

    def _count_slots(self) -> int:
        """How many runs are trained at a time; 1 while that is not known."""
        counted, slots = self._slots
        now = time.monotonic()
        if self._link is not None and now - counted > SLOTS_SECONDS:
            with suppress(OSError, TimeoutError):
                slots = max(1, sum(self._link.client.nthreads().values()))
            self._slots = (now, slots)
        return slots

    def _must_be_up(self) -> None:
        if self._state == "closed":
            raise RunError(
                "A run needs a service that is up.", "one that was shut down", "Start the server."
            )

    def _close(self) -> None:
        for run_id in [run_id for task in self._tasks.values() for run_id in task.runs]:
            self._end(run_id, Interrupted(message=str(_shut_down())))
        if self._link is not None:
            _drop(self._link)
        self._link = None
        self.store.services.unregister(self.id)
        self.store.mark_interrupted()


def _drop(link: Link) -> None:
    with suppress(Exception):
        link.client.close(timeout=1)
    link.cluster.close()


def key_of(runs: Mapping[str, str]) -> str:
    """The key of a group's task, which is no run's id."""
    return f"group-{next(iter(runs), '')}"


def _is_killed(future: Any) -> bool:
    from distributed import KilledWorker

    return isinstance(future.exception(), KilledWorker)


def _worker_cannot(error: BaseException) -> RunError:
    return RunError(
        "A worker must be able to run what it is given.",
        f"{type(error).__name__}: {error}"[:300],
        "Install the same version of the playground where the workers are.",
    )


def _worker_gone() -> RunError:
    return RunError(
        "A run's worker must live until the run is done.",
        "a worker that went away",
        "Start the run again; what it had reached is kept.",
    )


def _shut_down() -> RunError:
    return RunError(
        "The server must stay up until a run is done.",
        "a server that was shut down",
        "Start the run again; what it had reached is kept.",
    )
