"""Time of an epoch of our loop, and of a curve's first point, against `Model.fit`.

Epochs are the first and the fastest later one, of the same model on the same samples. The first
point is that of a run in a child of a host that has already imported Keras, compared with the end
of `fit` in a fresh process; both train two vectors with 2,000 samples.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from benchmarks.plain import fit, fused, run_request, two_vectors
from benchmarks.rows import BenchmarkRow, show
from components.base.paths import ROOT
from components.base.workers.host import ForkingHost, KerasHost, SpawningHost
from components.base.workers.keras_import import load_keras
from components.base.workers.preloads import PRELOADS
from components.experiments.queue.child import train_group
from components.experiments.training.control import RunControl, Work
from components.experiments.training.events import Epoch, Event
from components.experiments.training.loop import ModelTrainer
from components.models.architecture.architecture import Architecture
from tests.waiting import wait_until

EPOCHS = 20
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
    load_keras()
    models = {"two vectors": two_vectors(), "image and sequence": _image_and_sequence()}
    show("An epoch, batches of 32", [_epochs(name, model) for name, model in models.items()])
    show("From the start of a run to the first point of its curve", _first_points())


def _image_and_sequence() -> Architecture:
    """Return a model that concatenates a convolution and an LSTM."""
    image = {"kind": "image", "height": 16, "width": 16, "channels": 1}
    conv = {"kind": "conv2d", "depth": 1, "filters": 16}
    series = {"kind": "timeseries", "length": 32, "features": 4}
    lstm = {"kind": "lstm", "depth": 1, "units": 32}
    return fused(
        {"name": "image", **image, "encoder": conv}, {"name": "series", **series, "encoder": lstm}
    )


def _epochs(name: str, architecture: Architecture) -> BenchmarkRow:
    request = run_request(architecture, "xor", epochs=EPOCHS, validation_share=0)
    events: list[Event] = []
    theirs = fit(request).seconds
    ModelTrainer().train(request, events.append, RunControl())
    ours = [event.seconds for event in events if isinstance(event, Epoch)]
    return BenchmarkRow(
        name,
        {
            "fit ms": f"{min(theirs[1:]) * 1e3:.1f}",
            "ours ms": f"{min(ours[1:]) * 1e3:.1f}",
            "ratio": f"{min(theirs[1:]) / min(ours[1:]):.1f}",
            "fit first s": f"{theirs[0]:.2f}",
            "ours first s": f"{ours[0]:.2f}",
        },
    )


def _first_points() -> list[BenchmarkRow]:
    """Measure the median over rounds in which the ways take turns."""
    spawning = SpawningHost(*PRELOADS)
    hosts: dict[str, KerasHost] = {"a spawned child": spawning}
    if sys.platform == "linux":
        hosts["a forked child"] = ForkingHost(*PRELOADS)
    times: dict[str, list[float]] = {way: [] for way in (FIT, *hosts)}
    for host in hosts.values():
        _first_point(host)
    for _ in range(ROUNDS):
        times[FIT].append(_fit_in_fresh_process())
        for way, host in hosts.items():
            wait_until(lambda: not all(one.is_importing() for one in spawning._waiting))
            times[way].append(_first_point(host))
    for host in hosts.values():
        host.close()
    medians = {way: statistics.median(seconds) for way, seconds in times.items()}
    return [
        BenchmarkRow(way, {"s": f"{seconds:.2f}", "ratio": f"{seconds / medians[FIT]:.2f}"})
        for way, seconds in medians.items()
    ]


def _fit_in_fresh_process() -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", FRESH], cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def _first_point(host: KerasHost) -> float:
    points: list[float] = []

    def note(_: int, event: Event) -> None:
        if isinstance(event, Epoch):
            points.append(time.perf_counter())

    start = time.perf_counter()
    train_group(host, Work([run_request(two_vectors(), "xor", epochs=1)]), note)
    return points[0] - start
