"""Plain Keras for comparison: runs on two inputs, trained by an ordinary `Model.fit`."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.experiments.training.data_split import DataSplit
from components.experiments.training.requests import RunRequest, Settings
from components.models.architecture.architecture import Architecture, parse
from sample_data.loading.sources import load
from sample_data.loading.synthetic import DataSpec
from sample_data.relations import RELATIONS

SAMPLES = 2000


def two_vectors(merge: str = "concatenate", units: int = 64) -> Architecture:
    """Return a model of two vectors of 16 features; 2,305 parameters with the default values."""
    encoder = {"kind": "dense", "depth": 1, "units": units}
    fields = {"kind": "vector", "features": 16, "encoder": encoder}
    return fused(*({"name": name, **fields} for name in ("left", "right")), merge=merge)


def fused(*inputs: dict[str, Any], merge: str = "concatenate") -> Architecture:
    """Return a model with one merge of all inputs and a binary head."""
    sources = [entry["name"] for entry in inputs]
    return parse(
        {
            "inputs": list(inputs),
            "merges": [{"name": "fusion", "kind": merge, "sources": sources}],
            "heads": [{"name": "y", "kind": "binary", "source": "fusion"}],
        }
    )


def run_request(
    architecture: Architecture, relation: str, seed: int = 0, **settings: Any
) -> RunRequest:
    """Return a run on 2,000 samples of a relation."""
    return RunRequest(
        architecture=architecture,
        data=DataSpec(relation=RELATIONS[relation](), samples=SAMPLES, seed=seed),
        settings=Settings(seed=seed, **settings),
    )


@dataclass(frozen=True)
class PlainFit:
    """Seconds of each epoch of `fit`, and its history."""

    seconds: list[float]
    history: Mapping[str, list[float]]


def fit(request: RunRequest) -> PlainFit:
    """Build, compile and `fit` once for all epochs, with the same samples held out."""
    import keras

    from components.models.architecture.builder import build_with_weights, compile_arguments

    settings = request.settings
    dataset = load(request.architecture, request.data, share=settings.validation_share)
    split = DataSplit(dataset.samples, settings, dataset.held)

    def rows(at: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        inputs, targets = dataset.inputs, dataset.targets
        return {k: v[at] for k, v in inputs.items()}, {k: v[at] for k, v in targets.items()}

    keras.utils.set_random_seed(settings.seed)
    model = build_with_weights(request.architecture).model
    optimizer = keras.optimizers.Adam(settings.learning_rate)
    model.compile(optimizer=optimizer, **compile_arguments(request.architecture))
    inputs, targets = rows(split.trained)
    times = [time.perf_counter()]
    history = model.fit(
        inputs,
        targets,
        validation_data=rows(split.held) if len(split.held) else None,
        batch_size=settings.batch_size,
        epochs=settings.epochs,
        callbacks=[
            keras.callbacks.LambdaCallback(
                on_epoch_end=lambda *_: times.append(time.perf_counter())
            )
        ],
        verbose=0,
    )
    seconds = [end - start for start, end in itertools.pairwise(times)]
    return PlainFit(seconds, history.history)
