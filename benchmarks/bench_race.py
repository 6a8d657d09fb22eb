"""A race against ordinary `Model.fit` of the same runs: `python -m benchmarks.bench_race`.

Six strategies and five seeds, on 2,000 samples of two vectors, 20 epochs in batches of 32: 30 runs.
The race trains them as the service and the command line do, the seeds of a strategy in one child,
as many children as there are cores, with a report of each run; its start-up counts. Beside it the
same models are trained one after another in this process: built, compiled, and `fit` with the same
samples held back. All 30 are run in both ways, none is extrapolated.
"""

from __future__ import annotations

import os
import statistics
import time
from typing import Any

from benchmarks.rows import BenchmarkRow, show
from components.core.keras_import import load_keras
from components.model.spec import Architecture, parse
from components.runs.foreground import train_groups
from components.training.data_split import DataSplit
from components.training.events import RunResult
from components.training.requests import RunRequest, Settings
from sample_data.relations import RELATIONS
from sample_data.sources import load
from sample_data.synthetic import DataSpec

STRATEGIES = ("concatenate", "add", "multiply", "gated", "bilinear", "film")
SEEDS = 5
SAMPLES = 2000
EPOCHS = 20
BATCH = 32


def main() -> None:
    """Print how long both take, and how far apart the losses are on average."""
    load_keras()
    groups = race_groups()
    begun = time.perf_counter()
    raced = train_groups(groups, lambda *_: None)
    race = time.perf_counter() - begun
    requests = [request for group in groups for request in group]
    begun = time.perf_counter()
    fitted = [_fitted(request) for request in requests]
    fit = time.perf_counter() - begun
    title = f"{len(STRATEGIES)} strategies, {SEEDS} seeds, {os.cpu_count()} cores"
    losses = [raced[request.digest] for request in requests]
    show(
        title,
        [
            _row("race", race, statistics.mean(_loss(result) for result in losses)),
            _row("fit, one after another", fit, statistics.mean(fitted)),
            BenchmarkRow("ratio", {"seconds": f"{fit / race:.1f}"}),
        ],
    )


def race_groups() -> list[list[RunRequest]]:
    """The runs of the race, the seeds of each strategy in one group."""
    relation = RELATIONS["additive"]()
    return [
        [
            RunRequest(
                architecture=_architecture(kind),
                data=DataSpec(relation=relation, samples=SAMPLES, seed=seed),
                settings=Settings(epochs=EPOCHS, batch_size=BATCH, seed=seed),
            )
            for seed in range(SEEDS)
        ]
        for kind in STRATEGIES
    ]


def _architecture(kind: str) -> Architecture:
    encoder = {"kind": "dense", "depth": 1, "units": 32}
    vector = {"kind": "vector", "features": 16, "encoder": encoder}
    names = ("left", "right")
    return parse(
        {
            "inputs": [{"name": name, **vector} for name in names],
            "merges": [{"name": "fusion", "kind": kind, "sources": list(names)}],
            "heads": [{"name": "y", "kind": "binary", "source": "fusion"}],
        }
    )


def _fitted(request: RunRequest) -> float:
    """The last validation loss of an ordinary `fit`."""
    import keras

    from components.model.builder import build_with_weights, compile_arguments

    settings = request.settings
    dataset = load(request.architecture, request.data)
    order = DataSplit(dataset.samples, settings)

    def rows(arrays: dict[str, Any], at: Any) -> dict[str, Any]:
        return {name: array[at] for name, array in arrays.items()}

    keras.utils.set_random_seed(settings.seed)
    model = build_with_weights(request.architecture).model
    optimizer = keras.optimizers.Adam(settings.learning_rate)
    model.compile(optimizer=optimizer, **compile_arguments(request.architecture))
    history = model.fit(
        rows(dataset.inputs, order.trained),
        rows(dataset.targets, order.trained),
        validation_data=(rows(dataset.inputs, order.held), rows(dataset.targets, order.held)),
        batch_size=settings.batch_size,
        epochs=settings.epochs,
        verbose=0,
    )
    return float(history.history["val_loss"][-1])


def _loss(result: RunResult) -> float:
    return result.final["val_loss"]


def _row(name: str, seconds: float, loss: float) -> BenchmarkRow:
    return BenchmarkRow(
        name,
        {
            "seconds": f"{seconds:.1f}",
            "ms a run": f"{1e3 * seconds / (len(STRATEGIES) * SEEDS):,.0f}",
            "mean loss": f"{loss:.4f}",
        },
    )


if __name__ == "__main__":
    main()
