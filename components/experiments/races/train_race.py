"""Races from the command line: finished runs come from the store, others are trained."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import replace
from itertools import chain
from tempfile import TemporaryDirectory
from typing import TextIO

import click

from components.experiments.queue.store import Store
from components.experiments.queue.sweeps import SweepOrder
from components.experiments.queue.without_server import train_sweep
from components.experiments.races.evaluation import RaceResult
from components.experiments.races.plan import RacePlan, look_up, plan_race
from components.experiments.races.setup import Race, data_name
from components.experiments.races.stored_race import StoredRace
from components.experiments.training.events import Outcome
from components.experiments.training.requests import RunRequest
from components.models.architecture.architecture import Architecture

LONGEST = 60
"""Letters of the latest run in the progress bar."""


def train_race(
    race: Race,
    store: Store,
    workers: int | None = None,
    output: TextIO | None = None,
    together: bool = False,
) -> tuple[RacePlan, Mapping[str, Outcome]]:
    """Train the runs of a race that have not finished in the store; return all by digest.

    Progress is written to `output`, standard error by default: a bar on a terminal, otherwise a
    line for each run that ends. One process trains the runs of a strategy on one dataset, or those
    on all datasets `together`.

    Ctrl-C ends it within two seconds, with an incomplete result. Finished runs are kept, and the
    same call continues from there. Raises what `plan_race` raises.
    """
    plan, output = plan_race(race), output or sys.stderr
    labels = {
        run.digest: f"{run.entry.text} on {data_name(run.data)}, seed {run.seed}"
        for run in plan.runs
    }
    known = look_up(labels, store)
    left = {digest for digest, outcome in known.items() if outcome.status != "finished"}
    if not left:
        return plan, known
    order = StoredRace(plan).order()
    if together:
        order = replace(order, groups=by_architecture(chain(*order.groups)))
    begun = f"{len(labels) - len(left):,} of {len(labels):,} runs are known"
    with click.progressbar(
        sorted(left),
        label=begun,
        bar_template="%(bar)s %(info)s",
        fill_char="█",
        empty_char="░",
        width=30,
        show_pos=True,
        item_show_func=lambda ended: (ended or begun)[:LONGEST],
        file=output,
    ) as bar:

        def see(sweep: str) -> None:
            for digest, status in store.sweeps.ended(sweep).items():
                if digest in left:
                    left.remove(digest)
                    ended = f"{labels[digest]}: {status}"
                    bar.update(1, ended)
                    if not output.isatty():
                        print(f"{bar.pos:,}/{bar.length:,}  {ended}", file=output)

        train_sweep(order, store, workers, see)
    return plan, look_up(labels, store, known)


def train_outcomes(requests: Iterable[RunRequest]) -> dict[str, Outcome]:
    """Train runs that are in no race, and return their outcomes by digest; keep none in the store.

    Raises `KeyboardInterrupt` after Ctrl-C.
    """
    if not (groups := by_architecture(requests)):
        return {}
    with TemporaryDirectory() as folder, closing(Store(f"sqlite:///{folder}/runs.sqlite")) as store:
        if not train_sweep(SweepOrder(groups), store):
            raise KeyboardInterrupt
        return look_up((request.digest for request in chain(*groups)), store)


def by_architecture(requests: Iterable[RunRequest]) -> list[list[RunRequest]]:
    """Group runs by architecture, so that each architecture is traced once."""
    groups: dict[Architecture, list[RunRequest]] = {}
    for request in requests:
        groups.setdefault(request.architecture, []).append(request)
    return list(groups.values())


def stopped_note(result: RaceResult) -> str:
    """Return a sentence on the runs that an interrupted race has kept."""
    kept = f"{result.done:,} of {result.total:,} runs are kept"
    return f"stopped: {kept}; run the same command to continue"
