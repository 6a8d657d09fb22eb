"""Makes the atlas: trains every run that is not in the store, then evaluates all."""

from __future__ import annotations

import os
import platform
import re
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from components.core.paths import data_folder
from components.core.text import plural
from components.race import command
from components.race.atlas.part import SEEDS, Part
from components.race.atlas.parts import parts
from components.race.atlas.values import (
    DIGITS,
    Atlas,
    AtlasCell,
    AtlasDataset,
    AtlasSection,
    AtlasStrategy,
    Provenance,
    cells_of,
)
from components.race.data_names import data_name
from components.race.evaluation import evaluate
from components.race.outcomes import look_up
from components.race.plan import RacePlan, contenders, plan_race, run_groups
from components.race.result import RaceResult
from components.runs.foreground import train_groups
from components.runs.run_service import Service
from components.runs.store import Store
from components.training.events import Event
from components.training.requests import RunRequest
from sample_data.synthetic import DataSpec

COMMAND = "python -m components.race.atlas"
STORE = data_folder() / "atlas.sqlite"
"""The runs of the atlas, apart from those of users, so that an interrupted one can continue."""
REPORT_SECONDS = 5.0
"""The time between two reports of a cluster's progress."""

Groups = Sequence[Sequence[RunRequest]]
Tell = Callable[[str], object]


def make(store: Store, tell: Tell, wanted: Sequence[Part] | None = None) -> Atlas | None:
    """Train what is missing and evaluate all; `None` if it was interrupted.

    On the cluster at DASK_SCHEDULER_ADDRESS where one is set, else in processes here.
    """
    wanted = parts() if wanted is None else wanted
    cluster = bool(os.environ.get("DASK_SCHEDULER_ADDRESS"))
    results = []
    for part in wanted:
        tell(f"{part.title}: {plural(part.race.total, 'run')}")
        whole = _train_on_cluster(part, store, tell) if cluster else _train_locally(part, store)
        if whole is None:
            return None
        results.append((part, whole))
    return Atlas(about=about(), sections=tuple(section(p, whole) for p, whole in results))


def grouped(groups: Groups) -> list[list[RunRequest]]:
    """The same runs grouped by architecture, which is traced once for all datasets."""
    by_architecture: dict[object, list[RunRequest]] = {}
    for group in groups:
        for request in group:
            by_architecture.setdefault(request.architecture, []).append(request)
    return list(by_architecture.values())


def about() -> Provenance:
    """The machine and the versions of the libraries."""
    return Provenance(
        command=COMMAND,
        date=datetime.now(UTC).date().isoformat(),
        seeds=tuple(range(SEEDS)),
        python=platform.python_version(),
        tensorflow=_version("tensorflow", "tensorflow-cpu"),
        keras=version("keras"),
        numpy=version("numpy"),
        system=platform.system(),
        machine=platform.machine(),
        cores=os.cpu_count() or 1,
    )


def name_of_field(data: DataSpec) -> str:
    """The relation with its settings, without the number of samples, which is the same for all."""
    return data_name(data).partition(" ")[0]


def section(part: Part, result: RaceResult) -> AtlasSection:
    """A section from the result of a part. Raises `RuntimeError` if a run failed."""
    failed = [f"{row.entry}: {row.message}" for t in result.tables for row in t.rows if row.failed]
    if failed:
        raise RuntimeError(f"a run of the atlas failed: {failed[0]}")
    race = part.race
    names = {entry.text: part.strategy(entry) for entry in race.entries}
    cells: list[AtlasCell] = []
    for data, table in zip(part.data, result.tables, strict=True):
        rows = {row.entry: row for row in table.rows}
        reached = {
            names[entry.text]: tuple(
                round(rows[entry.text].scores[seed], DIGITS) for seed in range(race.seeds)
            )
            for entry in race.entries
        }
        cells += cells_of(name_of_field(data), reached)
    return AtlasSection(
        name=part.name,
        title=part.title,
        description=part.description,
        head=result.head,
        measure=result.measure.name,
        fields=tuple(
            AtlasDataset(
                name=name_of_field(data),
                title=_title(data),
                samples=data.samples,
                marks=table.marks,
            )
            for data, table in zip(part.data, result.tables, strict=True)
        ),
        lines=tuple(
            AtlasStrategy(
                strategy=names[one.entry.text],
                entry=one.entry.text,
                title=part.title_of(one.entry),
                parameters=one.size.parameters,
                notes=part.notes_of(one),
            )
            for one in contenders(race)
        ),
        cells=tuple(cells),
        strategies_left_out=part.left_out,
        relations_left_out=part.refused,
    )


def _title(data: DataSpec) -> str:
    relation = data.relation
    _, *values = re.split("[:,]", name_of_field(data))
    shown = ", ".join(value.partition("=")[2] for value in values)
    return f"{relation.title} ({shown})" if shown else relation.title


def _train_locally(part: Part, store: Store) -> RaceResult | None:
    """Train in processes of this machine, the runs of one architecture together."""

    def train(
        groups: Groups,
        report: Callable[[str, Event], None],
        should_stop: Callable[[], bool],
        workers: int | None = None,
    ) -> object:
        return train_groups(grouped(groups), report, should_stop, workers)

    outcome = command.train_race(part.race, store, train)
    if outcome.stopped:
        print(command.stopped_note(outcome), file=sys.stderr)
        return None
    return outcome.result


def _train_on_cluster(part: Part, store: Store, tell: Tell) -> RaceResult | None:
    """Train as a sweep of the service, which sends its groups to the cluster."""
    service = Service(store)
    try:
        plan = plan_race(part.race)
        groups = [list(group.values()) for group in run_groups(plan)]
        sweep = service.submit_sweep(grouped(groups), part.race.json_text())
        return _wait_for_result(plan, store, sweep, tell)
    except KeyboardInterrupt:
        tell("stopped: what has finished is kept; run the same command to continue")
        return None
    finally:
        service.shutdown()


def _wait_for_result(plan: RacePlan, store: Store, sweep: str, tell: Tell) -> RaceResult:
    while store.sweeps.get(sweep).state == "running":
        time.sleep(REPORT_SECONDS)
        result = evaluate(plan, look_up(plan.digests, store))
        tell(f"{result.done:,}/{result.total:,}")
    return evaluate(plan, look_up(plan.digests, store))


def _version(*names: str) -> str:
    for name in names:
        try:
            return version(name)
        except ModuleNotFoundError:
            continue
    return "unknown"


def opened(path: Path = STORE) -> closing[Store]:
    """The store of the atlas's runs; a new one if there is none."""
    path.parent.mkdir(exist_ok=True)
    return closing(Store(f"sqlite:///{path}"))
