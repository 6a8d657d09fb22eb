"""An epoch of our loop against one of `Model.fit`: `python -m benchmarks.bench_training`.

Both train the same model from the same weights on the same samples. Times are those of the first
epoch and of the fastest one behind it; losses are compared with `fit` on the samples in our order.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from components.model.spec import Architecture, parse
from components.training.compiled_model import build_and_compile
from components.training.data_split import DataSplit
from components.training.epoch_runner import EpochRunner, run_epochs
from components.training.events import Epoch
from components.training.requests import RunRequest, Settings
from sample_data.relations import RELATIONS
from sample_data.synthetic import DataSpec

Arrays = Mapping[str, npt.NDArray[Any]]
EPOCHS = 20


@dataclass(frozen=True)
class Timing:
    """One way to train: seconds of the first epoch and of the fastest one behind it, and losses."""

    first: float
    best: float
    losses: list[float]


def two_vectors() -> Architecture:
    """Two vectors of 16 features, concatenated: 2,305 parameters."""
    return _fused(_vector("left"), _vector("right"))


def image_and_sequence() -> Architecture:
    """A convolution and an LSTM, concatenated."""
    image = {"kind": "image", "height": 16, "width": 16, "channels": 1}
    conv = {"kind": "conv2d", "depth": 1, "filters": 16}
    series = {"kind": "timeseries", "length": 32, "features": 4}
    lstm = {"kind": "lstm", "depth": 1, "units": 32}
    return _fused(
        {"name": "image", **image, "encoder": conv}, {"name": "series", **series, "encoder": lstm}
    )


def _vector(name: str) -> dict[str, Any]:
    encoder = {"kind": "dense", "depth": 1, "units": 64}
    return {"name": name, "kind": "vector", "features": 16, "encoder": encoder}


def _fused(*inputs: dict[str, Any]) -> Architecture:
    sources = [entry["name"] for entry in inputs]
    merge = {"name": "fusion", "kind": "concatenate", "sources": sources}
    head = {"name": "y", "kind": "binary", "source": "fusion"}
    return parse({"inputs": list(inputs), "merges": [merge], "heads": [head]})


def random_arrays(architecture: Architecture, samples: int) -> tuple[Arrays, Arrays]:
    """Random inputs and labels."""
    rng = np.random.default_rng(0)
    inputs = {
        branch.name: rng.normal(size=(samples, *(axis or 1 for axis in branch.shape))).astype(
            "float32"
        )
        for branch in architecture.inputs
    }
    return inputs, {"y": rng.integers(0, 2, (samples, 1)).astype("float32")}


def _fit(request: RunRequest, inputs: Arrays, targets: Arrays) -> Timing:
    """One call of `fit` for all epochs, so that what it sets up once counts in its first one."""
    import keras

    ends: list[float] = []
    clock = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: ends.append(time.perf_counter()))
    model = build_and_compile(request)[0].model
    begun = time.perf_counter()
    model.fit(
        dict(inputs),
        dict(targets),
        batch_size=request.settings.batch_size,
        epochs=EPOCHS,
        callbacks=[clock],
        verbose=0,
    )
    return Timing(ends[0] - begun, float(np.diff(ends).min()), [])


def _fit_in_our_order(request: RunRequest, inputs: Arrays, targets: Arrays) -> list[float]:
    """The losses of `fit` where it sees the samples in the order our loop does."""
    model = build_and_compile(request)[0].model
    order, losses = DataSplit(len(targets["y"]), request.settings), []
    for _ in range(EPOCHS):
        at = order.shuffled()
        history = model.fit(
            {name: array[at] for name, array in inputs.items()},
            {name: array[at] for name, array in targets.items()},
            batch_size=request.settings.batch_size,
            shuffle=False,
            verbose=0,
        )
        losses.append(history.history["loss"][0])
    return losses


def _ours(request: RunRequest, inputs: Arrays, targets: Arrays) -> Timing:
    model = build_and_compile(request)[0].model
    ends, losses = [time.perf_counter()], []
    runner = EpochRunner(model, request.settings.batch_size)
    runner.load(inputs, targets, DataSplit(len(targets["y"]), request.settings))
    for event in run_epochs(model, runner, request.settings):
        if isinstance(event, Epoch):
            ends.append(time.perf_counter())
            losses.append(event.logs["loss"])
    seconds = np.diff(ends)
    return Timing(float(seconds[0]), float(seconds[1:].min()), losses)


def compare(name: str, architecture: Architecture, samples: int) -> str:
    """A row of the table."""
    settings = Settings(epochs=EPOCHS, validation_share=0)
    data = DataSpec(relation=RELATIONS["xor"](), samples=samples)
    request = RunRequest(architecture=architecture, data=data, settings=settings)
    inputs, targets = random_arrays(architecture, samples)
    theirs = _fit(request, inputs, targets)
    ours = _ours(request, inputs, targets)
    expected = _fit_in_our_order(request, inputs, targets)
    apart = max(abs(a - b) for a, b in zip(ours.losses, expected, strict=True))
    return (
        f"{name:<24}{samples:>8,}{theirs.best * 1e3:>10.1f}{ours.best * 1e3:>10.1f}"
        f"{theirs.best / ours.best:>8.1f}{theirs.first:>12.2f}{ours.first:>12.2f}{apart:>12.1e}"
    )


def main() -> None:
    """Print the table. Times of an epoch in ms, of the first one in s."""
    print(
        f"{'batch 32':<24}{'samples':>8}{'fit':>10}{'ours':>10}{'ratio':>8}"
        f"{'fit first':>12}{'ours first':>12}{'loss apart':>12}"
    )
    print(compare("two vectors", two_vectors(), 2000))
    print(compare("image and sequence", image_and_sequence(), 2000))


if __name__ == "__main__":
    main()
