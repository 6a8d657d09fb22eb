"""A model and arrays from files: the same measures as in the process that saved them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from keras import layers as K

from components.base.errors import DataError, ModelFileError
from components.base.zips import zip_of
from components.experiments.inspection.basis.results import parse_inspection
from components.experiments.inspection.measures.shapley_share import ShapleyShare
from components.experiments.inspection.measuring import inspect
from components.experiments.inspection.own_file import inspect_file
from components.experiments.inspection.own_model import own_model
from components.models.imported.built import built
from sample_data.core.archives import write_arrays

RNG = np.random.default_rng(9)
X = {"left": RNG.normal(size=(60, 3)), "series": RNG.normal(size=(60, 5, 2))}
Y = {"out": RNG.integers(0, 2, size=60)}


class Own(K.Layer):  # type: ignore[misc]
    """Custom layer, which a file names without its code."""

    def call(self, x: Any) -> Any:
        return x


def model(middle: Any = None) -> keras.Model:
    left, series = keras.Input((3,), name="left"), keras.Input((5, 2), name="series")
    inner = keras.Sequential([keras.Input((3,)), K.Dense(4, "relu"), K.Dense(4)], name="inner")
    shared = K.Dense(4, name="shared")
    read = shared(K.LSTM(4)(series))
    joined = K.Concatenate()([shared(inner(left)), read, keras.ops.tanh(read)])
    end = K.BatchNormalization()(joined)
    end = middle(end) if middle else end
    return keras.Model([left, series], K.Dense(1, activation="sigmoid", name="out")(end))


def saved(one: keras.Model, folder: Path) -> bytes:
    for variable in one.trainable_variables:
        variable.assign(RNG.normal(size=variable.shape))
    one.save(folder / "model.keras")
    return (folder / "model.keras").read_bytes()


def changed(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return the file of a model with one of its parts changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = change(parts[part])
    return zip_of([*parts.items()])


def npz(**arrays: Any) -> bytes:
    file = io.BytesIO()
    write_arrays(file, arrays)
    return file.getvalue()


def test_a_built_model_predicts_as_the_saved_one(tmp_path: Path) -> None:
    one = model()
    content = saved(one, tmp_path)
    x = list(X.values())
    np.testing.assert_allclose(built(content).predict_on_batch(x), one.predict_on_batch(x), 1e-5)


def test_its_measures_are_those_of_the_process_that_saved_it(tmp_path: Path) -> None:
    one = model()
    inspection = parse_inspection(inspect_file(saved(one, tmp_path), npz(**X, **Y))[0])
    rows = np.arange(inspection.samples)  # As many as the worker has time for.
    wanted = inspect(own_model(one, X, Y).on(rows), rows, True, inspection.background)
    own, others = (ShapleyShare.values(one.heads["out"]) for one in (inspection, wanted))
    assert own == pytest.approx(others, abs=1e-6)


def test_a_layer_of_its_own_is_refused_with_the_way_that_works(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"Own.*fp\.contributions"):
        built(saved(model(Own(name="mine")), tmp_path))


@pytest.mark.parametrize(
    ("layer", "size", "huge"),
    [
        (lambda: K.CategoryEncoding(20), b'"num_tokens": 20', b'"num_tokens": 2000000000'),
        (
            lambda: K.Hashing(20, output_mode="one_hot"),
            b'"num_bins": 20',
            b'"num_bins": 2000000000',
        ),
    ],
    ids=["CategoryEncoding", "Hashing"],
)
def test_a_layer_with_a_huge_output_is_refused_before_it_computes(
    tmp_path: Path, layer: Callable[[], Any], size: bytes, huge: bytes
) -> None:
    """Keep the small shape that the file gives for the same output."""
    number, left = keras.Input((1,), name="number", dtype="int32"), keras.Input((2,), name="left")
    wide = K.GlobalMaxPooling1D()(K.Reshape((-1, 1))(layer()(number)))
    end = K.Dense(1, name="out")(K.Concatenate()([wide, left]))
    content = saved(keras.Model([number, left], end), tmp_path)
    assert built(content)
    with pytest.raises(ModelFileError, match="up to 4,194,304 numbers"):
        built(changed(content, "config.json", lambda config: config.replace(size, huge)))


def test_a_lambda_is_not_run(tmp_path: Path) -> None:
    content = saved(model(K.Lambda(lambda x: x, output_shape=(12,))), tmp_path)
    with pytest.raises(ModelFileError, match="layers of Keras itself"):
        built(content)


def test_weights_that_lie_in_another_file_are_refused(tmp_path: Path) -> None:
    def linked(content: bytes) -> bytes:
        weights = io.BytesIO(content)
        with h5py.File(weights, "r+") as file:
            file["layers"]["elsewhere"] = h5py.ExternalLink("/etc/hosts", "x")
        return weights.getvalue()

    with pytest.raises(ModelFileError, match="links"):
        built(changed(saved(model(), tmp_path), "model.weights.h5", linked))


def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    def without_bias(content: bytes) -> bytes:
        config = json.loads(content)
        dense = next(one for one in config["config"]["layers"] if one["name"] == "shared")
        dense["config"]["use_bias"] = False
        return json.dumps(config).encode()

    with pytest.raises(ModelFileError, match="don't fit"):
        built(changed(saved(model(), tmp_path), "config.json", without_bias))


@pytest.mark.parametrize(
    "build", [keras.Sequential, lambda layers: keras.Model(layers[0], layers[1](layers[0]))]
)
def test_a_model_of_one_input_is_refused(build: Any, tmp_path: Path) -> None:
    one = build([keras.Input((3,), name="left"), K.Dense(1, name="out")])
    with pytest.raises(ModelFileError, match=r"two inputs or more .*\(this one has 1\)"):
        inspect_file(saved(one, tmp_path), npz(**X, **Y))


def test_an_input_and_its_presence_do_not_count_as_two_inputs(tmp_path: Path) -> None:
    inputs = [keras.Input((size,), name=name) for name, size in (("a", 3), ("a_present", 1))]
    one = keras.Model(inputs, K.Dense(1, name="out")(K.Concatenate()(inputs)))
    with pytest.raises(ModelFileError, match=r"two inputs or more"):
        inspect_file(saved(one, tmp_path), npz(a=X["left"], a_present=np.ones((60, 1)), **Y))


def test_arrays_of_other_names_are_reported(tmp_path: Path) -> None:
    _, notes = inspect_file(saved(model(), tmp_path), npz(**X, **Y, other=Y["out"]))
    assert notes[0] == "Ignored: `other`. No input or output of the model has such a name."


@pytest.mark.parametrize("missing", ["left", "out"])
def test_arrays_are_needed_for_inputs_and_outputs(missing: str, tmp_path: Path) -> None:
    arrays = {name: one for name, one in {**X, **Y}.items() if name != missing}
    with pytest.raises(DataError, match=f"put {missing}"):
        inspect_file(saved(model(), tmp_path), npz(**arrays))


def test_an_array_has_the_labels_of_the_units(tmp_path: Path) -> None:
    liked = np.array(["yes", "no"])[Y["out"]]
    content = saved(model(), tmp_path)
    _, notes = inspect_file(content, npz(**X, out=liked, out_classes=np.array(["yes", "no"])))
    assert "a low `out` means `yes`, a high one `no`" in notes[0]
    _, notes = inspect_file(content, npz(**X, out=liked))
    assert "save that as the array `out_classes`" in notes[0]
