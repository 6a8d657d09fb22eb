"""Stores runs and their curves in a database. Pages read only this, whatever the service does."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress

from sqlalchemy import Select, not_, select, update

from components.core.errors import RunError, suggest
from components.database.database import DELETED_TOO, Database
from components.runs import run as runs
from components.runs.live_servers import ServiceRegistry
from components.runs.queue import WAITING, RunQueue
from components.runs.run import Run, new_row, run_of, server_ended, tidy_name, write_event
from components.runs.store_upkeep import StoreUpkeep
from components.runs.sweeps import SweepStore
from components.runs.tables import (
    InspectionRow,
    PointRow,
    ReportRow,
    RunRow,
    SurfaceRow,
    SweepRow,
)
from components.runs.uploads import UploadFolder
from components.training.events import (
    ENDS,
    UNFINISHED,
    Epoch,
    Event,
    Interrupted,
    Report,
    Status,
    Surface,
    parse_event,
)
from components.training.limits import QueueLimits
from components.training.models import ModelFolder
from components.training.requests import RunRequest


class Store:
    """Stores runs, and holds the queue, the sweeps, the trained models and the data files.

    Safe to share between threads and processes. `url` is that of `Database`. Trained models are
    files in the folder `models` beside the database file, or in `.data/models` if the database is
    no file. Raises `RunError` if FUSION_MODELS_BYTES is not valid.
    """

    def __init__(self, url: str | None = None) -> None:
        self.database = Database(url)
        self.queue = RunQueue(self.database)
        self.sweeps = SweepStore(self.database)
        self.services = ServiceRegistry(self.database)
        self.models = ModelFolder(self.database.folder / "models")
        self.uploads = UploadFolder(self.database)
        self.upkeep = StoreUpkeep(self.database, self.models)

    def close(self) -> None:
        """Close all connections to the database."""
        self.database.close()

    @property
    def notice(self) -> str:
        """What happened to the database file in the last hour, or empty."""
        return self.database.notice

    def create(
        self,
        request: RunRequest,
        owner: str = "",
        name: str | None = None,
        service: str = "",
        estimated_bytes: int = 0,
        sweep: str = "",
    ) -> str:
        """Store a new queued run and return its id. The run belongs to `service`."""
        return self.create_all([request], owner, name, service, estimated_bytes, sweep)[0]

    def create_all(
        self,
        requests: Sequence[RunRequest],
        owner: str = "",
        name: str | None = None,
        service: str = "",
        estimated_bytes: int = 0,
        sweep: str = "",
    ) -> tuple[str, ...]:
        """Store new queued runs, as `create` does, and return their ids."""
        rows = [
            new_row(request, owner, name, service, estimated_bytes, sweep) for request in requests
        ]
        ids = tuple(row.id for row in rows)
        with self.database.write() as session:
            session.add_all(rows)
        return ids

    def submit(
        self,
        request: RunRequest,
        owner: str,
        name: str | None,
        service: str,
        estimated_bytes: int,
        limits: QueueLimits,
        sender: str = "",
    ) -> str:
        """Store a new run that waits, and return its id.

        `sender` is the owner's network address. Raises `RunError` if the queue is full.
        """
        row = new_row(request, owner, name, service, estimated_bytes)
        row.sender = sender
        run_id, slots = row.id, self.services.count_slots()
        with self.database.write(alone=True) as session:
            self.queue.require_place(session, owner, sender, limits, slots)
            session.add(row)
        return run_id

    def get(self, run_id: str) -> Run:
        """The run with this id. Raises `RunError` if there is none."""
        if run := self.find(run_id):
            return run
        with self.database.read() as session:
            known = session.scalars(select(RunRow.id).limit(1000))
            raise RunError("A run must exist in the store.", run_id, suggest(run_id, known))

    def find(self, run_id: str) -> Run | None:
        """The run with this id, or `None`."""
        with self.database.read() as session:
            row = session.scalar(select(RunRow).where(RunRow.id == run_id))
            return None if row is None else run_of(row)

    def ended(self, run_id: str) -> Run:
        """The run with this id. Raises `RunError` if it has not ended, or there is none."""
        run = self.get(run_id)
        if run.ended:
            return run
        raise RunError(
            "A run must have ended before it can be deleted or exported.",
            f"{run.name}, which is {run.status}",
            "Stop it first.",
        )

    def list(
        self,
        owner: str | None = None,
        limit: int = 100,
        statuses: Sequence[Status] = (),
        sweeps: bool = False,
        or_shared: bool = False,
    ) -> tuple[Run, ...]:
        """The latest runs, newest first, filtered by owner and status.

        Runs of sweeps are left out unless `sweeps` is true. With `or_shared`, the shared runs of
        other owners are listed too.
        """
        query = select(RunRow).order_by(RunRow.number.desc()).limit(limit)
        if owner is not None:
            query = query.where((RunRow.owner == owner) | (RunRow.shared & or_shared))
        if statuses:
            query = query.where(RunRow.status.in_(statuses))
        if not sweeps:
            query = query.where(RunRow.sweep == "")
        with self.database.read() as session:
            return tuple(run_of(row) for row in session.scalars(query))

    def going(self, owners: Collection[str] | None = None) -> tuple[str, ...]:
        """The ids of what waits or is trained, of some owners or of all: races and single runs."""
        sweeps = select(SweepRow.id).where(SweepRow.state.in_(("running", "paused")))
        single = select(RunRow.id).where(RunRow.status.in_(UNFINISHED), RunRow.sweep == "")
        if owners is not None:
            sweeps = sweeps.where(SweepRow.owner.in_(owners))
            single = single.where(RunRow.owner.in_(owners))
        with self.database.read() as session:
            return (*session.scalars(sweeps), *session.scalars(single))

    def append(self, run_id: str, *events: Event) -> None:
        """Store the events of a run in one transaction.

        Events after the run's end, and events of a deleted run, are ignored.
        """
        with self.database.write() as session:
            query = select(RunRow.status).where(RunRow.id == run_id).with_for_update()
            status = session.scalar(query)
            for event in events:
                if status is None or status in ENDS:
                    return
                status = write_event(session, run_id, status, event)

    def points(self, run_id: str, after: int = 0) -> tuple[Epoch, ...]:
        """The epochs after epoch `after`, in order; empty for an unknown run."""
        query = select(PointRow).where(PointRow.run == run_id, PointRow.epoch > after).join(RunRow)
        with self.database.read() as session:
            return tuple(
                Epoch(epoch=point.epoch, logs=point.logs, seconds=point.seconds)
                for point in session.scalars(query.order_by(PointRow.epoch))
            )

    def latest(self, digests: Iterable[str]) -> dict[str, Run]:
        """The most informative run of each request, by digest. Requests without a run are left out.

        A finished run comes first, then a running, a queued, and then the latest other run.
        """
        with self.database.read() as session:
            return runs.latest(session, digests)

    def histories(self, run_ids: Iterable[str]) -> dict[str, tuple[Epoch, ...]]:
        """The epochs of several runs, in order. Runs without an epoch are left out."""
        with self.database.read() as session:
            return runs.histories(session, run_ids)

    def reports(self, run_ids: Iterable[str]) -> dict[str, Report]:
        """The final reports of several runs. Runs without a report are left out."""
        with self.database.read() as session:
            return runs.reports(session, run_ids)

    def rename(self, run_id: str, name: str) -> None:
        """Rename a run. Raises `RunError` for an empty or long name, or an unknown run."""
        self._update(run_id, name=tidy_name(name))

    def pin(self, run_id: str, pinned: bool = True) -> None:
        """Pin or unpin a run. Raises `RunError` for an unknown run."""
        self._update(run_id, pinned=pinned)

    def share(self, run_id: str, shared: bool = True) -> None:
        """Share a run with others, or no longer. Raises `RunError` for an unknown run."""
        self._update(run_id, shared=shared)

    def report(self, run_id: str) -> Report | None:
        """The run's final report, or `None` before its end or for an unknown run."""
        event = self._event(select(ReportRow.report).where(ReportRow.run == run_id).join(RunRow))
        return event if isinstance(event, Report) else None

    def surface(self, run_id: str) -> Surface | None:
        """The run's latest decision surface, if it has one."""
        event = self._event(select(SurfaceRow.surface).where(SurfaceRow.run == run_id).join(RunRow))
        return event if isinstance(event, Surface) else None

    def stop(self, work_id: str) -> None:
        """Ask for the end of a single run or a sweep, whichever server has it.

        Does nothing if it has ended. Raises `RunError` if it is unknown, or a run of a sweep.
        """
        if self.sweeps.find(work_id) is not None:
            self.sweeps.end(work_id)
            return
        run = self.get(work_id)
        if not run.ended and run.sweep:
            raise RunError(
                "A run of a sweep can only be stopped with the whole sweep.",
                f"{run.name}, which is {run.status}",
                "End the sweep.",
            )
        self.queue.request_stop(work_id)

    def inspection(self, run_id: str) -> str | None:
        """The inspection of a run's model as JSON text, if it has one."""
        query = select(InspectionRow.inspection).where(InspectionRow.run == run_id).join(RunRow)
        with self.database.read() as session:
            return session.scalar(query)

    def inspections(self, digests: Iterable[str]) -> dict[str, str]:
        """The latest inspection of each request's model as JSON text, by the request's digest."""
        with self.database.read() as session:
            return runs.inspections(session, digests)

    def keep_inspection(self, run_id: str, inspection: str) -> None:
        """Keep an inspection with a run, unless that is gone."""
        with self.database.write() as session:
            if session.scalar(select(RunRow.id).where(RunRow.id == run_id)):
                session.merge(InspectionRow(run=run_id, inspection=inspection))

    def keep_model(self, run_id: str, data: bytes) -> None:
        """Keep a trained model's file if its run exists. Old files make room, pinned ones last.

        Raises `OSError` if the file can't be written.
        """
        if self.find(run_id) is None:
            return
        with self.database.read() as session:
            pinned = session.scalars(select(RunRow.id).where(RunRow.pinned)).all()
        digest = self.models.keep(run_id, data, pinned)
        query = update(RunRow).where(RunRow.id == run_id)
        self.database.execute(query.values(model_digest=digest, model_bytes=len(data)))

    def delete(self, run_id: str) -> None:
        """Delete a run that has ended, with all it has. Raises what `ended` raises.

        `restore` undoes it until `StoreUpkeep.remove_old` removes the run for good.
        """
        self.ended(run_id)
        self._update(run_id, deleted=time.time())

    def restore(self, run_id: str, owner: str) -> None:
        """Undo `delete` for this owner. Raises `RunError` if the run is gone for good."""
        query = update(RunRow).where(RunRow.id == run_id, RunRow.owner == owner)
        self.database.execute(query.values(deleted=None).execution_options(**DELETED_TOO))
        self.get(run_id)

    def mark_interrupted(self) -> tuple[str, ...]:
        """End the runs of dead services as interrupted, and pause their sweeps. Returns the ids.

        Single runs that wait stay as they are: any service takes them.
        """
        alive = self.services.alive()
        query = select(RunRow.id).where(
            RunRow.status.not_in(ENDS), not_(WAITING), RunRow.service.not_in(alive)
        )
        with self.database.read() as session:
            orphans = tuple(session.scalars(query.order_by(RunRow.number)))
        for run_id in orphans:
            self.append(run_id, Interrupted(message=str(server_ended("a server that ended"))))
        self.sweeps.pause_orphans(alive)
        return orphans

    def _update(self, run_id: str, **values: object) -> None:
        query = update(RunRow).where(RunRow.id == run_id).values(values)
        if not self.database.execute(query):
            self.get(run_id)

    def _event(self, query: Select[str]) -> Event | None:
        """A stored event, or `None` if there is none that this version can read."""
        with self.database.read() as session, suppress(ValueError):
            text = session.scalar(query)
            return None if text is None else parse_event(text)
        return None
