"""Training in child processes while the caller waits, for the command line."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from components.base.workers.host import keras_host, server_host
from components.base.workers.preloads import PRELOADS
from components.experiments.queue.child import train_group
from components.experiments.queue.run_service import Service
from components.experiments.queue.runner import LocalRunner
from components.experiments.queue.store import Store
from components.experiments.queue.sweeps import SweepOrder
from components.experiments.training.control import Work
from components.experiments.training.events import Event, Outcome, Progress
from components.experiments.training.limits import Limits, QueueLimits, check_limits
from components.experiments.training.models import SaveOptions
from components.experiments.training.requests import RunRequest

LOOK_SECONDS = 0.1
"""Time between two checks of a sweep."""


def train_run(
    request: RunRequest, send: Callable[[Event], None], save: SaveOptions | None = None
) -> Outcome:
    """Train one run in a child process. Raises `RunError` if it exceeds the memory limit."""
    return Outcome.of(_events_of(request, send, save))


def train_kept(
    request: RunRequest, send: Callable[[Event], None], store: Store, save: SaveOptions
) -> Outcome:
    """Train one run as `train_run` does, inspect its model, and keep both in the store.

    The run has no owner, so it is shared with everyone who uses the store. A run that does not
    finish is not stored. A model that is too large for the store is only in the file of `save`.
    """
    events = _events_of(request.inspected(), send, save)
    outcome, file = Outcome.of(events), Path(save.path)
    if outcome.status != "finished":
        return outcome
    kept = [event for event in events if not isinstance(event, Progress)]
    run_id = store.create(request, events=kept)
    store.share(run_id)
    if file.exists() and file.stat().st_size <= store.models.max_file_bytes:
        store.keep_model(run_id, file.read_bytes())
    return replace(outcome, run=run_id)


def _events_of(
    request: RunRequest, send: Callable[[Event], None], save: SaveOptions | None
) -> list[Event]:
    limits, events = Limits(), list[Event]()

    def record(_: int, event: Event) -> None:
        events.append(event)
        send(event)

    with closing(keras_host(*PRELOADS)) as host:
        host.start()
        check_limits(request, limits)
        train_group(host, Work([request], [save]), record, limits=limits)
    return events


def train_sweep(
    order: SweepOrder,
    store: Store,
    workers: int | None = None,
    see: Callable[[str], None] = lambda sweep: None,
) -> bool:
    """Train a sweep with the queue of a store. Return `True` if it ended by itself.

    Meanwhile this process serves the queue, but trains only this sweep: `workers` groups at a time,
    by default one for each core. `see` is called regularly with the id of the sweep. Ctrl-C ends
    the sweep; a second one interrupts at once. The sweep has no owner, so it is shared.
    """
    slots, others = workers or os.cpu_count() or 1, QueueLimits(running_each=0)
    service = Service(
        store, lambda listener: LocalRunner(slots, listener, server_host()), queue_limits=others
    )
    try:
        sweep = service.submit_sweep(order)
        store.sweeps.share(sweep)
        try:
            while store.sweeps.states([sweep])[sweep][0] == "running":
                see(sweep)
                time.sleep(LOOK_SECONDS)
        except KeyboardInterrupt:
            store.sweeps.end(sweep)
        see(sweep)
    finally:
        service.shutdown()
    return store.sweeps.get(sweep).state in ("finished", "failed")
