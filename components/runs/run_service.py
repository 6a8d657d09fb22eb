"""The service of runs as the app uses it: submit and stop runs and sweeps; the store shows them."""

from __future__ import annotations

import atexit
import os
import threading
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from components.core.errors import RunError
from components.core.limits import WORKERS
from components.database.upkeep import remove_old
from components.keras_host.host import server_host
from components.runs.action_thread import ActionThread
from components.runs.dask_runner import DaskRunner
from components.runs.dispatcher import Dispatcher, RunnerState
from components.runs.queue import QueuePosition
from components.runs.runner import JobListener, Launch, LocalRunner, Runner
from components.runs.store import Store
from components.training.events import UNFINISHED
from components.training.limits import Limits, QueueLimits, check_limits
from components.training.requests import RunRequest

BEAT_SECONDS = 3.0
"""Time between two heartbeats."""
UPKEEP_SECONDS = 3600.0
"""Time between two removals of what is old."""


def runner_of_environment(listener: JobListener) -> Runner:
    """A runner on the cluster at DASK_SCHEDULER_ADDRESS, or one for FUSION_WORKERS runs here.

    Raises `RunError` if a variable is not valid or the scheduler does not answer.
    """
    address = os.environ.get("DASK_SCHEDULER_ADDRESS")
    if address:
        return DaskRunner(address, listener)
    return LocalRunner(WORKERS.value(), listener, server_host())


@dataclass(frozen=True)
class ServiceStatus:
    """The state of the service. `running` and `queued` count its own runs."""

    state: RunnerState | Literal["closed"]
    address: str
    running: int
    queued: int


