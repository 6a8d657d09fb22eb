"""Inspections of the runs of a race, as one visitor may use them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from components.core.errors import RunError
from components.runs.run import Run
from components.runs.run_service import Service
from components.runs.visitor_runs import VisitorRuns


class VisitorInspections:
    """Inspections of a race by its strategies: all who may read the race read them.

    Only the owner of the race starts them. What takes a race raises `RunError` if the visitor may
    not read it.
    """

    def __init__(self, service: Service, visitor: str, runs: VisitorRuns, sender: str = "") -> None:
        self._service, self._visitor, self._runs = service, visitor, runs
        self._sender = sender

    def results(self, runs: Iterable[Run]) -> dict[str, str]:
        """The latest inspection of each run's request as JSON text, by digest.

        Runs on a data file of another person have none here.
        """
        open_to = [run.digest for run in runs if not self._runs.hides_data(run)]
        return self._service.store.inspections.of_requests(open_to)

    def latest(self, runs: Iterable[Run]) -> dict[str, Run]:
        """The visitor's latest inspection of each run, by the run's id, as a run."""
        latest = self._service.store.inspections.latest_of(run.id for run in runs)
        return {of: run for of, run in latest.items() if self._runs.owns(run)}

    def submit(self, sweep_id: str, runs: Sequence[Run]) -> str:
        """Inspect finished runs of the visitor's race, one after another; returns the first's id.

        Those without a kept model are trained again first. While an inspection of these runs waits
        or is under way, another isn't started.
        """
        sweep = self._runs.sweep(sweep_id)
        if not self._runs.owns(sweep):
            raise RunError(
                "Only the owner of a race may inspect its strategies.",
                sweep.name,
                "Start a race of your own.",
            )
        for latest in self.latest(runs).values():
            if not latest.ended:
                return latest.id
        known = set(sweep.digests)
        ids = [run.id for run in runs if run.digest in known and run.status == "finished"]
        return self._service.inspect_in_turn(ids, self._visitor, self._sender)
