"""Trains runs in child processes while the caller waits, as the command line does."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from components.core.errors import PlaygroundError
from components.keras_host.host import KerasHost, keras_host
from components.runs.child import train_group
from components.runs.preloaded import TRAINING
from components.training.events import Event, Failed, Outcome, Progress, Surface
from components.training.limits import Limits, check_limits
from components.training.models import SaveOptions
from components.training.requests import RunRequest

if TYPE_CHECKING:
    from components.runs.store import Store


def train_run(
    request: RunRequest,
    send: Callable[[Event], None],
    save: SaveOptions | None = None,
) -> Outcome:
    """Train one run in a child process. Raises `RunError` if it needs more memory than it may."""
    limits, events = Limits(), list[Event]()

    def record(_: int, event: Event) -> None:
        events.append(event)
        send(event)

    with _training_host() as host:
        check_limits(request, limits)
        train_group(host, [request], record, limits=limits, saves=[save])
    return Outcome.of(events)


def train_kept(
    request: RunRequest, send: Callable[[Event], None], store: Store, save: SaveOptions
) -> Outcome:
    """Train one run as `train_run` does, inspect its model, and keep both in the store.

    Nobody owns the run, so it is shared: whoever uses the store finds it. A run that does not
    finish leaves nothing. A model that is too large for the store is only in the file of `save`.
    """
    events = list[Event]()

    def record(event: Event) -> None:
        if not isinstance(event, Progress):
            events.append(event)
        send(event)

    outcome = train_run(request.inspected(), record, save)
    if outcome.status != "finished":
        return outcome
    run_id, file = store.create(request, events=events), Path(save.path)
    store.share(run_id)
    if file.exists() and file.stat().st_size <= store.models.max_file_bytes:
        store.keep_model(run_id, file.read_bytes())
    return replace(outcome, run=run_id)


def train_groups(
    groups: Sequence[Sequence[RunRequest]],
    report: Callable[[str, Event], None],
    should_stop: Callable[[], bool] = lambda: False,
    workers: int | None = None,
) -> dict[str, Outcome]:
    """Train groups in child processes, `workers` at a time; the results by digest of the request.

    The default for `workers` is the number of cores. `report` gets the events with the digest, one
    at a time. A run that is too large or has no data fails. Once `should_stop` returns true, all
    runs are stopped. No model is kept.
    """
    lock, limits = threading.Lock(), Limits()
    events: dict[str, list[Event]] = {one.digest: [] for group in groups for one in group}

    def send(digest: str, event: Event) -> None:
        with lock:
            if not isinstance(event, Progress | Surface):
                events[digest].append(event)
            report(digest, event)

    def train(group: Sequence[RunRequest]) -> None:
        def send_of_group(index: int, event: Event) -> None:
            send(group[index].digest, event)

        train_group(host, group, send_of_group, should_stop, limits)

    def is_allowed(request: RunRequest) -> bool:
        try:
            check_limits(request, limits)
        except PlaygroundError as error:
            send(request.digest, Failed(message=str(error)))
            return False
        return True

    allowed = [[request for request in group if is_allowed(request)] for group in groups]
    with _training_host() as host, ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        list(pool.map(train, allowed))
    return {digest: Outcome.of(of_run) for digest, of_run in events.items()}


@contextmanager
def _training_host() -> Iterator[KerasHost]:
    """A host that has begun to import Keras, and ends with the block."""
    with closing(keras_host(*TRAINING)) as host:
        host.start()
        yield host
