from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

from components.experiments.training import epoch_runner
from components.experiments.training.compiled_model import build_and_compile
from components.experiments.training.data_split import (
    DataSplit,
    balanced,
    load_and_split,
    weights_of,
)
from components.experiments.training.epoch_runner import EpochRunner, run_epochs
from components.experiments.training.events import Epoch, Event, Outcome, Progress, Report
from components.experiments.training.requests import RunRequest, Settings
from components.experiments.training.schedules import rate, schedule_callbacks
from components.experiments.verdicts.figures import DIVERGED
from components.models.architecture.architecture import Architecture
from sample_data.loading.sources import load
from sample_data.loading.synthetic import DataSpec
from sample_data.own.saving import save_npz
from tests.experiments.training.support import (
    DROPPED,
    IMAGE_SEQUENCE,
    TWO_HEADS,
    VECTORS,
    WEIGHTED,
    random_data,
    request,
    train,
)
from tests.matrix import cases

CASES = {
    "two vectors": VECTORS,
    "one head with a weight": WEIGHTED,
    "dropout": DROPPED,
    "three heads with weights": TWO_HEADS,
    "image and sequence": IMAGE_SEQUENCE,
}
SAMPLES = 75
"""Number of samples with which both last batches are short, with a quarter held out and batches of
16.
"""


def run(asked: Any, stop: Callable[[], bool] = lambda: False, **more: Any) -> Outcome:
    return train(asked, lambda _: None, stop, **more)


MANNERS: dict[str, dict[str, Any]] = {
    "plain": {},
    "scheduled": {"schedule": "cosine", "warmup_epochs": 1},
    "clipped": {"clip_norm": 0.05, "optimizer": "momentum", "learning_rate": 0.1},
    "weighed": {"class_weights": "balanced"},
    "all": {"schedule": "step", "decay_epochs": 1, "clip_norm": 0.1, "class_weights": "balanced"},
}


OFTEN = [("three heads with weights", "all", 0.0)]
SELDOM = [
    ("dropout", "weighed", 1e9),
    ("two vectors", "plain", 0.0),
    ("one head with a weight", "scheduled", 0.0),
    ("one head with a weight", "clipped", 1e9),
    ("image and sequence", "all", 1e9),
]


