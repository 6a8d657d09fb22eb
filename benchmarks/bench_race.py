"""Time of a race against ordinary `Model.fit` of the same runs.

There are 30 runs: six strategies and five seeds, on 2,000 samples of two vectors, 20 epochs in
batches of 32. The race trains them like the service and the command line: the seeds of a strategy
in one child, one child per core, with a report of each run; its start-up counts. For comparison,
the same models are trained one after another in this process. All 30 are run in both ways.
"""

from __future__ import annotations

import os
import statistics
import time
from contextlib import closing
from tempfile import TemporaryDirectory

from benchmarks.plain import fit, run_request, two_vectors
from benchmarks.rows import BenchmarkRow, show
from components.base.workers.keras_import import load_keras
from components.experiments.queue.store import Store
from components.experiments.queue.sweeps import SweepOrder
from components.experiments.queue.without_server import train_sweep
from components.experiments.races.plan import look_up
from components.experiments.races.statistics import SEEDS
from components.experiments.training.requests import RunRequest

STRATEGIES = ("concatenate", "add", "multiply", "gated", "bilinear", "film")
EPOCHS = 20
BATCH = 32


def main() -> None:
    """Print the time of both ways, and the mean difference of their losses."""
    load_keras()
    groups = [[_request(strategy, seed) for seed in range(SEEDS)] for strategy in STRATEGIES]
    requests = [request for group in groups for request in group]
    begun = time.perf_counter()
    with TemporaryDirectory() as folder, closing(Store(f"sqlite:///{folder}/runs.sqlite")) as store:
        train_sweep(SweepOrder(groups), store)
        race = time.perf_counter() - begun
        raced = look_up([request.digest for request in requests], store)
    begun = time.perf_counter()
    fitted = [fit(request).history["val_loss"][-1] for request in requests]
    plain = time.perf_counter() - begun
    losses = [raced[request.digest].final["val_loss"] for request in requests]
    show(
        f"{len(STRATEGIES)} strategies, {SEEDS} seeds, {os.cpu_count()} cores",
        [
            _row("race", race, losses),
            _row("fit, one after another", plain, fitted),
            BenchmarkRow("ratio", {"seconds": f"{plain / race:.1f}"}),
        ],
    )


def _request(strategy: str, seed: int) -> RunRequest:
    architecture = two_vectors(strategy, units=32)
    return run_request(architecture, "additive", seed, epochs=EPOCHS, batch_size=BATCH)


def _row(name: str, seconds: float, losses: list[float]) -> BenchmarkRow:
    return BenchmarkRow(
        name,
        {
            "seconds": f"{seconds:.1f}",
            "ms a run": f"{1e3 * seconds / len(losses):,.0f}",
            "mean loss": f"{statistics.mean(losses):.4f}",
        },
    )
