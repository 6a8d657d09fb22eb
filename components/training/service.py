"""The queue of runs as the app sees it: submit, stop, and let the store tell the rest."""

from __future__ import annotations

import atexit
import logging
import queue
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from components.errors import PlaygroundError, RunError
from components.training import work
from components.training.cluster import Cluster, cluster_of_environment
from components.training.config import Limits, RunRequest, refuse_if_too_large
from components.training.events import End, Event, Failed, Interrupted, Stopped, parse_event
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
SENDS = 2
"""How often a run is handed to a cluster at most; only one that never began is handed on again."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ServiceStatus:
    """What the service is at. `running` and `queued` count its own runs."""

    state: State
    address: str
    running: int
    queued: int


@dataclass(frozen=True)
class _Link:
    cluster: Cluster
    client: Any


class Service:
    """Queues runs on Dask, and writes what they tell to the store. Safe under threads.

    One thread does all that touches Dask, one thing after another; public methods hand it work and
    return. `launch` starts or finds the cluster when it is first needed, and again after a local
    one has lost a process.
    """

    def __init__(
        self,
        store: Store | None = None,
        launch: Callable[[], Cluster] = cluster_of_environment,
        limits: Limits | None = None,
    ) -> None:
        self.store = store or Store()
        self.id = uuid.uuid4().hex[:12]
        self._launch = launch
        self._limits = limits
        self._topic = f"fusion-runs-{self.id}"
        self._inbox: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._link: _Link | None = None
        self._futures: dict[str, Any] = {}
        self._ends: dict[str, Event] = {}
        """Ends that were told while the run's result, and with it its model, is on its way."""
        self._sent: Counter[str] = Counter()
        self._state: State = "cold"
        self._beaten = time.monotonic()
        self.store.register(self.id)
        self.store.mark_interrupted()
        self._thread = threading.Thread(target=self._serve, name="runs", daemon=True)
        self._thread.start()
        atexit.register(self.shutdown)

    def warm(self) -> None:
        """Start the cluster in the background, so that the first run begins at once."""
        self._inbox.put(self._warm)

    def submit(self, request: RunRequest, owner: str = "", name: str | None = None) -> str:
        """Queue a run; its id in the store.

        Raises `RunError` where it would take more memory than it may or the service was shut
        down, `SpecError` or `DataError` where it could not be built or fed; nothing is stored then.
        """
        if self._state == "closed":
            raise RunError(
                "A run needs a service that is up.", "one that was shut down", "Start the server."
            )
        needed = refuse_if_too_large(request, self._limits or Limits())
        run_id = self.store.create(request, owner, name, self.id, needed)
        self._inbox.put(lambda: self._send(run_id, request.json_text()))
        return run_id

    def stop(self, run_id: str) -> None:
        """Have a run stop, queued or running; the store says so within two seconds.

        Nothing happens where it has ended. Raises `RunError` where it is unknown, or belongs to
        another server.
        """
        run = self.store.get(run_id)
        if not run.ended and run.service != self.id:
            raise RunError(
                "A run is stopped on the server it was started on.",
                f"{run.name}, which another server runs",
                "Open that server, or wait for the run's end.",
            )
        self._inbox.put(lambda: self._stop(run_id))

    def status(self) -> ServiceStatus:
        """Whether the service is ready, and how much it has to do."""
        runs = self.store.list(statuses=("queued", "running"), limit=1000)
        mine = Counter(run.status for run in runs if run.service == self.id)
        link = self._link
        address = link.cluster.address if link else ""
        return ServiceStatus(self._state, address, mine["running"], mine["queued"])

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
        self._do(self._close)

    def _do(self, action: Callable[[], None]) -> None:
        try:
            action()
        except Exception:
            if not threading.main_thread().is_alive():
                return
            _log.exception("The service of runs goes on after an error.")

    def _tick(self) -> None:
        now = time.monotonic()
        if self._link is not None and self._link.cluster.ended():
            self._lose(self._link)
        if now - self._beaten > BEAT_SECONDS:
            self._beaten = now
            self.store.beat(self.id)
            self.store.mark_interrupted()

    def _warm(self) -> None:
        try:
            self._connected()
        except PlaygroundError as error:
            _log.warning("%s", error)

    def _connected(self) -> _Link:
        """The link to the cluster, made where there is none. Raises `RunError`."""
        if self._link is None:
            self._state = "starting"
            try:
                self._link = self._connect(self._launch())
            finally:
                self._state = "ready" if self._link else "cold"
        return self._link

    def _connect(self, cluster: Cluster) -> _Link:
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
        return _Link(cluster, client)

    def _send(self, run_id: str, request: str) -> None:
        if self.store.get(run_id).ended:
            return
        try:
            link = self._connected()
        except PlaygroundError as error:
            self.store.append(run_id, Failed(message=str(error)))
            return
        self._sent[run_id] += 1
        future = link.client.submit(
            work.run,
            run_id,
            self._topic,
            request,
            self._limits or Limits(),
            self.store.models.most_each,
            key=f"run-{run_id}-{self._sent[run_id]}",
            pure=False,
        )
        self._futures[run_id] = future
        future.add_done_callback(
            lambda done: self._inbox.put(lambda: self._done(link, run_id, done))
        )

    def _hear(self, logged: tuple[float, tuple[str, str]]) -> None:
        """Called by Dask's thread for each event."""
        run_id, text = logged[1]
        self._inbox.put(lambda: self._take(run_id, parse_event(text)))

    def _take(self, run_id: str, event: Event) -> None:
        """Write an event down; an end waits for the model, so that it is there when it is told."""
        if isinstance(event, End) and run_id in self._futures:
            self._ends[run_id] = event
        else:
            self.store.append(run_id, event)

    def _done(self, link: _Link, run_id: str, future: Any) -> None:
        if run_id not in self._futures or self._futures[run_id] is not future:
            return
        if future.status == "finished":
            text, model = future.result()
            self._keep(run_id, model)
            self._end(run_id, parse_event(text))
        elif future.status == "error" and not _is_killed(future):
            self._end(run_id, Failed(message=str(_worker_cannot(future.exception()))))
        elif link.cluster.ours and link is self._link and future.status != "cancelled":
            self._lose(link)
        else:
            self._lost(run_id)

    def _keep(self, run_id: str, model: bytes) -> None:
        try:
            if model:
                self.store.keep_model(run_id, model)
        except OSError:
            _log.exception("A trained model could not be kept.")

    def _end(self, run_id: str, event: Event) -> None:
        self._futures.pop(run_id, None)
        self._sent.pop(run_id, None)
        self.store.append(run_id, self._ends.pop(run_id, event))

    def _lose(self, link: _Link) -> None:
        """Give up a local cluster that lost a process, and start another."""
        self._link = None
        _drop(link)
        for run_id in list(self._futures):
            self._lost(run_id)
        self._warm()

    def _lost(self, run_id: str) -> None:
        """A run whose worker is gone: hand it on if it never began, else it is interrupted."""
        del self._futures[run_id]
        run = self.store.get(run_id)
        begun = run.status != "queued" or run_id in self._ends
        if not begun and self._sent[run_id] < SENDS:
            self._inbox.put(lambda: self._send(run_id, run.request_json))
        else:
            self._end(run_id, Interrupted(message=str(_worker_gone())))

    def _stop(self, run_id: str) -> None:
        run = self.store.get(run_id)
        if run.ended:
            return
        if run.status == "queued":
            self.store.append(run_id, Stopped(seconds=0.0, message="Stopped before it began."))
        future = self._futures.get(run_id)
        if future is None or self._link is None:
            return
        if run.status == "queued":
            self._futures.pop(run_id)
            future.cancel()
        self._link.client.run(work.stop, run_id, on_error="ignore")

    def _close(self) -> None:
        for run_id in list(self._futures):
            self._end(run_id, Interrupted(message=str(_shut_down())))
        if self._link is not None:
            _drop(self._link)
        self._link = None
        self.store.retire(self.id)
        self.store.mark_interrupted()


def _drop(link: _Link) -> None:
    with suppress(Exception):
        link.client.close(timeout=1)
    link.cluster.close()


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


_service: Service | None = None
_service_lock = threading.Lock()


def service() -> Service:
    """The service of this process, made at the first call. Raises `RunError` as `Service` does."""
    global _service
    with _service_lock:
        if _service is None:
            _service = Service()
        return _service
