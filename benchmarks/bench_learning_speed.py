"""What it costs to measure learning speed: `python -m benchmarks learning_speed`.

Epochs with and without the measure take turns on the same data, and the epochs of Keras's own
optimizer, which reads its count of steps once for each weight. Ratios are medians over pairs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.bench_training import image_and_sequence, random_arrays, two_vectors
from benchmarks.rows import BenchmarkRow, show
from components.model.spec import Architecture
from components.training.compiled_model import build_and_compile
from components.training.data_split import DataSplit
from components.training.epoch_runner import EpochRunner
from components.training.learning_speed import branch_parts
from components.training.requests import RunRequest, Settings
from sample_data.relations import RELATIONS
from sample_data.synthetic import DataSpec

SAMPLES = 2000
MODELS: dict[str, tuple[Callable[[], Architecture], int]] = {
    "two vectors": (two_vectors, 100),
    "image and sequence": (image_and_sequence, 15),
}
"""Each model, with the number of pairs."""


def _runner(request: RunRequest, measured: bool, plain: bool) -> EpochRunner:
    blueprint, _ = build_and_compile(request)
    model = blueprint.model
    if plain:
        kind: Any = type(model.optimizer).__base__
        model.optimizer = kind(learning_rate=request.settings.learning_rate)
    parts = branch_parts(blueprint) if measured else None
    runner = EpochRunner(model, request.settings.batch_size, parts)
    inputs, targets = random_arrays(request.architecture, SAMPLES)
    runner.load(inputs, targets, DataSplit(SAMPLES, request.settings))
    return runner


def _seconds(runner: EpochRunner) -> float:
    start_time = time.perf_counter()
    for _ in runner.run_epoch(1000):
        pass
    return time.perf_counter() - start_time


def compare(name: str, optimizer: str) -> BenchmarkRow:
    """A row of the table."""
    build, pairs = MODELS[name]
    request = RunRequest(
        architecture=build(),
        data=DataSpec(relation=RELATIONS["xor"](), samples=SAMPLES),
        settings=Settings.model_validate({"optimizer": optimizer, "learning_rate": 0.001}),
    )
    runners = [_runner(request, *flags) for flags in ((False, True), (False, False), (True, False))]
    times = np.array([[_seconds(runner) for runner in runners] for _ in range(pairs + 5)])[5:]
    keras, without, measured = times.T
    return BenchmarkRow(
        f"{name}, {optimizer}",
        {
            "epoch": f"{np.median(keras) * 1e3:.1f} ms",
            "count read once": f"{np.median(without / keras):.3f}",
            "measure alone": f"{np.median(measured / without):.3f}",
            "both": f"{np.median(measured / keras):.3f}",
        },
    )


def main() -> None:
    """Print the table."""
    rows = [compare(name, kind) for name in MODELS for kind in ("adam", "sgd")]
    show("learning speed, ratios", rows)


if __name__ == "__main__":
    main()
