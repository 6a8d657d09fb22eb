"""What became of a race's runs, looked up by what was asked for, whoever trained them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from components.race.plan import Race
from components.training.events import Epoch, Report, Status


@dataclass(frozen=True)
class Outcome:
    """What is known of one run. `waiting` is one that nobody has begun."""

    status: Status | Literal["waiting"] = "waiting"
    history: tuple[Epoch, ...] = ()
    report: Report | None = None
    message: str = ""
    run: str = ""
    """The run's id in the store."""


class StoredRun(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def status(self) -> Status: ...
    @property
    def message(self) -> str: ...


class Lookups(Protocol):
    """What a store of runs is asked for."""

    def latest(self, digests: Sequence[str]) -> Mapping[str, StoredRun]:
        """For each digest the run that tells most; those that no run has are absent."""
        ...

    def histories(self, run_ids: Sequence[str]) -> Mapping[str, tuple[Epoch, ...]]:
        """The epochs of runs by id."""
        ...

    def reports(self, run_ids: Sequence[str]) -> Mapping[str, Report]:
        """The reports of runs by id."""
        ...


def look_up(
    race: Race, store: Lookups, known: Mapping[str, Outcome] | None = None
) -> dict[str, Outcome]:
    """What is known of every run of a race, by digest; what had finished in `known` stays.

    Raises `SpecError` where a strategy cannot take part.
    """
    digests = list(dict.fromkeys(cell.digest for cell in race.cells()))
    found = {d: o for d, o in (known or {}).items() if o.status == "finished"}
    asked = [digest for digest in digests if digest not in found]
    runs = store.latest(asked) if asked else {}
    finished = [run.id for run in runs.values() if run.status == "finished"]
    histories = store.histories(finished) if finished else {}
    reports = store.reports(finished) if finished else {}
    for digest in asked:
        run = runs.get(digest)
        found[digest] = (
            Outcome()
            if run is None
            else Outcome(
                run.status, histories.get(run.id, ()), reports.get(run.id), run.message, run.id
            )
        )
    return {digest: found[digest] for digest in digests}