@pytest.mark.parametrize(("case", "manner", "gain"), cases([*OFTEN, *SELDOM], OFTEN))
def test_losses_are_those_of_fit(
    case: str, manner: str, gain: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(epoch_runner, "GAIN", gain)
    architecture = CASES[case]
    asked = request(architecture, batch_size=16, **MANNERS[manner])
    inputs, targets = random_data(architecture, SAMPLES)
    for head in architecture.heads:
        if head.target != "values":
            targets[head.name] *= np.random.default_rng(6).integers(0, 2, (SAMPLES, 1))
    ours = _ours(asked, inputs, targets)
    theirs = _theirs(asked, inputs, targets)
    assert len(ours) == len(theirs) == 3
    for own, other in zip(ours, theirs, strict=True):
        assert own.keys() == other.keys()
        for key in own:
            assert own[key] == pytest.approx(other[key], abs=1e-6, rel=2e-6), key


def _ours(asked: Any, inputs: Any, targets: Any) -> list[dict[str, float]]:
    model = build_and_compile(asked).model
    order, weights = DataSplit(SAMPLES, asked.settings), None
    if asked.settings.class_weights == "balanced":
        weights = weights_of(asked.architecture, targets, order.trained)
    runner = EpochRunner(model, asked.settings.batch_size)
    runner.load(inputs, targets, order, weights)
    callbacks = schedule_callbacks(asked.settings)
    events = run_epochs(model, runner, asked.settings, callbacks=callbacks)
    return [event.logs for event in events if isinstance(event, Epoch)]


def _theirs(asked: Any, inputs: Any, targets: Any) -> list[dict[str, float]]:
    """Train with plain `fit`, one epoch at a time, on arrays in the order of our epoch."""
    import keras

    model = build_and_compile(asked).model
    order, history = DataSplit(SAMPLES, asked.settings), []
    rates = [rate(asked.settings, epoch) for epoch in range(asked.settings.epochs)]
    for epoch in range(asked.settings.epochs):
        at = order.shuffled()
        logs = model.fit(
            *_rows((inputs, targets), at),
            validation_data=_rows((inputs, targets), order.held),
            batch_size=asked.settings.batch_size,
            shuffle=False,
            verbose=0,
            initial_epoch=epoch,
            epochs=epoch + 1,
            callbacks=[keras.callbacks.LearningRateScheduler(rates.__getitem__)],
            **_weighed(asked, targets, at),
        ).history
        logs.pop("learning_rate")
        history.append(_named(asked.architecture, {key: value[0] for key, value in logs.items()}))
    return history


def _rows(arrays: Any, at: Any) -> Any:
    import keras

    return keras.tree.map_structure(lambda array: array[at], arrays)


def _weighed(asked: Any, targets: Any, at: Any) -> dict[str, Any]:
    """Return the class weights by sample, as `fit` expects them."""
    if asked.settings.class_weights == "none":
        return {}
    weights = {name: np.ones(len(at)) for name in targets}
    for head in asked.architecture.heads:
        if head.target != "values":
            by_class = _by_class(labels := targets[head.name][at])
            weights[head.name] = np.array([by_class[int(label)] for label in labels.ravel()])
    return {"sample_weight": weights}


def _by_class(labels: Any) -> dict[int, float]:
    classes, counts = np.unique(labels, return_counts=True)
    return {
        int(label): len(labels) / len(classes) / count
        for label, count in zip(classes, counts, strict=True)
    }


def _named(architecture: Architecture, logs: dict[str, float]) -> dict[str, float]:
    """Return Keras's logs under our keys, with a second, independent implementation."""
    named = {}
    for phase in ("", "val_"):
        named[f"{phase}loss"] = logs[f"{phase}loss"]
        for head in architecture.heads:
            alone = len(architecture.heads) == 1
            for metric in head.metrics:
                key = metric if alone else f"{head.name}_{metric}"
                named[f"{phase}{head.name}/{metric}"] = logs[f"{phase}{key}"]
            loss = logs[f"{phase}loss"] / head.loss_weight if alone else None
            named[f"{phase}{head.name}/loss"] = (
                logs[f"{phase}{head.name}_loss"] if loss is None else loss
            )
    return named


@pytest.mark.parametrize(
    ("architecture", "keys"),
    [
        (VECTORS, {"loss", "y/loss", "y/accuracy"}),
        (
            TWO_HEADS,
            {"loss", "sort/loss", "sort/accuracy", "y/loss", "y/accuracy", "y/auc"}
            | {"amount/loss", "amount/mean_absolute_error"},
        ),
    ],
)
def test_history_keys_are_the_same_for_one_head_and_several(
    architecture: Architecture, keys: set[str]
) -> None:
    result = run(request(architecture, epochs=2))
    assert result.status == "finished"
    assert [epoch.epoch for epoch in result.history] == [1, 2]
    assert _measures(result) == keys | {f"val_{key}" for key in keys}
    assert all(type(value) is float for value in result.final.values())


def _measures(result: Outcome) -> set[str]:
    """Return the losses and metrics of the last epoch: other numbers have a space in their name."""
    return {key for key in result.final if " " not in key}


def test_a_head_without_weight_has_no_loss_of_its_own() -> None:
    free = VECTORS.model_copy(
        update={"heads": (VECTORS.heads[0].model_copy(update={"loss_weight": 0.0}),)}
    )
    result = run(request(free, epochs=1, validation_share=0))
    assert _measures(result) == {"loss", "y/accuracy"}


@pytest.mark.parametrize("share", [0.0, 0.25, 0.9])
def test_each_sample_is_seen_once_an_epoch_and_one_at_least_is_trained_on(share: float) -> None:
    order = DataSplit(40, Settings(validation_share=share, seed=2))
    assert sorted([*order.trained, *order.held]) == list(range(40))
    assert len(order.held) == round(40 * share)
    first, second = order.shuffled(), order.shuffled()
    assert sorted(first) == sorted(second) == list(order.trained)
    assert list(first) != list(second)
    assert len(DataSplit(1, Settings(validation_share=share)).trained) == 1


def test_patience_ends_a_run_that_learns_nothing() -> None:
    result = run(request(epochs=50, patience=2, optimizer="sgd", learning_rate=1e-7))
    assert result.status == "finished"
    epochs = len(result.history)
    assert 3 <= epochs < 50
    assert result.message == f"Ended early, after epoch {epochs} of 50."


@pytest.mark.parametrize(
    ("share", "patience"), cases(product((0.0, 0.5), (0, 2)), [(0.0, 0), (0.5, 2)])
)
def test_the_best_epoch_is_put_back(share: float, patience: int) -> None:
    wild = request(
        epochs=12,
        samples=60,
        optimizer="momentum",
        learning_rate=1.0,
        validation_share=share,
        patience=patience,
        restore_best=True,
    )
    result = run(wild)
    losses = [epoch.logs.get("val_loss", epoch.logs["loss"]) for epoch in result.history]
    report = result.report
    assert isinstance(report, Report)
    assert report.epoch == 1 + losses.index(min(losses))
    assert report.validated == bool(share)
    if share:
        assert report.epoch < len(losses)
        assert report.heads["y"].measures["loss"] == pytest.approx(min(losses), rel=1e-5)


def test_the_last_epoch_stays_unless_the_best_is_requested() -> None:
    result = run(request(epochs=12, samples=60, optimizer="momentum", learning_rate=1.0))
    assert result.report is not None
    assert result.report.epoch == 12
    last = result.final["val_loss"]
    assert result.report.heads["y"].measures["loss"] == pytest.approx(last, rel=1e-5)


OPTIMIZERS = [(name,) for name in ("adam", "adamw", "sgd", "momentum", "rmsprop")]


@pytest.mark.parametrize("optimizer", cases(OPTIMIZERS, [("sgd",), ("rmsprop",)]))
def test_every_optimizer_makes_the_loss_smaller(optimizer: str) -> None:
    result = run(request(optimizer=optimizer, epochs=4, learning_rate=0.01, validation_share=0))
    assert result.history[-1].logs["loss"] < result.history[0].logs["loss"]


def test_a_loss_that_is_no_number_ends_the_run_with_a_sentence() -> None:
    asked = request(TWO_HEADS, epochs=50, optimizer="sgd", learning_rate=10)
    result = run(asked)
    assert result.status == "failed"
    assert result.message.startswith(DIVERGED)
    assert "the training has diverged (" in result.message
    assert "Lower the learning rate of 10, for example to 1" in result.message
    assert all(np.isfinite(list(epoch.logs.values())).all() for epoch in result.history)


def test_data_that_cannot_be_used_ends_the_run_with_a_sentence(tmp_path: Any) -> None:
    inputs, targets = random_data(VECTORS, 30)
    inputs["left"][3, 2] = np.nan
    save_npz(tmp_path / "own.npz", {**inputs, **targets})
    asked = request().model_copy(update={"data": str(tmp_path / "own.npz")})
    result = run(asked)
    assert result.status == "failed"
    assert "left" in result.message


@pytest.mark.parametrize("everywhere", [False, True])
def test_inputs_are_absent_from_rows_held_back(everywhere: bool) -> None:
    relation = {"kind": "missing", "p": 0.5, "absent_in_training": everywhere}
    data = DataSpec.model_validate({"relation": relation, "samples": 200, "difficulty": 0.5})
    asked = RunRequest(architecture=VECTORS, data=data, settings=Settings(epochs=1))
    order, dataset = load_and_split(asked)
    whole = load(VECTORS, data)
    assert whole.absent is not None
    for place, (name, array) in enumerate(dataset.inputs.items()):
        gone = ~np.any(array, axis=1)
        assert gone[order.held].tolist() == whole.absent[order.held, place].tolist()
        assert 10 < gone[order.held].sum() < 40
        assert gone[order.trained].any() == everywhere
        assert whole.inputs[name].any(axis=1).all()
    assert run(asked).status == "finished"


def test_stop_ends_the_run_within_an_epoch() -> None:
    asked: list[bool] = []

    def stop() -> bool:
        asked.append(True)
        return len(asked) > 1

    result = run(request(epochs=100, batch_size=1), stop)
    assert result.status == "stopped"
    assert len(result.history) == 0


def test_progress_is_reported_only_in_long_epochs_and_changes_no_loss(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, results = request(epochs=2, batch_size=1), []
    reported: dict[float, list[Event]] = {1e-9: [], 1e9: []}
    for seconds, events in reported.items():
        monkeypatch.setattr(epoch_runner, "CHUNK_SECONDS", seconds)
        results.append(train(asked, events.append, lambda: False))
    parts, none = (
        [event for event in events if isinstance(event, Progress)] for events in reported.values()
    )
    fractions = [event.fraction for event in parts if event.epoch == 1]
    assert len(fractions) > 20
    assert fractions == sorted(fractions)
    assert all(0 < fraction < 1 for fraction in fractions)
    assert all(np.isfinite(event.loss) for event in parts)
    assert none == []
    first, second = ([epoch.logs for epoch in result.history] for result in results)
    assert first == second


def test_a_short_last_batch_is_traced_separately_only_if_it_saves_time() -> None:
    sizes: list[int] = []

    def step(data: Any) -> None:
        (inputs,) = data
        sizes.append(inputs["x"].shape[0])

    def batches(samples: int, gain: float) -> list[int]:
        sizes.clear()
        epoch_runner.GAIN, before = gain, epoch_runner.GAIN
        made, arrays = epoch_runner.CompiledStep(step, 4, True), ({"x": np.zeros((20, 1))},)
        try:
            for _ in range(3):
                assert list(made.run(arrays, np.arange(samples), 9))[-1] == -(-samples // 4)
        finally:
            epoch_runner.GAIN = before
        return list(sizes)

    assert batches(20, 0.0) == [4]
    assert batches(18, 0.0) == [None]
    assert batches(18, 1e9) == [None, 4]


def test_weights_are_those_computed_by_hand() -> None:
    labels = np.array([[0], [0], [0], [1], [2], [0]])
    trained = np.array([0, 1, 3, 2])
    weights = balanced(labels, trained)
    assert weights.tolist() == pytest.approx([4 / 6, 4 / 6, 4 / 6, 2, 0, 4 / 6])
    assert weights.dtype == np.float32


def test_real_values_are_not_weighted() -> None:
    _, targets = random_data(TWO_HEADS, 40)
    weights = weights_of(TWO_HEADS, targets, np.arange(30))
    assert list(weights) == ["sort", "y", "amount"]
    assert set(weights["amount"]) == {1}
    assert len(set(weights["sort"])) == 3


def rates(epochs: int, **settings: Any) -> list[float]:
    asked = Settings(epochs=epochs, learning_rate=0.8, **settings)
    return [rate(asked, epoch) for epoch in range(epochs)]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, [0.8, 0.8, 0.8, 0.8]),
        ({"schedule": "linear"}, [0.8, 0.6, 0.4, 0.2]),
        ({"schedule": "cosine"}, [0.8, 0.4 + 0.4 / math.sqrt(2), 0.4, 0.4 - 0.4 / math.sqrt(2)]),
        ({"schedule": "step", "decay": 0.1, "decay_epochs": 2}, [0.8, 0.8, 0.08, 0.08]),
        ({"schedule": "exponential", "decay": 0.25, "decay_epochs": 2}, [0.8, 0.4, 0.2, 0.1]),
        ({"warmup_epochs": 3}, [0.2, 0.4, 0.6, 0.8]),
        ({"warmup_epochs": 1, "schedule": "step", "decay_epochs": 1}, [0.4, 0.8, 0.4, 0.2]),
        ({"warmup_epochs": 2, "schedule": "linear"}, [0.8 / 3, 1.6 / 3, 0.8, 0.4]),
        ({"warmup_epochs": 9, "schedule": "cosine"}, [0.08, 0.16, 0.24, 0.32]),
    ],
    ids=str,
)
def test_rates_are_those_computed_by_hand(settings: dict[str, Any], expected: list[float]) -> None:
    assert rates(4, **settings) == pytest.approx(expected)
