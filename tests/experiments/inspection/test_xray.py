"""X-rays: the outputs of all layers equal those of plain Keras, swaps are correct, and during a
training they take limited time and change none of its numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from components.experiments.inspection import xray as xray_module
from components.experiments.inspection.basis.coalitions import InspectedHead
from components.experiments.inspection.basis.xray_results import (
    Numbers,
    Xray,
    parse_xray,
)
from components.experiments.inspection.linear_reader import (
    FOLDS,
    PENALTY,
    fold_scores,
    folds_of,
    plane,
    read_label,
)
from components.experiments.inspection.xray import EPOCHS, EpochXrays, XrayCamera
from components.experiments.training.control import RunControl
from components.experiments.training.data_split import load_and_split
from components.experiments.training.events import Event, Outcome, Xrayed
from components.experiments.training.loop import ModelTrainer, RunModel, TrainOptions, Watch
from components.models.architecture.architecture import Architecture
from components.models.architecture.builder import Blueprint
from components.models.merges import MERGES
from sample_data.content import presets
from sample_data.core.arrays import Array
from tests import matrix
from tests.experiments.inspection.test_readouts import pooled
from tests.experiments.training.support import IMAGE_SEQUENCE, TWO_HEADS, VECTORS, request
from tests.models.merges.cases import cases

OFTEN = (("concatenate",), ("cross_attention",), ("mixture_of_experts",), ("tensor_fusion",))
"""Merges for every test run: without weights, with attention, with gates and with a product."""
FIRST = {fields["kind"]: (fields, sizes) for fields, sizes in reversed(list(cases()))}
QUICK = (("question_answering",), ("clip_pairs",))
"""Presets with embeddings and attention for every test run; the matrix takes all presets."""


def camera_of(architecture: Architecture, samples: int = 120) -> XrayCamera:
    return XrayCamera(RunModel.of(request(architecture, samples=samples)))


def xray_of(architecture: Architecture) -> Xray:
    camera = camera_of(architecture)
    camera.record(3)
    return camera.xray()


@pytest.fixture(scope="module")
def vectors() -> Xray:
    return xray_of(VECTORS)


def plain_outputs(blueprint: Blueprint, inputs: dict[str, Array]) -> dict[str, Array]:
    """Return the output of each layer from a submodel of plain Keras, cut out of the whole model by
    name; calls of a shared layer are identified by their order.
    """
    import keras

    model, tensors = blueprint.model, {}
    operations = {operation.name: operation for operation in model.operations}
    for node in blueprint.graph.drawn().nodes:
        calls = operations[node.keras_name]._inbound_nodes
        same = [one.id for one in blueprint.graph.nodes if one.keras_name == node.keras_name]
        tensors[node.id] = calls[same.index(node.id)].outputs[0]
    return keras.Model(model.input, tensors).predict(inputs, verbose=0)  # type: ignore[no-any-return]


def assert_like_plain_keras(architecture: Architecture) -> None:
    model = RunModel.of(request(architecture, samples=20))
    inputs: dict[str, Any] = {name: array[:3] for name, array in model.data.inputs.items()}
    expected = plain_outputs(model.blueprint, inputs)
    camera = XrayCamera(model)
    outputs, _ = camera.outputs(inputs)
    assert expected
    for id, values in expected.items():
        np.testing.assert_allclose(outputs[id], values, rtol=1e-5, atol=1e-5, err_msg=id)
    for id, read in camera.readable.outputs(inputs).items():
        whole = expected[id].reshape(len(read), -1)
        if read.shape == whole.shape:  # For wide outputs, the reader uses means.
            np.testing.assert_allclose(read, whole, rtol=1e-5, atol=1e-5, err_msg=id)


@pytest.mark.parametrize("kind", matrix.cases([(kind,) for kind in MERGES], OFTEN))
def test_the_outputs_of_each_layer_of_each_merge_are_those_of_plain_keras(kind: str) -> None:
    assert_like_plain_keras(pooled(*FIRST[kind]))


@pytest.mark.parametrize("name", matrix.cases([(name,) for name in presets.names()], QUICK))
def test_the_outputs_of_each_layer_of_each_preset_are_those_of_plain_keras(name: str) -> None:
    assert_like_plain_keras(presets.load(name))


def labelled(classes: int, width: int, samples: int = 150) -> tuple[Array, InspectedHead]:
    """Return features that depend on classes, and a head whose classes alternate as in an X-ray."""
    rng, truth = np.random.default_rng(classes), np.arange(samples) % classes
    features = rng.normal(size=(classes, width))[truth] + 2 * rng.normal(size=(samples, width))
    return features + 3, InspectedHead("y", "binary" if classes == 2 else "classes", (0,), truth)


def valued(values: Array) -> InspectedHead:
    return InspectedHead("y", "values", (0,), values)


Predict = Callable[[Array, Array, Array], Array]
"""Function from known features, their classes (N,) or values (N, width), and held-out features to
predictions.
"""


def plain_ridge(known: Array, labels: Array, held: Array) -> Array:
    """Return predictions of least squares with a row for each weight, except the intercept, that
    pulls it to 0; for classes, the one with the highest score.
    """
    targets = labels if labels.ndim == 2 else np.where(labels[:, None] == np.unique(labels), 1, -1)
    mean, spread, width = known.mean(axis=0), known.std(axis=0), known.shape[1]
    known, held = (np.c_[np.ones(len(x)), (x - mean) / spread] for x in (known, held))
    penalty = np.sqrt(PENALTY) * np.eye(1 + width)[1:]
    zeros = np.zeros((width, targets.shape[1]))
    rows, wanted = np.concatenate([known, penalty]), np.concatenate([targets, zeros])
    scores: Array = held @ np.linalg.lstsq(rows, wanted)[0]
    return scores if labels.ndim == 2 else np.unique(labels)[scores.argmax(axis=1)]


def scikit_learn(known: Array, labels: Array, held: Array) -> Array:
    """Predict with scikit-learn, which comes with `shapiq` and needs Python 3.12."""
    linear_model, pipelines, preprocessing = (
        pytest.importorskip(f"sklearn.{name}")
        for name in ("linear_model", "pipeline", "preprocessing")
    )
    ridge = linear_model.Ridge if labels.ndim == 2 else linear_model.RidgeClassifier
    pipeline = pipelines.make_pipeline(preprocessing.StandardScaler(), ridge(alpha=PENALTY))
    pipeline.fit(known, labels)
    predicted: Array = pipeline.predict(held).reshape(len(held), *labels.shape[1:])
    return predicted


def predicted_by(predict: Predict, features: Array, head: InspectedHead) -> Array:
    """Predict the samples of each fold from all others."""
    folds, predictions = folds_of(head), np.zeros(head.truth.shape)
    for fold in range(FOLDS):
        held = folds == fold
        predictions[held] = predict(features[~held], head.truth[~held], features[held])
    return predictions


READ = [*product([plain_ridge, scikit_learn], [0.001, 1, 1000], [5, 130])]
"""A reference, the scale of the features, and their number; samples in a fold are 120."""
READ_OFTEN = [(plain_ridge, 0.001, 5), (plain_ridge, 1, 130)]


@pytest.mark.parametrize(
    ("classes", "predict", "scale", "width"),
    matrix.cases(
        [(classes, *case) for classes in (2, 3, 7, 15) for case in READ],
        [(classes, *case) for classes in (2, 7) for case in READ_OFTEN],
    ),
)
def test_classes_are_read_by_ridge_regression_on_standardised_features(
    classes: int, predict: Predict, scale: float, width: int
) -> None:
    features, head = labelled(classes, width)
    predictions = predicted_by(predict, scale * features, head)
    read = read_label(scale * features, head)
    assert read.score == float((predictions == head.truth).mean())
    assert read.low > 1 / classes


@pytest.mark.parametrize(("predict", "scale", "width"), matrix.cases(READ, READ_OFTEN))
def test_values_are_read_by_ridge_regression_on_standardised_features(
    predict: Predict, scale: float, width: int
) -> None:
    rng = np.random.default_rng(width)
    features = rng.normal(size=(150, width)) + 3
    head = valued(features[:, :2] * (2, 5) + rng.normal(size=(150, 2)))
    errors = predicted_by(predict, scale * features, head) - head.truth
    expected = 1 - np.square(errors).sum(axis=0) / (150 * head.truth.var(axis=0))
    read = read_label(scale * features, head)
    assert read.score == pytest.approx(expected.mean())
    assert read.low < read.score < read.high


@pytest.mark.parametrize("classes", [1, 2, 5, 10, 15, 200])
def test_each_fold_has_its_share_of_each_class(classes: int) -> None:
    _, head = labelled(classes, 1)
    folds = folds_of(head)
    counts = np.array(
        [np.bincount(folds[head.truth == c], minlength=FOLDS) for c in range(classes)]
    )
    assert (np.ptp(counts, axis=1) <= 1).all()
    assert np.ptp(counts.sum(axis=0)) <= 1


@pytest.mark.parametrize("target", ["binary", "values"])
def test_the_order_of_samples_does_not_decide_the_folds_of_a_second_head(target: Any) -> None:
    first = np.arange(300) % 10
    truth = first % 2 if target == "binary" else 1.0 * (first[:, None] % 5)
    assert read_label(np.eye(10)[first], InspectedHead("y", target, (0,), truth)).score > 0.99


def test_a_feature_that_varies_by_rounding_only_says_nothing() -> None:
    features, head = labelled(2, 3)
    constant = np.tile([0.0, 7.0, 7.0], (150, 1)).astype(np.float32)
    constant[:75, 2] = np.nextafter(np.float32(7), np.float32(8))
    one = np.where(head.truth[:, None] == 1, 1.0, -1.0)
    without = fold_scores(features, one, folds_of(head))
    beside = fold_scores(np.c_[features, constant], one, folds_of(head))
    np.testing.assert_allclose(beside, without, atol=1e-9)
    assert read_label(constant, head).score == 0.5


def test_a_rare_class_is_never_read_and_a_single_class_always() -> None:
    features, _ = labelled(3, 4, samples=60)
    rare = np.array([0, 1] * 29 + [2, 2])
    assert 0 < read_label(features, InspectedHead("y", "classes", (0,), rare)).score < 1
    alone = InspectedHead("y", "classes", (0,), np.zeros(60, np.int64))
    assert read_label(features, alone).score == 1


def test_of_too_much_to_read_only_ends_of_parts_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xray_module, "READ_NUMBERS", 1)
    xray = xray_of(VECTORS)
    assert xray.epochs[0].readings.keys() == set(xray.parts.values()) < xray.epochs[0].layers.keys()


def test_a_layer_with_infinite_outputs_is_not_read(vectors: Xray) -> None:
    model = RunModel.of(request(VECTORS, samples=120))
    left = model.data.inputs["left"].copy()
    left[next(row for row in model.split.held if row not in vectors.rows), 0] = np.inf
    data = replace(model.data, inputs={**model.data.inputs, "left": left})
    camera = XrayCamera(replace(model, data=data))
    camera.record(1, whole=False)
    read, parts = camera.xray().epochs[0].readings, camera.xray().parts
    assert [part for part in ("left", "right", "fusion") if parts[part] in read] == ["right"]


@pytest.mark.parametrize("width", [6, 700])
def test_points_are_the_main_components_over_all_epochs(width: int) -> None:
    rng = np.random.default_rng(width)
    both = rng.normal(size=(120, width)) * np.array([5, 3, *[0.5] * (width - 2)]) + 7
    points, share = plane([both[:60], both[60:]])
    left, sizes, _ = np.linalg.svd(both - both.mean(axis=0))
    expected = left[:, :2] * sizes[:2]
    np.testing.assert_allclose(np.abs(np.concatenate(points)), np.abs(expected), atol=1e-6)
    assert share == pytest.approx(np.square(sizes[:2]).sum() / np.square(sizes).sum())


def test_two_outputs_are_their_own_axes() -> None:
    values = np.arange(8.0).reshape(4, 2)
    points, share = plane([values])
    np.testing.assert_array_equal(points[0], values)
    assert share == 1


def test_numbers_lose_less_than_a_screen_shows() -> None:
    values = np.random.default_rng(0).normal(size=(3, 7))
    read = Numbers.of(values)
    np.testing.assert_allclose(read.values(), values, atol=2e-5 * read.largest)
    np.testing.assert_array_equal(
        Numbers.of(values[[0, 1, 0]]).values()[2], Numbers.of(values[[0, 1, 0]]).values()[0]
    )
    maps = values.reshape(1, 3, 7, 1)
    np.testing.assert_allclose(Numbers.of(maps).values(), maps, atol=read.largest / 250)


def test_each_row_is_the_output_for_its_sample_and_swap() -> None:
    camera = camera_of(VECTORS)
    camera.record(1)
    xray, (epoch,) = camera.xray(), camera.xray().epochs
    data = load_and_split(request(VECTORS, samples=120))[1]
    inputs = {name: data.inputs[name][list(xray.rows)] for name in xray.inputs}
    for sample, swapped in ((0, None), (2, (0, 1)), (7, (1, 0)), (3, (1, xray.nexts))):
        mixed = {name: array[sample : sample + 1].copy() for name, array in inputs.items()}
        number = xray.row(sample, swapped)
        if swapped:
            name, other = xray.inputs[swapped[0]], xray.origin(number, swapped[0])
            mixed[name] = inputs[name][other : other + 1] if other >= 0 else 0 * mixed[name]
        for id, values in camera.outputs(mixed)[0].items():
            layer = epoch.layers[id]
            row = layer.kept.values()[number]
            np.testing.assert_allclose(row, values[0], atol=1e-4 * layer.kept.largest)


def test_a_swap_moves_what_depends_on_its_input_only(vectors: Xray) -> None:
    layers, number = vectors.epochs[0].layers, vectors.row(1, (0, 0))
    moved = {id: layer.moved.values()[number] for id, layer in layers.items()}
    assert moved["left"] > 0
    assert moved["fusion_concatenate"] > 0
    assert moved["right"] == 0


def test_an_xray_is_read_back_from_its_text(vectors: Xray) -> None:
    assert parse_xray(vectors.model_dump_json()) == vectors


def test_an_xray_from_before_versions_or_without_samples_is_not_read(vectors: Xray) -> None:
    assert parse_xray(vectors.model_dump_json(exclude={"version"})) is None
    assert parse_xray(vectors.model_copy(update={"rows": ()}).model_dump_json()) is None


def test_too_many_bytes_leave_the_first_the_middle_and_the_last_epoch_or_the_last() -> None:
    camera = camera_of(VECTORS)
    for epoch in range(1, 6):
        camera.record(epoch, whole=False)
    assert [one.epoch for one in camera.xray().epochs] == [1, 2, 3, 4, 5]
    whole = len(camera.xray().model_dump_json())
    assert [one.epoch for one in camera.xray(most_bytes=7 * whole // 10).epochs] == [1, 3, 5]
    assert [one.epoch for one in camera.xray(most_bytes=1).epochs] == [5]


def test_gates_of_sources_are_shares_and_attention_of_steps_too() -> None:
    gated = xray_of(pooled(*FIRST["mixture_of_experts"])).epochs[0].layers.values()
    (gate,) = [layer for layer in gated if layer.sources]
    np.testing.assert_allclose(gate.kept.values().sum(axis=1), 1, atol=1e-3)
    attending = xray_of(pooled(*FIRST["cross_attention"])).epochs[0].layers.values()
    read = [layer.attention.values() for layer in attending if layer.attention]
    assert read
    for scores in read:
        np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-3)


@pytest.mark.parametrize("architecture", [IMAGE_SEQUENCE, TWO_HEADS], ids=["image", "heads"])
def test_each_head_has_labels_and_a_chance(architecture: Architecture) -> None:
    xray = xray_of(architecture)
    assert xray.heads.keys() == {head.name for head in architecture.heads}
    for head in xray.heads.values():
        assert len(head.labels) == len(xray.rows)
        assert head.chance == 0 if head.target == "values" else 0 < head.chance < 1


def watched(watch: Watch | None = EpochXrays, **settings: int) -> tuple[Outcome, list[Xray]]:
    events: list[Event] = []
    asked = request(VECTORS, samples=120, **settings)
    ModelTrainer().train(asked, events.append, RunControl(), TrainOptions(watch=watch))
    xrays = [parse_xray(one.xray) for one in events if isinstance(one, Xrayed)]
    return Outcome.of(events), [one for one in xrays if one is not None]


def test_a_training_has_the_same_numbers_with_and_without_xrays() -> None:
    seen, xrays = watched(epochs=3)
    unseen, none = watched(None, epochs=3)
    assert [point.logs for point in seen.history] == [point.logs for point in unseen.history]
    assert len(xrays) == 3
    assert none == []


def test_the_last_xray_has_all_epochs_and_reads_all_layers() -> None:
    _, xrays = watched(epochs=30)
    assert all(len(one.epochs) == 1 for one in xrays[:-1])
    epochs = [one.epoch for one in xrays[-1].epochs]
    assert (epochs[0], epochs[-1]) == (1, 30)
    assert 2 <= len(epochs) <= EPOCHS
    last = xrays[-1].epochs[-1]
    assert last.readings.keys() == last.layers.keys()
    assert xrays[-1].epochs[0].readings.keys() == {*xrays[-1].parts.values()}


def test_a_model_that_is_too_large_is_left_for_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xray_module, "MOST_FLOPS", 1)
    result, xrays = watched(epochs=2)
    assert result.status == "finished"
    assert xrays == []


def test_an_earlier_xray_is_not_kept_as_that_of_the_trained_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(xray_module, "END_SECONDS", 0)
    events: list[Event] = []
    asked = request(VECTORS, samples=120, epochs=3)
    ModelTrainer().train(asked, events.append, RunControl(), TrainOptions(watch=EpochXrays))
    taken = [one.xray for one in events if isinstance(one, Xrayed)]
    assert len(taken) > 1
    assert taken[-1] == ""
