"""Runs and races that one visitor may use: the pages' access to the service and the store.

A visitor can read their own runs, shared ones, and those in a race that they may read. They can
change only their own. Samples and names in other people's data files are hidden.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from components.base.errors import FileError, RunError
from components.experiments.queue import artifacts
from components.experiments.queue.queue import QueuePosition
from components.experiments.queue.run import Run
from components.experiments.queue.run_service import Service
from components.experiments.queue.sweeps import Sweep, SweepOrder
from components.experiments.training.events import Epoch, Report, Status, Surface
from components.experiments.training.requests import RunRequest
from sample_data.own import Prepared

LESSON_SWEEPS = 8
"""Number of a visitor's latest sweeps of lessons that are searched."""
HIDDEN_FILE = "own data.npz"
"""Replacement for the path of another person's data file. No such file exists."""
HIDDEN_MESSAGE = "The message may name data of its owner, so only the owner can read it."
_PATH = re.compile(r'(?<=")[^"]*\.npz(?=\\*")')
"""Path of a data file in JSON, which may be a string in other JSON."""


class VisitorRuns:
    """The runs and races of a playground for one visitor. `sender` is their network address.

    Methods with an id raise `RunError` if the visitor may not read that run or race, or if they
    change one that is not the visitor's. Otherwise they do and raise what those of `Service` and
    `Store` do. Code that works on other people's runs uses these directly: the command line, and a
    class room for its teacher (`components/teaching/rooms/teacher.py`).
    """

    def __init__(self, service: Service, visitor: str, sender: str = "") -> None:
        self._service, self._store, self._visitor = service, service.store, visitor
        self._sender = sender

    def warm_up(self) -> None:
        """Start the runner in the background."""
        self._service.warm_up()

    def owns(self, item: Run | Sweep) -> bool:
        """Return `True` if a run or a race belongs to the visitor."""
        return item.owner == self._visitor

    @property
    def can_pause(self) -> bool:
        """`True` if runs can pause after an epoch."""
        return self._service.can_pause

    @property
    def at_a_time(self) -> int:
        """Number of runs that all servers train at a time."""
        return self._store.services.count_slots()

    # Reading

    def run(self, run_id: str) -> Run:
        """Return a run that the visitor may read."""
        run = self._store.find(run_id)
        if run is None or not self._may_read(run):
            raise _not_readable("run", run_id)
        return self._as_seen(run)

    def can_read(self, run_id: str) -> bool:
        """Return `True` if the run exists and the visitor may read it."""
        run = self._store.find(run_id)
        return run is not None and self._may_read(run)

    def list(
        self, limit: int = 100, statuses: Sequence[Status] = (), shared: bool = False
    ) -> tuple[Run, ...]:
        """Return the visitor's single runs, newest first; with `shared`, also those of others."""
        listed = self._store.list(self._visitor, limit, statuses, or_shared=shared)
        return tuple(map(self._as_seen, listed))

    def queue_position(self, run: Run) -> QueuePosition | None:
        """Return the position of a run in the queue, or `None` if it does not wait."""
        return self._store.queue.position(run.id, self.at_a_time)

    def race_position(self, sweep: Sweep) -> int:
        """Return the position of a race without a run in training, after all single runs."""
        store = self._store
        return len(store.queue.waiting()) + store.sweeps.count_before(sweep.id) + 1

    def points(self, run: Run) -> tuple[Epoch, ...]:
        return self._store.points(run.id)

    def report(self, run: Run) -> Report | None:
        """Return the report of a run, without samples if the data is a file of another person."""
        report = self._store.report(run.id)
        return _without_samples(report) if report and self.hides_data(run) else report

    def surface(self, run: Run) -> Surface | None:
        """Return the decision surface of a run; `None` if the data is a file of another person."""
        return None if self.hides_data(run) else self._store.surface(run.id)

    def result(self, run: Run, kind: str) -> str | None:
        """Return the `inspection` or `xray` of a run's model as JSON text.

        `None` if there is none, or if the data is a file of another person.
        """
        return None if self.hides_data(run) else self._store.result(run.id, kind)

    def latest_results(self, kind: str, runs: Iterable[Run]) -> dict[str, str]:
        """Return the latest `inspection` or `xray` of each run's request as JSON text, by digest.

        Runs on a data file of another person are left out.
        """
        shown = (run.digest for run in runs if not self.hides_data(run))
        return self._store.latest_results(kind, shown)

    def refit(self, run: Run) -> Sweep | None:
        """Return the latest race that retrains a run's model without each input, or `None`."""
        sweep = self._store.sweeps.refit_of(run.id)
        return sweep if sweep is None or self.owns(sweep) else _sweep_of_another(sweep)

    def latest(self, digests: Iterable[str]) -> dict[str, Run]:
        """Return the most informative run of each request, by digest, of all owners."""
        runs = self._store.latest(digests)
        return {digest: self._as_seen(run) for digest, run in runs.items()}

    def histories(self, run_ids: Iterable[str]) -> dict[str, tuple[Epoch, ...]]:
        """Return the epochs of runs that `latest` has returned."""
        return self._store.histories(run_ids)

    def reports(self, run_ids: Iterable[str]) -> dict[str, Report]:
        """Return the reports of runs that `latest` or `list` has returned, without samples."""
        reports = self._store.reports(run_ids)
        return {run_id: _without_samples(report) for run_id, report in reports.items()}

    def sweep(self, sweep_id: str) -> Sweep:
        """Return a race that the visitor may read."""
        sweep = self._sweep(sweep_id)
        if not sweep.is_race:
            raise _not_readable("race", sweep_id)
        return sweep if self.owns(sweep) else _sweep_of_another(sweep)

    def sweeps(self, limit: int = 50) -> tuple[Sweep, ...]:
        """Return the visitor's races, newest first."""
        return self._store.sweeps.list(self._visitor, limit, of_lessons=False)

    def lesson_sweeps(self) -> tuple[Sweep, ...]:
        """Return the visitor's latest running sweeps for checks of lessons, newest first."""
        listed = self._store.sweeps.list(self._visitor, LESSON_SWEEPS, of_lessons=True)
        return tuple(sweep for sweep in listed if sweep.state == "running")

    def hides_data(self, run: Run) -> bool:
        """Return `True` if the run's data is a file of another person."""
        return not self.owns(run) and _has_file(run)

    # Files

    def keras_file(self, run: Run) -> bytes:
        """Return the trained model of the visitor's run, as `artifacts.keras_file` does."""
        return artifacts.keras_file(self._store, self._own(run.id, "download its model").id)

    def missing_model(self, run: Run) -> FileError | RunError | None:
        """Return the reason why the visitor can't have the model; `None` if they can."""
        if not self.owns(run):
            return _not_owner("run", "download its model", run.name)
        return artifacts.missing_model(self._store, run)

    def keep_file(self, prepared: Prepared, title: str) -> Path:
        """Keep prepared data as a file of the visitor, as `UploadFolder.keep` does."""
        return self._store.uploads.keep(self._visitor, prepared, title)

    # Changing

    def submit(
        self, request: RunRequest, name: str | None = None, pause_after: int | None = None
    ) -> str:
        """Queue a run of the visitor and return its id. It pauses after `pause_after` epochs.

        Raises `RunError` if the data is a file of another person.
        """
        self._require_own_file(request)
        return self._service.submit(request, self._visitor, name, self._sender, pause_after)

    def repeat(self, run_id: str) -> str:
        """Queue a run with the same request and name, and return its id."""
        run = self.run(run_id)
        return self.submit(run.request, run.name)

    def keep_result(self, run_id: str, kind: str, text: str) -> None:
        """Store the `inspection` or `xray` of the visitor's run."""
        self._store.keep_result(self._own(run_id, "inspect it").id, kind, text)

    def stop(self, run_id: str) -> None:
        """Stop a run of the visitor."""
        self._store.stop(self._own(run_id, "stop it").id)

    def pause_after(self, run_id: str, epochs: int | None) -> None:
        """Pause a run of the visitor after a number of epochs, or continue it with `None`."""
        self._service.pause_after(self._own(run_id, "pause it").id, epochs, self._sender)

    def rename(self, run_id: str, name: str) -> None:
        """Rename a run of the visitor."""
        self._store.rename(self._own(run_id, "rename it").id, name)

    def annotate(self, run_id: str, note: str) -> None:
        """Set the note of a run of the visitor."""
        self._store.annotate(self._own(run_id, "write a note on it").id, note)

    def pin(self, run_id: str, pinned: bool = True) -> None:
        """Pin or unpin a run of the visitor."""
        self._store.pin(self._own(run_id, "pin it").id, pinned)

    def share(self, run_id: str, shared: bool = True) -> None:
        """Let everybody with the link read a run of the visitor, or only the visitor."""
        self._store.share(self._own(run_id, "share it").id, shared)

    def delete(self, run_id: str) -> None:
        """Delete a run of the visitor that has ended."""
        self._store.delete(self._own(run_id, "delete it").id)

    def restore(self, run_id: str) -> None:
        """Restore a run that the visitor has deleted."""
        self._store.restore(run_id, self._visitor)

    def submit_sweep(self, order: SweepOrder) -> str:
        """Queue groups of runs as a race of the visitor, and return its id."""
        if order.refits:
            self._own(order.refits, "train its model again")
        for request in {group[0].data: group[0] for group in order.groups if group}.values():
            self._require_own_file(request)
        return self._service.submit_sweep(order, self._visitor)

    def pause(self, sweep_id: str) -> None:
        """Start no more runs of a race of the visitor; those in training continue to their end."""
        self._store.sweeps.change_state(self._own_sweep(sweep_id, "pause it").id, "paused")

    def resume(self, sweep_id: str, retry_failed: bool = False) -> None:
        """Resume a race of the visitor."""
        self._service.resume(self._own_sweep(sweep_id, "resume it").id, retry_failed)

    def end(self, sweep_id: str) -> None:
        """End a race of the visitor: stop its runs in training, and start no more."""
        self._store.sweeps.end(self._own_sweep(sweep_id, "end it").id)

    def share_sweep(self, sweep_id: str, shared: bool = True) -> None:
        """Let everybody with the link read a race of the visitor, or only the visitor."""
        self._store.sweeps.share(self._own_sweep(sweep_id, "share it").id, shared)

    # Checking access

    def _own(self, run_id: str, action: str) -> Run:
        run = self.run(run_id)
        if not self.owns(run):
            raise _not_owner("run", action, run.name)
        return run

    def _sweep(self, sweep_id: str) -> Sweep:
        sweep = self._store.sweeps.find(sweep_id)
        if sweep is None or not (sweep.shared or self.owns(sweep)):
            raise _not_readable("race", sweep_id)
        return sweep

    def _own_sweep(self, sweep_id: str, action: str) -> Sweep:
        sweep = self._sweep(sweep_id)
        if not self.owns(sweep):
            raise _not_owner("race", action, sweep_id)
        return sweep

    def _may_read(self, run: Run) -> bool:
        return run.shared or self.owns(run) or self._store.sweeps.shows(run.digest, self._visitor)

    def _as_seen(self, run: Run) -> Run:
        return run if self.owns(run) else _run_of_another(run)

    def _require_own_file(self, request: RunRequest) -> None:
        """Raise `RunError` if the data is a file of another person."""
        data = request.data
        if isinstance(data, str) and not self._store.uploads.belongs(data, self._visitor):
            raise RunError(
                "Only the owner of a data file may train on it.",
                "",
                "Choose your own file on the Train page, or ask the owner for theirs.",
            )


