"""Make the atlas, or continue it: `python -m components.experiments.races.atlas`."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from contextlib import closing
from importlib.metadata import distributions, version
from pathlib import Path

from components.base import clock
from components.base.files import write_file
from components.base.paths import ROOT, data_folder
from components.base.text import plural
from components.experiments.queue.store import Store
from components.experiments.races.atlas.parts import Part, parts
from components.experiments.races.atlas.picture import svg
from components.experiments.races.atlas.values import (
    DIGITS,
    FILE,
    Atlas,
    AtlasCell,
    AtlasDataset,
    AtlasSection,
    AtlasStrategy,
    Provenance,
    cells_of,
    load,
)
from components.experiments.races.evaluation import RaceResult, evaluate
from components.experiments.races.plan import plan_race
from components.experiments.races.setup import data_name
from components.experiments.races.statistics import SEEDS
from components.experiments.races.train_race import stopped_note, train_race
from components.models.drawing.palette import LIGHT
from sample_data.loading.synthetic import DataSpec

COMMAND = "python -m components.experiments.races.atlas"
STORE = data_folder() / "atlas.sqlite"
"""Store of the atlas's runs, apart from those of users, so that an interrupted run can continue."""
PICTURE = ROOT / "docs" / "atlas.svg"


def main() -> int:
    """Train the missing runs; write the figures and the picture."""
    with opened() as store:
        atlas = make(store, known=load())
    if atlas is None:
        return 130
    FILE.parent.mkdir(parents=True, exist_ok=True)
    write_file(FILE, atlas.json_text().encode())
    write_file(PICTURE, svg(atlas, LIGHT).encode())
    return 0


def make(
    store: Store, wanted: Sequence[Part] | None = None, known: Atlas | None = None
) -> Atlas | None:
    """Train the missing runs and evaluate all; `None` if interrupted.

    Strategies in a `known` atlas keep their scores if the data, the settings and the versions of
    the libraries are the same.
    """
    own, sections = about(), []
    raced = parts() if wanted is None else wanted
    kept = dict[str, AtlasSection]()
    if known is not None and known.about.versions == own.versions:
        kept = {part.name: old for part in raced if (old := _unchanged_section(known, part))}
    for part in raced:
        old = kept.get(part.name)
        lines = {line.strategy for line in old.lines} if old else set[str]()
        new = tuple(entry for entry in part.race.entries if part.strategy(entry) not in lines)
        if old and not new:
            sections.append(old)
            continue
        race = part.race.model_copy(update={"entries": new})
        print(f"{part.title}: {plural(race.total, 'run')}", file=sys.stderr)
        result = evaluate(*train_race(race, store, together=True))
        if not result.complete:
            print(stopped_note(result), file=sys.stderr)
            return None
        sections.append(section(part, result, old, own.date if kept else ""))
    return Atlas(about=known.about if known and kept else own, sections=tuple(sections))


def _unchanged_section(known: Atlas, part: Part) -> AtlasSection | None:
    """Return a part's section in an atlas if making it again would not change it, else `None`."""
    old = next((one for one in known.sections if one.name == part.name), None)
    if old is None or old.description != part.description:
        return None
    planned = zip(part.race.entries, plan_race(part.race).strategies, strict=True)
    now = {entry.text: one.parameters for entry, one in planned}
    same = {line.entry: line.parameters for line in old.lines}.items() <= now.items()
    data = [name_of_field(data) for data in part.data]
    return old if same and data == [field.name for field in old.fields] else None


def about() -> Provenance:
    """Return the machine and the versions of the libraries."""
    installed = {one.name: one.version for one in distributions()}
    return Provenance(
        command=COMMAND,
        date=clock.utc_now().date().isoformat(),
        seeds=tuple(range(SEEDS)),
        python=platform.python_version(),
        tensorflow=installed.get("tensorflow", installed.get("tensorflow-cpu", "unknown")),
        keras=version("keras"),
        numpy=version("numpy"),
        system=platform.system(),
        machine=platform.machine(),
        cores=os.cpu_count() or 1,
    )


def name_of_field(data: DataSpec) -> str:
    """Return a relation with its settings, without the number of samples, which never differs."""
    return data_name(data).partition(" ")[0]


def section(
    part: Part, result: RaceResult, old: AtlasSection | None = None, added: str = ""
) -> AtlasSection:
    """Make a section from the result of a part and the other strategies of its `old` section.

    The strategies in the result were `added` on a date. Raises `RuntimeError` if a run failed.
    """
    failed = [f"{row.entry}: {row.message}" for t in result.tables for row in t.rows if row.failed]
    if failed:
        raise RuntimeError(f"a run of the atlas failed: {failed[0]}")
    race, cells, fields = part.race, list[AtlasCell](), []
    dates = {line.strategy: line.added for line in old.lines} if old else {}
    for data, on_dataset in zip(part.data, result.tables, strict=True):
        name = name_of_field(data)
        before = old.on(name) if old else {}
        rows = {part.strategy(entry): entry.text for entry in race.entries}
        reached = {
            strategy: before[strategy].scores
            if strategy in before
            else tuple(
                round(on_dataset.row(row).scores[seed], DIGITS) for seed in range(race.seeds)
            )
            for strategy, row in rows.items()
        }
        cells += cells_of(name, reached)
        changed = ", ".join(
            map(str, data.relation.model_dump(exclude_defaults=True, exclude={"kind"}).values())
        )
        title = f"{data.relation.title} ({changed})" if changed else data.relation.title
        fields.append(
            AtlasDataset(name=name, title=title, samples=data.samples, marks=on_dataset.marks)
        )
    return AtlasSection(
        name=part.name,
        title=part.title,
        description=part.description,
        head=result.head,
        measure=result.measure.name,
        fields=tuple(fields),
        lines=tuple(
            AtlasStrategy(
                strategy=part.strategy(entry),
                entry=entry.text,
                title=part.title_of(entry),
                parameters=planned.parameters,
                notes=part.notes_of(entry, planned),
                added=dates.get(part.strategy(entry), added),
            )
            for entry, planned in zip(race.entries, plan_race(race).strategies, strict=True)
        ),
        cells=tuple(cells),
        strategies_left_out=part.left_out,
        relations_left_out=part.refused,
    )


def opened(path: Path = STORE) -> closing[Store]:
    """Open the store of the atlas's runs; a new one if there is none."""
    path.parent.mkdir(exist_ok=True)
    return closing(Store(f"sqlite:///{path}"))


if __name__ == "__main__":
    sys.exit(main())