class Service:
    """Queues runs and sweeps for a runner; the store shows their progress. Safe under threads.

    One thread does all the work, one action after another; public methods return at once.
    """

    def __init__(
        self,
        store: Store | None = None,
        launch: Launch = runner_of_environment,
        limits: Limits | None = None,
        queue_limits: QueueLimits | None = None,
    ) -> None:
        self.store = store or Store()
        self.id = uuid.uuid4().hex[:12]
        self._limits, self._queue_limits = limits, queue_limits or QueueLimits()
        self._thread = ActionThread("runs", (self._beat, self._tick), self._close)
        self._dispatcher = Dispatcher(
            self.store, self.id, launch, limits, self._queue_limits, self._thread.put
        )
        self._last_beat = time.monotonic()
        self._last_upkeep = -UPKEEP_SECONDS
        self.store.services.register(self.id, self._dispatcher.slots)
        self.store.mark_interrupted()
        self._thread.start()
        server_host()  # It also ends at exit: after this, because it is there before.
        atexit.register(self.shutdown)

    def warm_up(self) -> None:
        """Start the runner in the background, so that the first run starts at once."""
        self._thread.put(self._dispatcher.warm_up)

    def submit(
        self, request: RunRequest, owner: str = "", name: str | None = None, sender: str = ""
    ) -> str:
        """Queue a run and return its id. `sender` is the network address of its owner.

        Raises `RunError` if it needs more memory than it may, the queue is full or the service was
        shut down, and `SpecError` or `DataError` if its model or data can't be built; nothing is
        stored then.
        """
        self._require_running()
        needed = check_limits(request, self._limits or Limits())
        run_id = self.store.submit(
            request, owner, name, self.id, needed, self._queue_limits, sender=sender
        )
        self._thread.wake()
        return run_id

    def queue_position(self, run_id: str) -> QueuePosition | None:
        """Where a run waits in the queue, and how long; `None` if it does not wait."""
        return self.store.queue.position(run_id, self.store.services.count_slots())

    def stop(self, run_id: str) -> None:
        """Stop a run, queued or running, within two seconds, whichever server has it.

        Does nothing if it has ended. Raises `RunError` if it is unknown, or belongs to a sweep.
        """
        self.store.stop(run_id)
        self._thread.wake()

    def submit_sweep(
        self,
        groups: Sequence[Sequence[RunRequest]],
        plan: str = "",
        owner: str = "",
        name: str = "",
        refits: str = "",
        inspect: bool = False,
    ) -> str:
        """Queue groups of runs as a sweep and return its id.

        One child process trains a whole group. Single runs come first: a group gives way after its
        current run. Owners of sweeps take turns. Requests that have finished before are skipped;
        those that are too large or have no data fail. No model is kept; with `inspect`, each is
        inspected after its training. `refits` is the run whose model it trains again without each
        of its inputs. Raises `RunError` if there is no run, or the service was shut down.
        """
        self._require_running()
        sweep_id = self.store.sweeps.create(groups, plan, owner, name, self.id, refits, inspect)
        self.store.sweeps.ask(sweep_id, retry_failed=True)
        self._thread.wake()
        return sweep_id

    def pause(self, sweep_id: str) -> None:
        """Start no more runs of a running sweep; running ones go on to their end.

        Raises `RunError` if the sweep is unknown. The server that runs it sees its new state.
        """
        self.store.sweeps.get(sweep_id)
        self.store.sweeps.change_state(sweep_id, "paused")
        self._thread.wake()

    def resume(self, sweep_id: str, retry_failed: bool = False) -> None:
        """Train the rest of a sweep here, with `retry_failed` also its failed runs.

        Raises `RunError` if the sweep is unknown, or if the service was shut down.
        """
        self._require_running()
        self.store.mark_interrupted()
        self.store.sweeps.get(sweep_id)
        if self.store.sweeps.claim(sweep_id, self.id):
            self.store.sweeps.ask(sweep_id, retry_failed)
            self._thread.wake()

    def end(self, sweep_id: str) -> None:
        """End a sweep: stop its running runs within two seconds, and start no others.

        Raises `RunError` if the sweep is unknown. The server that runs it sees its new state.
        """
        self.store.sweeps.get(sweep_id)
        self.store.sweeps.end(sweep_id)
        self._thread.wake()

    def status(self) -> ServiceStatus:
        """Whether the service is ready, and how many runs it has."""
        runs = self.store.list(statuses=UNFINISHED, limit=1000, sweeps=True)
        counts = Counter(run.status for run in runs if run.service == self.id)
        state = "closed" if self.is_shut_down else self._dispatcher.state
        return ServiceStatus(state, self._dispatcher.address, counts["running"], counts["queued"])

    @property
    def is_shut_down(self) -> bool:
        """Whether it trains nothing any more."""
        return self._thread.closed

    def shutdown(self) -> None:
        """End the runner and all its processes.

        Runs that are being trained are interrupted; those that wait go on in the next service.
        """
        atexit.unregister(self.shutdown)
        self._thread.close()

    def _beat(self) -> None:
        now = time.monotonic()
        if now - self._last_beat > BEAT_SECONDS:
            self.store.services.beat(self.id, self._dispatcher.slots)
            self.store.mark_interrupted()
            self._dispatcher.recover()
            self._last_beat = now
        if now - self._last_upkeep > UPKEEP_SECONDS:
            remove_old(self.store.database)
            self._last_upkeep = now

    def _tick(self) -> None:
        self._dispatcher.tick()

    def _close(self) -> None:
        self._dispatcher.close()
        self.store.services.unregister(self.id)
        self.store.mark_interrupted()

    def _require_running(self) -> None:
        if self.is_shut_down:
            raise RunError(
                "The service of runs must be running.",
                "a service that was shut down",
                "Start the server.",
            )


_service: Service | None = None
_service_lock = threading.Lock()


def service() -> Service:
    """The service of this process, created at the first call and at the first after a shutdown.

    Raises what `Service` raises.
    """
    global _service
    with _service_lock:
        if _service is None or _service.is_shut_down:
            _service = Service()
        return _service


def use(other: Service) -> None:
    """Shut down the service of this process, and make another one that of this process."""
    global _service
    shutdown()
    with _service_lock:
        _service = other


def shutdown() -> None:
    """Shut down the service of this process, if there is one."""
    with _service_lock:
        if _service is not None:
            _service.shutdown()
