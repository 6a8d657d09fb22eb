"""Contributions of models made elsewhere: agreement with shapiq, misses and time.

Shapley values are compared with those of `shapiq`, which needs Python 3.12 and is installed with
`pip install shapiq`; it brings scikit-learn, whose pipeline is one of the models. Its games are
computed by separate loops, which replace rows and call the whole model. Without it, that table is
left out.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.plain import run_request, two_vectors
from benchmarks.rows import BenchmarkRow, show
from components.base.text import duration
from components.base.workers.keras_import import load_keras
from components.experiments.inspection.basis.coalitions import Stopwatch
from components.experiments.inspection.basis.results import Inspection
from components.experiments.inspection.measures.base import is_shown
from components.experiments.inspection.measures.gate_choice import GateChoice
from components.experiments.inspection.measures.shapley_share import ShapleyShare
from components.experiments.inspection.own_inspection import priced
from components.experiments.inspection.own_model import own_model
from components.experiments.training.control import RunControl
from components.experiments.training.loop import ModelTrainer, RunModel, TrainOptions
from sample_data.core.arrays import Array

TRAININGS = 200
LIMIT = 60.0
"""Maximum seconds allowed for `fp.contributions`."""
Arrays = dict[str, Array]


def main() -> None:
    load_keras()
    if importlib.util.find_spec("shapiq"):
        show("Largest difference from shapiq", _beside_shapiq())
    show(f"An input of pure noise, {TRAININGS} trainings", [_noise()])
    show("What gates choose for each sample", _gates())
    show("Price and what it took", list(_prices()))


def _data(inputs: int, samples: int, seed: int) -> tuple[Arrays, Array]:
    """Return inputs of two numbers each, with a label from a product and a sum."""
    rng = np.random.default_rng(seed)
    x = {f"x{n}": rng.normal(size=(samples, 2)).astype("float32") for n in range(inputs)}
    first, last = x["x0"][:, 0], x[f"x{inputs - 1}"][:, 0]
    score = first * last + sum(one[:, 1] for one in x.values()) / inputs
    return x, (score + 0.3 * rng.normal(size=samples) > 0).astype(int)


def _trained(x: Arrays, y: Array, join: str = "concatenate", epochs: int = 10) -> Any:
    """Return a trained model with a branch for each input."""
    import keras

    inputs = {name: keras.Input(array.shape[1:], name=name) for name, array in x.items()}
    branches = [keras.layers.Dense(8, activation="relu")(one) for one in inputs.values()]
    joins = {"concatenate": keras.layers.Concatenate, "multiply": keras.layers.Multiply}
    hidden = keras.layers.Dense(16, activation="relu")(joins[join]()(branches))
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid", name="y")(hidden))
    model.compile("adam", "binary_crossentropy")
    model.fit(x, y, epochs=epochs, batch_size=32, verbose=0)
    return model


def _nested(x: Arrays, y: Array) -> Any:
    """Return a model whose inputs share an inner model."""
    import keras

    inner = keras.Sequential([keras.Input((2,)), keras.layers.Dense(8, activation="tanh")])
    inputs = {name: keras.Input((2,), name=name) for name in x}
    hidden = keras.layers.Add()([inner(one) for one in inputs.values()])
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid", name="y")(hidden))
    model.compile("adam", "binary_crossentropy")
    model.fit(x, y, epochs=10, verbose=0)
    return model


def _beside_shapiq() -> list[BenchmarkRow]:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler

    x, y = _data(3, 50, 0)
    fitted = {
        "scikit-learn pipeline": make_pipeline(
            StandardScaler(), PolynomialFeatures(), LogisticRegression()
        ),
        "scikit-learn forest, whose votes may tie": RandomForestClassifier(20, random_state=0),
    }
    models: dict[str, tuple[Any, Callable[[Arrays], Array]]] = {}
    for name, model in {
        "Keras, concatenate": _trained(x, y),
        "Keras, multiply": _trained(x, y, "multiply"),
        "Keras, an inner model shared": _nested(x, y),
    }.items():
        models[name] = model, model.predict_on_batch
    for name, estimator in fitted.items():
        estimator.fit(np.concatenate(list(x.values()), axis=1), y)

        def chances(one: Arrays, estimator: Any = estimator) -> Array:
            probabilities: Array = estimator.predict_proba(
                np.concatenate(list(one.values()), axis=1)
            )
            return probabilities

        models[name] = chances, chances
    return [
        BenchmarkRow(name, {"shares": f"{_difference(model, chances, x, y):.0e}"})
        for name, (model, chances) in models.items()
    ]


def _difference(model: Any, chances: Callable[[Arrays], Array], x: Arrays, y: Array) -> float:
    """Return the difference of our shares from shapiq's, whose game is computed by plain loops."""
    import shapiq

    price = priced(own_model(model, x, y), LIMIT)
    (head,) = price.inspection().heads.values()
    rng, samples = np.random.default_rng(0), len(y)
    background = np.sort(rng.permutation(samples)[: price.background])

    def value(coalition: tuple[int, ...]) -> float:
        means: Any = 0.0
        for other in background:
            own, replaced = np.arange(samples), np.full(samples, other)
            rows = {
                name: array[own if known else replaced]
                for (name, array), known in zip(x.items(), coalition, strict=True)
            }
            means += chances(rows).astype(np.float64)
        means = np.round(means / len(background), 9)
        classes = means.argmax(axis=1) if means.shape[1] > 1 else means[:, 0] > 0.5
        return float((classes == y).mean())

    table = {tuple(one): value(one) for one in np.ndindex(*[2] * len(x))}

    def game(coalitions: Array) -> Array:
        return np.array([table[tuple(map(int, one))] for one in coalitions])

    values = shapiq.ExactComputer(game, n_players=len(x))("SV", order=1)
    own = ShapleyShare.values(head)
    return max(float(abs(values[(player,)] - own[player])) for player in range(len(x)))


