"""Accuracy by the rate of missing inputs in training and the rate in use.

Either of two inputs may be missing: vectors of 16 features around zero, or pictures of 4 × 4
pixels, as bright as their number is large; there zeros are black, a number below all others. Each
model is trained on 1,000 samples and tested on 2,000 others, with inputs removed at several rates.
There are four merges, three fillings and two relations; concatenation joins the fillings, the other
three leave out missing inputs. Intervals are over seeds, and differences are paired by seed; a
number after `missing` is the number of seeds.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from benchmarks.plain import fused
from benchmarks.rows import BenchmarkRow, show
from components.base.workers.keras_import import load_keras
from components.experiments.races.statistics import interval
from components.experiments.training.control import RunControl
from components.experiments.training.events import End
from components.experiments.training.loop import ModelTrainer, RunModel, TrainOptions
from components.experiments.training.requests import RunRequest, Settings
from components.models.architecture.architecture import Architecture
from components.models.inputs.base import presence
from sample_data.loading.sources import load
from sample_data.loading.synthetic import DataSpec
from sample_data.relations import RELATIONS

INPUTS: dict[str, dict[str, Any]] = {
    "vectors": {
        **{"kind": "vector", "features": 16},
        "encoder": {"kind": "dense", "depth": 1, "units": 32},
    },
    "pictures": {
        **{"kind": "image", "height": 4, "width": 4, "channels": 1},
        "encoder": {"kind": "flatten_dense", "depth": 1, "units": 32},
    },
}
MERGES = ("concatenate", "average", "gated", "self_attention")
FILLINGS = ("zeros", "mean", "learned")
KINDS = ("redundant", "additive")
TRAINED = (0.0, 0.3, 0.6)
USED = (0.0, 0.2, 0.4, 0.6, 0.8)
SEEDS = 5
SAMPLES, TESTED = 1000, 2000

Accuracies = list[list[float]]
"""Accuracies by seed and rate in use."""


def main() -> None:
    """Print for each merge a row per model, and the fillings against zeros."""
    load_keras()
    seeds = next((int(word) for word in sys.argv[1:] if word.isdigit()), SEEDS)
    for kind, relation, merge in product(INPUTS, KINDS, MERGES):
        measured = {
            (filling, rate): list(_accuracies(_model(kind, merge, filling, rate), relation, seeds))
            for filling, rate in product(FILLINGS, TRAINED)
        }
        rows = [
            BenchmarkRow(f"{filling}, {rate:.0%} in training", _figures(accuracies))
            for (filling, rate), accuracies in measured.items()
        ]
        rows += [
            BenchmarkRow(
                f"{filling} less zeros, {rate:.0%} in training",
                _figures(_differences(measured[filling, rate], measured["zeros", rate])),
            )
            for filling, rate in product(FILLINGS[1:], TRAINED)
        ]
        show(f"{kind}, {relation}, {merge}: accuracy at a rate in use", rows)


def _model(kind: str, merge: str, filling: str, rate: float) -> Architecture:
    lacking = {"missing": filling, "missing_rate": rate}
    inputs = ({"name": name, **INPUTS[kind], **lacking} for name in ("left", "right"))
    return fused(*inputs, merge=merge)


def _accuracies(model: Architecture, relation: str, seeds: int) -> Iterator[list[float]]:
    """Train with each seed, and yield the accuracies at the rates in use."""
    trainer, rows = ModelTrainer(), list[list[float]]()

    def test(trained: RunModel, _: End) -> None:
        rows.append([_accuracy(trained, rate) for rate in USED])

    for seed in range(seeds):
        request = RunRequest(
            architecture=model,
            data=DataSpec(relation=RELATIONS[relation](), samples=SAMPLES, seed=seed),
            settings=Settings(seed=seed, epochs=15, learning_rate=0.005, validation_share=0),
        )
        trainer.train(request, lambda _: None, RunControl(), TrainOptions(finish=test))
        yield rows[-1]


def _accuracy(trained: RunModel, rate: float) -> float:
    """Return the accuracy on new samples of the same data, with each input missing at that rate."""
    architecture, data = trained.request.architecture, trained.request.data
    assert isinstance(data, DataSpec)
    tested = load(architecture, data.model_copy(update={"samples": TESTED}), draw=1)
    rng, inputs = np.random.default_rng(data.seed), dict(tested.inputs)
    for name in map(presence, architecture.may_be_missing):
        inputs[name] = (rng.random((TESTED, 1)) >= rate).astype(np.float32)
    predicted = trained.blueprint.model(inputs, training=False)["y"].numpy() > 0.5
    return float((predicted == tested.targets["y"]).mean())


def _differences(one: Accuracies, other: Accuracies) -> Accuracies:
    differences: Accuracies = (np.array(one) - np.array(other)).tolist()
    return differences


def _figures(by_seed: Accuracies) -> dict[str, str]:
    """Return the mean at each rate in use, with half of its interval."""
    columns = [interval(values) for values in zip(*by_seed, strict=True)]
    halves = [one.mean - (one.mean if one.low is None else one.low) for one in columns]
    return {
        f"{rate:.0%}": f"{one.mean:.3f} ± {half:.3f}"
        for rate, one, half in zip(USED, columns, halves, strict=True)
    }