def _not_readable(what: str, received: str) -> RunError:
    """Return the same error for unknown and private ids, so that nobody can search for ids."""
    return RunError(
        f"There is no {what} `{received}` of yours, and none that is shared with you.",
        received,
        f"Ask its owner to open the {what} and share it.",
    )


def _not_owner(what: str, action: str, received: str) -> RunError:
    return RunError(
        f"Only the owner of a {what} may {action}.",
        f"{received}, of another person",
        f"Start a {what} of your own.",
    )


def _has_file(run: Run) -> bool:
    """Return `True` if the run's data is a file."""
    return HIDDEN_FILE in _without_paths(run.request_json)


def _run_of_another(run: Run) -> Run:
    """Return a run without its owner's id, note and file, and without an unshared name."""
    request = _without_paths(run.request_json)
    return replace(
        run,
        owner="",
        name=run.name if run.shared else str(run.architecture.get("name", "run")),
        pinned=False,
        note="",
        request_json=request,
        message=HIDDEN_MESSAGE if run.message and HIDDEN_FILE in request else run.message,
    )


def _sweep_of_another(sweep: Sweep) -> Sweep:
    """Return a race without its owner's id and file."""
    plan = _without_paths(sweep.plan)
    return replace(sweep, owner="", plan=plan, name="" if HIDDEN_FILE in plan else sweep.name)


@lru_cache(maxsize=256)
def _without_paths(text: str) -> str:
    return _PATH.sub(HIDDEN_FILE, text)


def _without_samples(report: Report) -> Report:
    """Return a report without its samples."""
    bare = {"points": (), "worst": ()}
    heads = {name: head.model_copy(update=bare) for name, head in report.heads.items()}
    return report.model_copy(update={"heads": heads})
