"""Store of runs and their curves in the database, the only source of the pages."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import not_, select, update

from components.base import clock
from components.base.database.database import (
    DELETED_TOO,
    Database,
    chunks,
    for_good,
    remove_old,
    upkeep,
)
from components.base.errors import RunError, suggest
from components.base.text import DAY_SECONDS, one_line
from components.experiments.queue.live_servers import ServiceRegistry
from components.experiments.queue.queue import KEPT, WAITING, RunQueue
from components.experiments.queue.run import (
    LONGEST_NOTE,
    Run,
    new_row,
    run_of,
    server_ended,
    tidy_name,
    write_event,
)
from components.experiments.queue.sweeps import SweepStore
from components.experiments.queue.tables import PointRow, ResultRow, RunRow, SweepRow
from components.experiments.queue.uploads import UploadFolder
from components.experiments.training.events import (
    ENDS,
    OPEN,
    PAUSED_LONG,
    End,
    Epoch,
    Event,
    Interrupted,
    Report,
    Status,
    Surface,
)
from components.experiments.training.limits import QueueLimits
from components.experiments.training.models import CHECKPOINT, ModelFolder
from components.experiments.training.requests import RunRequest

_STATUS_RANK: Mapping[str, int] = {"finished": 3, "running": 2, "queued": 1}
"""Rank of a status by the information that such a run has; 0 for all that are not listed."""
_POINT = (PointRow.run, PointRow.epoch, PointRow.logs, PointRow.seconds)
"""Columns of a point. A race has many points, and reading whole rows takes longer."""


class Store:
    """Stores runs, and holds the queue, the sweeps, the trained models and the data files.

    Safe to share between threads and processes. `url` is that of `Database`. Trained models are
    files in the folder `models` of its `folder`. Raises `RunError` if FUSION_MODELS_BYTES is not
    valid.
    """

    def __init__(self, url: str | None = None) -> None:
        self.database = Database(url)
        self.queue = RunQueue(self.database)
        self.sweeps = SweepStore(self.database)
        self.services = ServiceRegistry(self.database)
        self.models = ModelFolder(self.database.folder / "models")
        self.uploads = UploadFolder(self.database)

    def close(self) -> None:
        """Close all connections to the database."""
        self.database.close()

    @property
    def notice(self) -> str:
        """Notice on a change of the database file in the last hour, or empty."""
        return self.database.notice

    # Creating runs

    def create(
        self,
        request: RunRequest,
        owner: str = "",
        name: str | None = None,
        service: str = "",
        sweep: str = "",
        limits: QueueLimits | None = None,
        sender: str = "",
        events: Sequence[Event] = (),
        pause_after: int | None = None,
    ) -> str:
        """Store a new waiting run and return its id. The run belongs to `service`.

        `sender` is the owner's network address. With `events`, which include its end, the run was
        trained elsewhere and does not wait. The run pauses after `pause_after` epochs. With
        `limits`, raises `RunError` if the queue is full.
        """
        row = new_row(request, owner, name, service, sweep, pause_after)
        row.sender = sender
        run_id, slots = row.id, self.services.count_slots()
        with self.database.write(alone=True) as session:
            if limits is not None:
                self.queue.require_place(session, owner, sender, limits, slots)
            session.add(row)
            session.flush()
            status = row.status
            for event in events:
                status = write_event(session, run_id, status, event)
        return run_id

    # Reading runs

    def get(self, run_id: str) -> Run:
        """Return the run with this id. Raises `RunError` if there is none."""
        if run := self.find(run_id):
            return run
        known = self.database.column(select(RunRow.id).limit(1000))
        raise RunError(f"There is no run {run_id}.", run_id, suggest(run_id, known))

    def find(self, run_id: str) -> Run | None:
        """Return the run with this id, or `None`."""
        row = self.database.first(select(RunRow).where(RunRow.id == run_id))
        return None if row is None else run_of(row)

    def ended(self, run_id: str) -> Run:
        """Return the run with this id. Raises `RunError` if it has not ended, or there is none."""
        run = self.get(run_id)
        if run.ended:
            return run
        raise RunError(
            "Only a run that has ended can be deleted or have a design record.",
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
        """Return the latest runs, newest first, filtered by owner and status.

        Runs of sweeps are left out unless `sweeps` is true. With `or_shared`, shared runs of all
        owners are included.
        """
        query = select(RunRow).order_by(RunRow.number.desc()).limit(limit)
        if owner is not None:
            query = query.where((RunRow.owner == owner) | (RunRow.shared & or_shared))
        if statuses:
            query = query.where(RunRow.status.in_(statuses))
        if not sweeps:
            query = query.where(RunRow.sweep == "")
        return tuple(map(run_of, self.database.column(query)))

    def unfinished_ids(self, owners: Collection[str] | None = None) -> tuple[str, ...]:
        """Return the ids of races and single runs that have not ended, of some owners or of all."""
        sweeps = select(SweepRow.id).where(SweepRow.state.in_(("running", "paused")))
        single = select(RunRow.id).where(RunRow.status.in_(OPEN), RunRow.sweep == "")
        if owners is not None:
            sweeps = sweeps.where(SweepRow.owner.in_(owners))
            single = single.where(RunRow.owner.in_(owners))
        return (*self.database.column(sweeps), *self.database.column(single))

    def latest(self, digests: Iterable[str]) -> dict[str, Run]:
        """Return the most informative run of each request, by digest, if it has one.

        A finished run comes first, then a running one, a queued one, and the latest of any other
        status.
        """
        best: dict[str, tuple[int, int]] = {}
        query = select(RunRow.digest, RunRow.status, RunRow.number)
        for digest, status, number in self.database.rows_of(query, RunRow.digest, digests):
            rank = (_STATUS_RANK.get(status, 0), number)
            best[digest] = max(rank, best.get(digest, rank))
        numbers = (number for _, number in best.values())
        rows = self.database.rows_of(select(RunRow), RunRow.number, numbers)
        return {row.digest: run_of(row) for (row,) in rows}

    # Reading results

    def points(self, run_id: str) -> tuple[Epoch, ...]:
        """Return the epochs of a run, in order; none for an unknown run."""
        query = select(*_POINT).where(PointRow.run == run_id).join(RunRow)
        return tuple(map(_epoch, self.database.rows(query.order_by(PointRow.epoch))))

    def histories(self, run_ids: Iterable[str]) -> dict[str, tuple[Epoch, ...]]:
        """Return the epochs of several runs, in order. Runs without an epoch are left out."""
        query = select(*_POINT).order_by(PointRow.run, PointRow.epoch)
        points = self.database.rows_of(query, PointRow.run, run_ids)
        runs = groupby(points, key=lambda point: point.run)
        return {run: tuple(map(_epoch, rows)) for run, rows in runs}

    def report(self, run_id: str) -> Report | None:
        """Return the run's final report, or `None` before its end or for an unknown run."""
        return self.reports([run_id]).get(run_id)

    def reports(self, run_ids: Iterable[str]) -> dict[str, Report]:
        """Return the final reports of several runs. Runs without a report are left out."""
        texts = self._results(run_ids, "report")
        return {run_id: Report.model_validate_json(text) for run_id, text in texts.items()}

    def surface(self, run_id: str) -> Surface | None:
        """Return the run's latest decision surface, or `None`."""
        text = self.result(run_id, "surface")
        return None if text is None else Surface.model_validate_json(text)

    def result(self, run_id: str, kind: str) -> str | None:
        """Return the `inspection` or `xray` of a run's model as JSON text, or `None`."""
        return self._results([run_id], kind).get(run_id)

    def latest_results(self, kind: str, digests: Iterable[str]) -> dict[str, str]:
        """Return the latest `inspection` or `xray` of each request as JSON text, by digest."""
        query = select(RunRow.digest, ResultRow.text).join_from(ResultRow, RunRow)
        query = query.where(ResultRow.kind == kind).order_by(RunRow.number)
        return dict(self.database.rows_of(query, RunRow.digest, digests))

    def _results(self, run_ids: Iterable[str], kind: str) -> dict[str, str]:
        query = select(ResultRow.run, ResultRow.text).where(ResultRow.kind == kind).join(RunRow)
        return dict(self.database.rows_of(query, ResultRow.run, run_ids))

    # Changing runs

    def append(self, run_id: str, *events: Event) -> None:
        """Store the events of a run in one transaction.

        Events after the run's end, and events of a deleted run, are ignored. The checkpoint of a
        run that ends is removed.
        """
        with self.database.write() as session:
            query = select(RunRow.status).where(RunRow.id == run_id).with_for_update()
            status = session.scalar(query)
            for event in events:
                if status is None or status in ENDS:
                    return
                status = write_event(session, run_id, status, event)
        if any(isinstance(event, End) for event in events):
            self.models.remove_checkpoint(run_id)

    def rename(self, run_id: str, name: str) -> None:
        """Rename a run. Raises `RunError` for an empty or long name, or an unknown run."""
        self._update(run_id, name=tidy_name(name))

    def annotate(self, run_id: str, note: str) -> None:
        """Set the note of a run. Raises `RunError` for a long note, or an unknown run."""
        tidy = one_line(note)
        if len(tidy) > LONGEST_NOTE:
            raise RunError(
                f"A note can't have more than {LONGEST_NOTE} characters.",
                f"{len(tidy)} characters",
                "Shorten it.",
            )
        self._update(run_id, note=tidy)

    def pin(self, run_id: str, pinned: bool = True) -> None:
        """Pin or unpin a run. Raises `RunError` for an unknown run."""
        self._update(run_id, pinned=pinned)

    def share(self, run_id: str, shared: bool = True) -> None:
        """Share a run with others, or stop sharing it. Raises `RunError` for an unknown run."""
        self._update(run_id, shared=shared)

    def stop(self, work_id: str) -> None:
        """Ask for the end of a single run or a sweep, on whichever server it is.

        Does nothing if it has ended. Raises `RunError` if it is unknown, or a run of a sweep.
        """
        if self.sweeps.find(work_id) is not None:
            self.sweeps.end(work_id)
            return
        self.require_single(work_id, "stopped")
        self.queue.request_stop(work_id)
        if self.get(work_id).ended:
            self.models.remove_checkpoint(work_id)

    def require_single(self, run_id: str, change: str) -> None:
        """Raise `RunError` if the run is unknown, or has not ended and belongs to a sweep."""
        run = self.get(run_id)
        if not run.ended and run.sweep:
            raise RunError(
                f"A run of a race can only be {change} with the whole race.",
                f"{run.name}, which is {run.status}",
                "Open the race on the Compare page.",
            )

    def keep_result(self, run_id: str, kind: str, text: str) -> None:
        """Store the `inspection` or `xray` of a run, if the run still exists."""
        with self.database.write() as session:
            if session.scalar(select(RunRow.id).where(RunRow.id == run_id)):
                session.merge(ResultRow(run=run_id, kind=kind, text=text))

    def keep_model(self, run_id: str, data: bytes) -> None:
        """Keep a trained model's file if its run exists.

        Old files are removed if space is needed, pinned ones last. Raises `OSError` if the file
        can't be written.
        """
        if self.find(run_id) is None:
            return
        digest = self.models.keep(run_id, data)
        self.prune_models(run_id)
        self._update(run_id, model_digest=digest, model_bytes=len(data))

    def prune_models(self, newest: str) -> None:
        """Remove old files if models and checkpoints take too much space.

        Files of the newest run and of pinned ones are removed last.
        """
        self.models.prune({newest, *self.database.column(select(RunRow.id).where(RunRow.pinned))})

    def mark_interrupted(self) -> tuple[str, ...]:
        """Mark runs of dead services as interrupted, and pause their sweeps. Return the run ids.

        Single runs that wait or are paused do not change: any service can take them.
        """
        alive = self.services.alive()
        taken = (RunRow.status.not_in(ENDS), not_(WAITING), not_(KEPT))
        query = select(RunRow.id).where(*taken, RunRow.service.not_in(alive))
        query = query.order_by(RunRow.number)
        if paused := self.database.column(query.where(RunRow.status == "paused")):
            self.queue.put_back(paused)
        orphans = tuple(self.database.column(query))
        for run_id in orphans:
            self.append(run_id, Interrupted(message=str(server_ended("a server that ended"))))
        self.sweeps.pause_orphans(alive)
        return orphans

    def _update(self, run_id: str, **values: object) -> None:
        query = update(RunRow).where(RunRow.id == run_id).values(values)
        if not self.database.execute(query):
            self.get(run_id)

    # Deleting runs

    def delete(self, run_id: str) -> None:
        """Delete a run that has ended, with all its data. Raises what `ended` raises.

        `restore` can undo it until `remove_old` removes the run for good.
        """
        self.ended(run_id)
        self._update(run_id, deleted=clock.now())

    def restore(self, run_id: str, owner: str) -> None:
        """Undo `delete` for this owner. Raises `RunError` if the run is gone for good."""
        query = update(RunRow).where(RunRow.id == run_id, RunRow.owner == owner)
        self.database.execute(query.values(deleted=None).execution_options(**DELETED_TOO))
        self.get(run_id)

    def remove(self, run_ids: Sequence[str]) -> None:
        """Remove runs for good, with all their data."""
        _remove(self.database, self.models, run_ids)

    def vacuum(self) -> tuple[int, int]:
        """Remove deleted runs for good, and return free space to the disk.

        Returns the number of bytes freed from the database and from the models.
        """
        remove_old(self.database, 0.0)
        models = self.models.remove_others({*self.database.column(select(RunRow.id))})
        before = self.database.size()
        self.database.vacuum()
        return max(0, before - self.database.size()), models