def _noise() -> BenchmarkRow:
    """Train many models with an input of noise, and count how often it is called a contribution."""
    import keras

    x, _ = _data(2, 400, 0)
    model, shown = _trained(x, np.zeros(400, int), epochs=1), 0
    signal = 0
    for seed in range(TRAININGS):
        rng = np.random.default_rng(seed)
        x = {name: rng.normal(size=(400, 2)).astype("float32") for name in ("x0", "x1")}
        y = (x["x0"][:, 0] + rng.normal(size=400) > 0).astype(int)
        for layer in model.layers:
            if layer.weights:
                shape = layer.kernel.shape
                layer.set_weights([keras.initializers.GlorotUniform(seed)(shape),
                                   np.zeros(shape[1])])  # fmt: skip
        train, held = ({name: one[part] for name, one in x.items()}
                       for part in (slice(200), slice(200, None)))  # fmt: skip
        model.fit(train, y[:200], epochs=10, batch_size=32, verbose=0)
        inspection = priced(own_model(model, held, y[200:]), LIMIT).inspection()
        (head,) = inspection.heads.values()
        real, noise = ShapleyShare.of(head)
        shown += noise.value > 0 and is_shown(noise)
        signal += real.value > 0 and is_shown(real)
    return BenchmarkRow(
        "Shapley share above 0 is shown",
        {"of noise": f"{shown / TRAININGS:.1%}", "of the signal": f"{signal / TRAININGS:.1%}"},
    )


def _gates() -> list[BenchmarkRow]:
    """Measure a merge with gates on a relation that needs them, and with its gates as constants."""
    request = run_request(two_vectors("gated"), "cross_reliability", epochs=15)
    kept: list[RunModel] = []
    options = TrainOptions(finish=lambda model, _: kept.append(model))
    ModelTrainer().train(request, lambda _: None, RunControl(), options)
    (trained,) = kept
    rows = trained.split.held
    inputs = {name: array[rows] for name, array in trained.data.inputs.items()}
    truth = {name: array[rows] for name, array in trained.data.targets.items()}
    model, gate = trained.blueprint.model, trained.blueprint.model.get_layer("fusion_gate")

    def row(name: str) -> BenchmarkRow:
        own = own_model(model, inputs, truth, gates=[gate.name], most=500)
        (head,) = priced(own, LIMIT).inspection().heads.values()
        (number,) = GateChoice.of(head)
        return BenchmarkRow(name, {"accuracy": f"{head.quality:.3f}",
                                   "loss": GateChoice.text(number),
                                   "shown": "yes" if is_shown(number) else "no"})  # fmt: skip

    deciding = row("gates that decide (cross reliability)")
    kernel, bias = gate.get_weights()
    gate.set_weights([np.zeros_like(kernel), bias])
    return [deciding, row("the same gates as constants")]


def _prices() -> Any:
    """Yield the announced price and the actual one, for several numbers of inputs."""
    for inputs in (2, 4, 8):
        x, y = _data(inputs, 500, 1)
        model = _trained(x, y, epochs=2)
        ways = {"cut": model, "whole rows": lambda one, m=model: m.predict_on_batch(one)}
        for name, way in ways.items():
            own = own_model(way, x, y)
            price = priced(own, 10 * LIMIT)
            before, stopwatch = price.model.predicted, Stopwatch()
            inspection: Inspection = price.inspection()
            yield BenchmarkRow(f"{inputs} inputs, {name}", {
                "samples": f"{inspection.samples}",
                "background": f"{inspection.background}",
                "rows said": f"{price.rows:,}",
                "rows": f"{price.model.predicted - before:,}",
                "seconds said": duration(price.seconds),
                "computed": duration(stopwatch.seconds),
                    "on the clock": duration(stopwatch.wall),
            })  # fmt: skip
