"""Learning speed against a plain loop with Keras's own optimizers and a gradient tape."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from components.model.builder import build_with_weights
from components.model.spec import Architecture, parse
from components.training.compiled_model import build_and_compile
from components.training.data_split import DataSplit
from components.training.epoch_runner import EpochRunner, run_epochs
from components.training.events import Epoch
from components.training.learning_speed import AFTER, HEADS, branch_parts
from components.training.loop import ModelTrainer, train
from components.training.requests import RunRequest
from tests.training.support import (
    BINARY,
    IMAGE_SEQUENCE,
    TWO_HEADS,
    VECTORS,
    fused,
    random_data,
    request,
    seeded,
    vector,
)

SAMPLES, BATCH = 75, 16
"""The last batch is short."""
WORDS = {
    "name": "words",
    "kind": "tokens",
    "length": 6,
    "vocabulary": 20,
    "encoder": {"kind": "lstm", "depth": 1, "units": 4},
}
SIBLING = {**vector("right"), "encoder": {"kind": "shared", "branch": "left"}}
SHARED = fused([vector("left"), vector("other", 3), SIBLING], [BINARY])
PASSED_ON = fused(
    [vector("left"), {**vector("right"), "encoder": {"kind": "passthrough"}}], [BINARY]
)
UNMERGED = parse(
    {
        "inputs": [vector("left"), vector("right")],
        "merges": [],
        "heads": [{**BINARY, "source": "left"}, {**BINARY, "name": "z", "source": "right"}],
    }
)
CASES: dict[str, tuple[Architecture, dict[str, Any]]] = {
    "two vectors": (VECTORS, {}),
    "clipped": (VECTORS, {"optimizer": "momentum", "clip_norm": 0.05, "learning_rate": 0.1}),
    "three heads": (TWO_HEADS, {"optimizer": "adamw"}),
    "image and sequence": (IMAGE_SEQUENCE, {"optimizer": "rmsprop"}),
    "embedding": (fused([WORDS, vector("right")], [BINARY]), {"optimizer": "sgd"}),
    "shared encoder": (SHARED, {}),
    "branch without weights": (PASSED_ON, {"optimizer": "sgd", "learning_rate": 0.1}),
    "no merge": (UNMERGED, {}),
}
PARTS = {
    "two vectors": ["left", "right", AFTER],
    "clipped": ["left", "right", AFTER],
    "three heads": ["left", "right", AFTER],
    "image and sequence": ["picture", "series", AFTER],
    "embedding": ["words", "right", AFTER],
    "shared encoder": ["left + right", "other", AFTER],
    "branch without weights": ["left", AFTER],
    "no merge": ["left", "right", HEADS],
}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_speeds_are_those_of_a_plain_loop(case: str) -> None:
    architecture, settings = CASES[case]
    asked = request(architecture, batch_size=BATCH, **settings)
    inputs, targets = _data(architecture)
    epochs = _epochs(asked, inputs, targets)
    assert [list(epoch.speeds) for epoch in epochs] == [PARTS[case]] * 3
    for epoch, expected in zip(epochs, _plain_speeds(asked, inputs, targets), strict=True):
        assert epoch.speeds == pytest.approx(expected, rel=1e-5)


def _data(architecture: Architecture) -> tuple[Any, Any]:
    inputs, targets = random_data(architecture, SAMPLES)
    if "words" in inputs:
        inputs["words"] = np.random.default_rng(1).integers(0, 20, (SAMPLES, 6)).astype("int32")
    return inputs, targets


def _epochs(
    asked: RunRequest, inputs: Any, targets: Any, measured: bool = True, frozen: str = ""
) -> list[Epoch]:
    blueprint, _ = build_and_compile(asked)
    if frozen:
        blueprint.model.get_layer(frozen).trainable = False
    parts = branch_parts(blueprint) if measured else None
    runner = EpochRunner(blueprint.model, BATCH, parts)
    runner.load(inputs, targets, DataSplit(SAMPLES, asked.settings))
    events = run_epochs(blueprint.model, runner, asked.settings)
    return [event for event in events if isinstance(event, Epoch)]


def _plain_speeds(asked: RunRequest, inputs: Any, targets: Any) -> list[dict[str, float]]:
    """A loop with a gradient tape, one of Keras's own optimizers, and norms of flat arrays."""
    import tensorflow as tf

    blueprint, _ = build_and_compile(asked)
    model, parts = blueprint.model, _parts_by_layer(blueprint.model, asked.architecture)
    optimizer, order = _keras_optimizer(asked), DataSplit(SAMPLES, asked.settings)
    epochs: list[dict[str, float]] = []
    for _ in range(asked.settings.epochs):
        rows, sums = order.shuffled(), dict.fromkeys(parts, 0.0)
        for batch in np.split(rows, range(BATCH, len(rows), BATCH)):
            x = {name: tf.constant(array[batch]) for name, array in inputs.items()}
            y = {name: tf.constant(array[batch]) for name, array in targets.items()}
            with tf.GradientTape() as tape:
                loss = model.compute_loss(x, y, model(x, training=True), training=True)
            gradients = tape.gradient(loss, model.trainable_variables)
            dense = dict(zip(map(id, model.trainable_variables), gradients, strict=True))
            for part, variables in parts.items():
                g = _norm(tf.convert_to_tensor(dense[id(variable)]) for variable in variables)
                w = _norm(tf.convert_to_tensor(variable) for variable in variables)
                sums[part] += (g / w) ** 2
            optimizer.apply(gradients, model.trainable_variables)
        epochs.append(sums)
    return epochs


