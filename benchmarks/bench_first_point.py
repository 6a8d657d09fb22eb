"""From the start of a run to the first point of its curve, against `fit` in a fresh process.

Children are warm: the host has imported Keras before. Both train two vectors with 2,000 samples.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from benchmarks.bench_training import two_vectors
from benchmarks.rows import BenchmarkRow, show
from components.core.paths import ROOT
from components.keras_host.forking_host import ForkingHost
from components.keras_host.host import PRELOADED, KerasHost
from components.keras_host.spawning_host import SpawningHost
from components.runs.child import ChildProcesses
from components.training.events import Epoch, Event
from components.training.requests import RunRequest, Settings
from sample_data.relations import RELATIONS
from sample_data.synthetic import DataSpec
from tests.waiting import wait_until

ROUNDS = 5
FIT = "`fit` in a fresh process"
FRESH = """
import numpy as np, keras
rng = np.random.default_rng(0)
inputs = {name: keras.Input((16,), name=name) for name in ("left", "right")}
hidden = [keras.layers.Dense(64, activation="relu")(x) for x in inputs.values()]
y = keras.layers.Dense(1, activation="sigmoid", name="y")(keras.layers.Concatenate()(hidden))
model = keras.Model(inputs, {"y": y})
model.compile("adam", {"y": "binary_crossentropy"}, metrics={"y": ["accuracy"]})
x = {name: rng.normal(size=(2000, 16)).astype("float32") for name in inputs}
model.fit(x, {"y": rng.integers(0, 2, (2000, 1))}, validation_split=0.2, verbose=0)
"""


def main() -> None:
    """Print the rows: medians of rounds in which each way has its turn."""
    spawning = SpawningHost(*PRELOADED)
    hosts: dict[str, KerasHost] = {"a spawned child": spawning}
    if sys.platform == "linux":
        hosts["a forked child"] = ForkingHost(*PRELOADED)
    times: dict[str, list[float]] = {way: [] for way in (FIT, *hosts)}
    for host in hosts.values():
        _first_point(host)
    for _ in range(ROUNDS):
        times[FIT].append(_fit_in_fresh_process())
        for way, host in hosts.items():
            wait_until(lambda: _has_spare(spawning))
            times[way].append(_first_point(host))
    for host in hosts.values():
        host.close()
    medians = {way: statistics.median(seconds) for way, seconds in times.items()}
    fresh = medians[FIT]
    rows = [BenchmarkRow(way, _figures(seconds, fresh)) for way, seconds in medians.items()]
    show("From the start of a run to the first point of its curve", rows)


def _figures(seconds: float, plain: float) -> dict[str, str]:
    return {"s": f"{seconds:.2f}", "ratio": f"{seconds / plain:.2f}"}


def _fit_in_fresh_process() -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", FRESH], cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def _has_spare(host: SpawningHost) -> bool:
    return any(not process.importing for process in host._waiting)


def _first_point(host: KerasHost) -> float:
    data = DataSpec(relation=RELATIONS["xor"](), samples=2000)
    request = RunRequest(architecture=two_vectors(), data=data, settings=Settings(epochs=1))
    points: list[float] = []

    def note(event: Event) -> None:
        if isinstance(event, Epoch):
            points.append(time.perf_counter())

    start = time.perf_counter()
    ChildProcesses(host).train(request, note)
    return points[0] - start


if __name__ == "__main__":
    main()
