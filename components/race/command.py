"""A race from the command line: finished runs come from the store, the others are trained."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TextIO

import click

from components.race.evaluation import RaceResult
from components.race.plan import RacePlan, look_up, plan_race
from components.race.setup import Race, data_name
from components.race.stored_race import StoredRace
from components.runs.foreground import train_sweep
from components.training.events import Outcome
from components.training.requests import RunRequest

if TYPE_CHECKING:
    from components.runs.store import Store

LONGEST = 60
"""Letters of what the bar says of the latest run."""
Groups = Sequence[Sequence[RunRequest]]


def train_race(
    race: Race,
    store: Store,
    workers: int | None = None,
    output: TextIO | None = None,
    grouped: Callable[[Groups], Groups] = lambda groups: groups,
) -> tuple[RacePlan, Mapping[str, Outcome]]:
    """Train the runs that have not finished in the store, by its queue; return all by digest.

    A bar on a terminal, or else a line for each run that ends, is written to `output`, which is
    standard error by default. Runs are trained in groups of one process, which `grouped` may
    change.

    Ctrl-C ends it within two seconds; its result is then not complete. Finished runs are kept, and
    the same call continues from there. Raises what `plan_race` raises.
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
    order = replace(order, groups=grouped(order.groups))
    begun = f"{len(labels) - len(left):,} of {len(labels):,} runs are known"
    with click.progressbar(
        sorted(left),
        label=begun,
        bar_template="%(bar)s %(info)s",
        fill_char="█",
        empty_char="░",
        width=30,
        show_pos=True,
        item_show_func=lambda ended: (ended or "")[:LONGEST],
        file=output,
    ) as bar:
        bar.update(0, begun)

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


def stopped_note(result: RaceResult) -> str:
    """Say what a race has kept that was ended before its runs had."""
    kept = f"{result.done:,} of {result.total:,} runs are kept"
    return f"stopped: {kept}; run the same command to continue"
