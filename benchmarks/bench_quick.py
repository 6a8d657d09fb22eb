"""A race in two minutes on five models: the promised and the actual seconds, and its verdict.

Each model is first trained once in the size that the page proposes, which gives the pace that the
page would know. Then the six strategies of a first race, or two of them if six would show nothing,
race one run at a time on xor. The full race of the models in `FULL` follows.
"""

from __future__ import annotations

import time
from contextlib import closing
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.rows import BenchmarkRow, show
from components.base.text import duration
from components.base.workers.keras_import import load_keras
from components.experiments.queue.store import Store
from components.experiments.queue.without_server import train_kept
from components.experiments.races import text
from components.experiments.races.atlas.parts import two_vectors
from components.experiments.races.entries import FIRST, parse_entries
from components.experiments.races.evaluation import RaceResult, evaluate
from components.experiments.races.fitted import fit_entry
from components.experiments.races.quick import (
    QuickRace,
    nothing_shown,
    quick_race,
    race_seconds,
    size_words,
)
from components.experiments.races.setup import Race, make_race
from components.experiments.races.train_race import train_race
from components.experiments.races.widths import total_cost
from components.experiments.training.models import SaveOptions
from components.experiments.training.pace import (
    MeasuredRun,
    RunSize,
    TrainingPace,
    measured_pace,
    measured_slowness,
)
from components.experiments.training.requests import RunRequest, Settings
from components.models.architecture.architecture import Architecture
from sample_data.content import presets
from sample_data.loading.synthetic import DataSpec
from sample_data.relations import RELATIONS

SAMPLES = 2000
MODELS = ("wide_and_deep", "activity_sensors", "visual_question_answering", presets.DEFAULT)
"""Presets from the smallest to the one with the most operations."""
FULL = ("two_vectors", "activity_sensors")


def main() -> None:
    """Print the verdicts, then a row for each model."""
    load_keras()
    rows = []
    with TemporaryDirectory() as folder, closing(Store(f"sqlite:///{folder}/runs.sqlite")) as store:
        models = {"two_vectors": two_vectors().architecture}
        for name, model in (models | {name: presets.load(name) for name in MODELS}).items():
            race, pace = _race(model, store, Path(folder))
            quick = quick_race(race, pace)
            if quick is None:
                print(f"{name}: {nothing_shown(race, pace)}", flush=True)
                race = race.model_copy(update={"entries": race.entries[:2]})
                quick = quick_race(race, pace)
            if quick is None:
                continue
            begun = time.perf_counter()
            result = evaluate(*train_race(quick.race, store, 1, StringIO()))
            rows.append(_row(name, race, quick, pace, time.perf_counter() - begun, result))
            print(f"{name}: {text.verdict(result, result.tables[0])}", flush=True)
            if name in FULL:
                begun = time.perf_counter()
                full = evaluate(*train_race(race, store, 1, StringIO()))
                took = duration(time.perf_counter() - begun)
                verdict = text.verdict(full, full.tables[0])
                print(f"{name}, full in {took}: {verdict}", flush=True)
    if rows:
        show("A race in two minutes", rows)


def _race(model: Architecture, store: Store, folder: Path) -> tuple[Race, TrainingPace]:
    """Return the race that the page would set up, and the pace of a run of its model."""
    flops = total_cost(model).flops
    proposed = RunSize.of(flops, SAMPLES, Settings()).proposed(measured_slowness())
    data = DataSpec(relation=RELATIONS["xor"](), samples=proposed.samples)
    settings = Settings(epochs=proposed.epochs)
    request = RunRequest(architecture=model, data=data, settings=settings)
    options = SaveOptions(str(folder / "model.keras"), 10**9)
    outcome = train_kept(request, lambda event: None, store, options)
    assert outcome.report is not None, outcome.message
    run = MeasuredRun.of(flops, request, outcome.report, outcome.report.seconds)
    pace = measured_pace([run], 1.0)
    entries = [
        entry for entry in parse_entries(",".join(FIRST)) if fit_entry(model, entry).architecture
    ]
    race = make_race(
        architecture=model,
        entries=tuple(entries),
        data=(data,),
        settings=settings,
    )
    return race, pace


def _row(
    name: str, race: Race, quick: QuickRace, pace: TrainingPace, took: float, result: RaceResult
) -> BenchmarkRow:
    table = result.tables[0]
    shown = [row.detectable for row in table.rows if row.detectable is not None]
    return BenchmarkRow(
        name,
        {
            "strategies": str(len(race.entries)),
            "the full race": size_words(race),
            "would take": duration(race_seconds(race, pace)),
            "in two minutes": size_words(quick.race),
            "promised": duration(quick.seconds),
            "took": duration(took),
            "would show": quick.words,
            "verdict says": result.measure.difference(min(shown)) if shown else "all apart",
        },
    )