def _epoch(row: Any) -> Epoch:
    return Epoch.model_construct(epoch=row.epoch, logs=row.logs, seconds=row.seconds)


def _remove(database: Database, models: ModelFolder, run_ids: Sequence[str]) -> None:
    with database.write() as session:
        for chunk in chunks(run_ids):
            session.execute(for_good(RunRow).where(RunRow.id.in_(chunk)))
    for run_id in run_ids:
        models.remove(run_id)


@upkeep
def _remove_deleted(database: Database, before: float) -> None:
    """Remove the runs for good that were deleted before a time."""
    deleted = select(RunRow.id).where(RunRow.deleted <= before).execution_options(**DELETED_TOO)
    _remove(database, ModelFolder(database.folder / "models"), database.column(deleted))


@upkeep
def _end_paused(database: Database, _before: float) -> None:
    """Stop the runs that have been paused for a day, and remove the checkpoints of ended ones."""
    is_old = (KEPT, RunRow.paused <= clock.now() - DAY_SECONDS)
    if database.first(select(RunRow.id).where(*is_old)):
        stop = update(RunRow).where(*is_old)
        database.execute(stop.values(status="stopped", message=PAUSED_LONG))
    not_ended = database.column(select(RunRow.id).where(RunRow.status.in_(OPEN)))
    ModelFolder(database.folder / "models").remove_others(not_ended, CHECKPOINT)
