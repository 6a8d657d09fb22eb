"""The outcomes of runs, looked up in the store by their digests, whoever trained them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from components.training.events import EndStatus, Epoch, Report

if TYPE_CHECKING:
    from components.runs.run import Run


@dataclass(frozen=True)
class Outcome:
    """What is known of one run; `waiting` if nobody has begun it."""

    status: Literal["waiting", "running"] | EndStatus = "waiting"
    history: tuple[Epoch, ...] = ()
    report: Report | None = None
    message: str = ""
    run: str = ""
    """The run's id in the store."""


class OutcomeSource(Protocol):
    """What outcomes are read from: the store, or what a visitor may read of it."""

    def latest(self, digests: Iterable[str]) -> dict[str, Run]:
        """The most informative run of each request, by digest."""

    def histories(self, run_ids: Iterable[str]) -> dict[str, tuple[Epoch, ...]]:
        """The epochs of runs, by id."""

    def reports(self, run_ids: Iterable[str]) -> dict[str, Report]:
        """The reports of runs, by id."""


def look_up(
    digests: Iterable[str], source: OutcomeSource, known: Mapping[str, Outcome] | None = None
) -> dict[str, Outcome]:
    """What is known of runs, by digest; those that have finished in `known` are not read again."""
    wanted = list(dict.fromkeys(digests))
    finished = {d: one for d, one in (known or {}).items() if one.status == "finished"}
    runs = source.latest(left) if (left := [d for d in wanted if d not in finished]) else {}
    ended = [run.id for run in runs.values() if run.status == "finished"]
    histories = source.histories(ended) if ended else {}
    reports = source.reports(ended) if ended else {}
    read = {
        digest: Outcome(
            "waiting" if run.status == "queued" else run.status,
            histories.get(run.id, ()),
            reports.get(run.id),
            run.message,
            run.id,
        )
        for digest, run in runs.items()
    }
    return {digest: finished.get(digest) or read.get(digest) or Outcome() for digest in wanted}