def _norm(tensors: Any) -> float:
    flat = np.concatenate([tensor.numpy().astype(float).ravel() for tensor in tensors])
    return float(np.sqrt(np.sum(flat**2)))


def _keras_optimizer(asked: RunRequest) -> Any:
    import keras

    settings = asked.settings
    kinds: dict[str, Any] = {
        "adam": keras.optimizers.Adam(settings.learning_rate),
        "adamw": keras.optimizers.AdamW(settings.learning_rate),
        "rmsprop": keras.optimizers.RMSprop(settings.learning_rate),
        "sgd": keras.optimizers.SGD(settings.learning_rate),
        "momentum": keras.optimizers.SGD(settings.learning_rate, momentum=0.9),
    }
    kind = kinds[settings.optimizer]
    kind.global_clipnorm = settings.clip_norm or None
    return kind


def _parts_by_layer(model: Any, architecture: Architecture) -> dict[str, list[Any]]:
    """Weights by part, from the names of the layers: those of a branch start with its name."""
    shared = {"left": "left + right"} if architecture == SHARED else {}
    parts: dict[str, list[Any]] = {}
    for layer in model.layers:
        names = [branch.name for branch in architecture.inputs]
        branch = next((name for name in names if layer.name.startswith(name)), "")
        rest = AFTER if architecture.merges else HEADS
        part = shared.get(branch, branch) or rest
        parts.setdefault(part, []).extend(layer.trainable_variables)
    return {part: variables for part, variables in parts.items() if variables}


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_losses_are_the_same_bit_by_bit_without_the_measure(optimizer: str) -> None:
    asked = request(VECTORS, batch_size=BATCH, optimizer=optimizer)
    data = _data(VECTORS)
    measured, plain = (_epochs(asked, *data, measured=measured) for measured in (True, False))
    assert [epoch.logs for epoch in measured] == [epoch.logs for epoch in plain]
    assert all(epoch.speeds for epoch in measured)
    assert not any(epoch.speeds for epoch in plain)


@pytest.mark.slow
def test_a_frozen_branch_has_no_speed() -> None:
    data = _data(VECTORS)
    epochs = _epochs(request(VECTORS), *data, frozen="left_dense_1")
    assert [list(epoch.speeds) for epoch in epochs] == [["right", AFTER]] * 3


@pytest.mark.slow
def test_weights_that_are_all_zero_have_speed_0() -> None:
    blueprint, _ = build_and_compile(asked := request(VECTORS, epochs=1, optimizer="sgd"))
    layer = blueprint.model.get_layer("left_dense_1")
    layer.set_weights([np.zeros_like(weight) for weight in layer.get_weights()])
    runner = EpochRunner(blueprint.model, 1000, branch_parts(blueprint))
    runner.load(*_data(VECTORS), DataSplit(SAMPLES, asked.settings))
    events = run_epochs(blueprint.model, runner, asked.settings)
    (epoch,) = (event for event in events if isinstance(event, Epoch))
    assert epoch.speeds["left"] == 0
    assert epoch.speeds["right"] > 0


@pytest.mark.slow
def test_runs_of_a_group_have_the_speeds_that_they_have_alone() -> None:
    trainer = ModelTrainer()
    for asked in seeded(VECTORS, range(2), samples=SAMPLES):
        grouped = trainer.train(asked, lambda _: None, lambda: False)
        alone = train(asked, lambda _: None, lambda: False)
        assert [e.speeds for e in grouped.history] == [e.speeds for e in alone.history]
        assert all(epoch.speeds for epoch in alone.history)


def test_every_weight_is_in_one_part() -> None:
    for architecture, _ in CASES.values():
        blueprint = build_with_weights(architecture)
        ids = [id(v) for of in branch_parts(blueprint).values() for v in of]
        assert sorted(ids) == sorted(map(id, blueprint.model.trainable_variables))
