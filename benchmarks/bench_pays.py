"""Does fusion pay? Verdicts on data of which the truth is known, and how often they are wrong.

`python -m benchmarks pays`, about five minutes on two quiet cores. Each relation is raced on the
first part of the atlas that shows it, with fewer samples and epochs than there: five seeds, for
Concatenate as it is there and for the strategy that is best in the atlas. On `unique` one input is
enough, so every *pays* is wrong: 20 races are trained, and 2,000 are drawn from their runs.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np

from benchmarks.rows import BenchmarkRow, show
from components.core.keras_import import load_keras
from components.model.spec import Architecture, parse
from components.race.atlas.parts import parts
from components.race.atlas.pays import CHOSEN, race_pays
from components.race.evaluation import evaluate
from components.race.pays import pays
from components.race.plan import RacePlan, plan_race, requests
from components.race.setup import Race
from components.training.events import Event, Outcome
from components.training.loop import ModelTrainer
from components.training.requests import RunRequest, Settings
from sample_data.collections import COLLECTIONS
from sample_data.relations import RELATIONS
from sample_data.sources import CollectionSpec, Data
from sample_data.synthetic import DataSpec

SAMPLES, EPOCHS, SEEDS = 1500, 15, 5
RACES, DRAWN = 20, 2000
SMALL = 0.01
"""A smaller gap between the best single input and the Bayes optimum is none."""


def outcomes_of(asked: Iterable[RunRequest]) -> dict[str, Outcome]:
    """Return the outcome of each run by digest; runs of one architecture share its compilation."""
    trainer, known = ModelTrainer(), dict[str, Outcome]()
    unique = {request.digest: request for request in asked}
    for digest, request in sorted(unique.items(), key=lambda item: item[1].architecture.digest):
        events: list[Event] = []
        trainer.train(request, events.append, lambda: False)
        known[digest] = Outcome.of(events)
    return known


def relation_races() -> Iterator[tuple[str, Race]]:
    """Yield each relation with the race of Concatenate on it."""
    for kind in RELATIONS:
        part = next(p for p in parts() if kind in [d.relation.model_dump()["kind"] for d in p.data])
        data = DataSpec(relation=RELATIONS[kind](), samples=SAMPLES)
        settings = part.settings.model_copy(update={"epochs": EPOCHS})
        chosen = next(entry.text for entry in part.entries if entry.kind == CHOSEN)
        yield kind, race_pays(part.architecture, data, settings, chosen, SEEDS, part.head)


def verdict_row(name: str, race: Race, known: Mapping[str, Outcome]) -> BenchmarkRow:
    """Return what was reached, the ceilings, and the verdicts on the first and the last entry."""
    table = evaluate(plan_race(race), known).tables[0]
    reach, rows = table.ceilings, {row.entry: row for row in table.rows}
    alone = max(row.mean or 0.0 for row in table.rows if row.kind == "alone")
    figures = {"best alone": f"{alone:.3f}"}
    if reach:
        truth = reach["bayes"] - reach["single"] > SMALL
        figures = {
            "ceiling alone": f"{reach['single']:.3f}",
            "Bayes": f"{reach['bayes']:.3f}",
            "pays in truth": "yes" if truth else "no",
        } | figures
    best = race.entries[-1] if race.entries[-1].is_strategy else race.entries[0]
    for title, entry in (("Concatenate", race.entries[0]), ("best of atlas", best)):
        others = tuple(one for one in race.entries if one != entry)
        own = race.model_copy(update={"entries": (entry, *others)})
        result = evaluate(plan_race(own), known)
        shown = pays(result, result.tables[0])
        figures[title] = f"{rows[entry.text].mean or 0.0:.3f} {'pays' if shown else 'not shown'}"
    return BenchmarkRow(name, figures | {"which": best.text})


def false_verdicts() -> BenchmarkRow:
    """Count the races on `unique` in which fusion is said to pay, at either look."""
    part = parts()[0]
    data = DataSpec(relation=RELATIONS["unique"](), samples=SAMPLES)
    settings = part.settings.model_copy(update={"epochs": EPOCHS})
    plan = plan_race(race_pays(part.architecture, data, settings, seeds=SEEDS))
    many = plan.race.model_copy(update={"seeds": SEEDS * RACES})
    by_entry: dict[str, list[Outcome]] = {}
    known = outcomes_of(requests(many))
    for run in plan_race(many).runs:
        by_entry.setdefault(run.entry.text, []).append(known[run.digest])
    real = sum(_says(plan, by_entry, range(SEEDS * n, SEEDS * (n + 1))) for n in range(RACES))
    rng = np.random.default_rng(0)
    draws = (rng.choice(SEEDS * RACES, SEEDS, replace=False) for _ in range(DRAWN))
    drawn = sum(_says(plan, by_entry, draw) for draw in draws)
    return BenchmarkRow(
        "unique", {"real races": f"{real} of {RACES}", "drawn": f"{100 * drawn / DRAWN:.2f} %"}
    )


def _says(plan: RacePlan, by_entry: Mapping[str, list[Outcome]], seeds: Iterable[int]) -> bool:
    """Return whether either look says that fusion pays, with these runs as the seeds of a race."""
    drawn = list(seeds)
    for most in (SEEDS - 1, SEEDS):
        known = {
            run.digest: by_entry[run.entry.text][drawn[run.seed]]
            for run in plan.runs
            if run.seed < most
        }
        result = evaluate(plan, known)
        if pays(result, result.tables[0]):
            return True
    return False


def own_file(folder: Path) -> tuple[Architecture, str]:
    """Return a model and a file of two inputs, which both count; one label in ten is wrong."""
    rng, path = np.random.default_rng(0), folder / "own.npz"
    left, right = rng.normal(size=(2, 800, 6))
    label = (left[:, 0] + right[:, 0] > 0) ^ (rng.random(800) < 0.1)
    np.savez(path, left=left, right=right, label=label.astype("float32"))
    encoder = {"kind": "dense", "units": 16}
    inputs = [
        {"name": name, "kind": "vector", "features": 6, "encoder": encoder}
        for name in ("left", "right")
    ]
    merge = {"name": "fusion", "kind": "concatenate", "sources": ["left", "right"]}
    head = {"name": "label", "kind": "binary", "source": "fusion"}
    return parse({"inputs": inputs, "merges": [merge], "heads": [head]}), str(path)


def main() -> None:
    """Print a row for each relation, the wrong verdicts, and rows on other data."""
    load_keras()
    rows = []
    for kind, race in relation_races():
        rows.append(verdict_row(kind, race, outcomes_of(requests(race))))
        show(f"{SAMPLES:,} samples, {EPOCHS} epochs, {SEEDS} seeds", rows[-1:])
    show("all relations", rows)
    show("fusion is said to pay where it does not", [false_verdicts()])
    with tempfile.TemporaryDirectory() as folder:
        halves = COLLECTIONS["digit_halves"]()
        cases: dict[str, tuple[Architecture, Data]] = {
            "digits in two halves": (
                halves.architecture,
                CollectionSpec(collection="digit_halves", samples=800),
            ),
            "own file": own_file(Path(folder)),
        }
        rows = []
        for name, (model, data) in cases.items():
            race = race_pays(model, data, Settings(epochs=10, learning_rate=0.003), seeds=SEEDS)
            rows.append(verdict_row(name, race, outcomes_of(requests(race))))
        show("other data", rows)
