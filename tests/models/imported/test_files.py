"""Files written by Keras: their shapes and weights equal those of the model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import pytest
from keras import layers as K

from components.base.errors import FileError, ModelFileError
from components.models import imported
from components.models.imported import ImportedModel, files
from tests.models.imported.hostile_files import archive, layer, model


@keras.saving.register_keras_serializable("mine")
class Own(keras.layers.Layer):  # type: ignore[misc]
    """Custom layer with weights, a layer and a random state in it."""

    def __init__(self, **named: Any) -> None:
        super().__init__(**named)
        self.inside = K.Dense(5)
        self.drop = K.Dropout(0.1)
        self.dice = keras.random.SeedGenerator(1)

    def build(self, shape: Any) -> None:
        self.scale = self.add_weight(shape=(shape[-1], 7))
        self.inside.build(shape)

    def call(self, x: Any) -> Any:
        return self.drop(self.inside(x))


@pytest.fixture(scope="module")
def nested() -> keras.Model:
    """Return a model with custom layers at the top, in an inner model called twice, and in a
    sequence.
    """
    x, y, z = (keras.Input((6,), name=name) for name in "xyz")
    inner = keras.Model(z, Own(name="deep")(K.Dense(6)(z)), name="inner")
    row = keras.Sequential([K.Dense(9), Own(name="in_row"), K.Dense(2)], name="row")
    ends = [Own(name="top")(inner(x)), row(inner(y))]
    return keras.Model([x, y], K.Dense(3, name="end")(K.Concatenate()(ends)), name="nested")


def saved(model: keras.Model, path: Path) -> ImportedModel:
    model.save(path)
    return imported.read(path)


def test_an_archive_has_the_weights_of_layers_that_keras_does_not_know(
    nested: keras.Model, tmp_path: Path
) -> None:
    found = saved(nested, tmp_path / "model.keras")
    assert found.costs.total.parameters == nested.count_params()
    assert found.uncounted == ()
    assert {node.unknown for node in found.unknown} == {("what it does",)}
    assert found.keras == keras.__version__
    assert imported.read((tmp_path / "model.keras").read_bytes()) == found


def test_hdf5_has_them_for_layers_whose_names_it_has(nested: keras.Model, tmp_path: Path) -> None:
    """Expect no count for the layer in the sequence, because the file lacks its name."""
    found = saved(nested, tmp_path / "model.h5")
    in_row = nested.get_layer("row").layers[1].count_params()
    assert [node.layer for node in found.uncounted] == ["Own"]
    assert found.costs.total.parameters == nested.count_params() - in_row
    assert found.keras == keras.__version__
    assert imported.read((tmp_path / "model.h5").read_bytes()) == found


def test_an_inner_model_outside_and_inside_another_counts_once(tmp_path: Path) -> None:
    x, y, z = (keras.Input((5,), name=name) for name in "xyz")
    small = keras.Model(z, Own(name="deep")(K.Dense(5)(z)), name="small")
    row = keras.Sequential([keras.Input((5,)), small, K.Dense(5)], name="row")
    middle = keras.Model(y, row(small(y)), name="middle")
    model = keras.Model(x, K.Add()([small(x), middle(x), row(x)]), name="outside_and_inside")
    found = saved(model, tmp_path / "model.keras")
    assert found.costs.total.parameters == model.count_params()
    assert found.uncounted == ()


def test_a_layer_that_needs_tensorflow_is_not_made(tmp_path: Path) -> None:
    x = keras.Input((3,), dtype="string", name="x")
    words = K.StringLookup(vocabulary=["a", "b"], name="words")(x)
    model = keras.Model(x, K.Flatten()(K.Embedding(4, 2)(words)))
    found = saved(model, tmp_path / "model.keras")
    assert found.graph["words"].shape == (3,)
    assert found.unknown == ()
    assert found.costs.total.parameters == 8


def test_calls_of_inner_models_count_from_1_where_keras_2_wrote_an_archive() -> None:
    """Use a file with modules, as Keras 3 writes it, and lists of calls, as Keras 2 writes its
    JSON.
    """
    x = layer("x", "InputLayer", batch_shape=[None, 4])
    dense = {**layer("d", units=4), "inbound_nodes": [[["x", 0, 0, {}]]]}
    inner = {**model(x, dense), "name": "n", "inbound_nodes": [[["x", 0, 0, {}]]]}
    last = {**layer("d", units=2), "inbound_nodes": [[["n", 1, 0, {}]]]}
    about = json.dumps({"keras_version": "2.15.0"})
    found = imported.read(archive(model(x, inner, last), files={"metadata.json": about}))
    assert found.keras == "2.15.0"
    assert found.graph["d"].sources == ("n/d",)


@pytest.mark.parametrize(
    ("name", "write", "sentence"),
    [
        ("model.weights.h5", lambda m, path: m.save_weights(path), "weights alone"),
        ("model", lambda m, path: m.export(path, verbose=False), "SavedModel"),
    ],
)
def test_a_file_without_layers_is_refused_with_the_line_that_saves_them(
    tmp_path: Path, name: str, write: Any, sentence: str
) -> None:
    x = keras.Input((3,))
    path = tmp_path / name
    write(keras.Model(x, K.Dense(2)(x)), path)
    assert imported.is_keras_file(path)
    with pytest.raises(ModelFileError, match=sentence) as caught:
        imported.read(path)
    assert 'model.save("model.keras")' in caught.value.fix


class Subclassed(keras.Model):  # type: ignore[misc]
    def build(self, shape: Any) -> None:
        self.one = K.Dense(2)
        self.one.build(shape)

    def call(self, x: Any) -> Any:
        return self.one(x)


def test_the_file_of_a_subclassed_model_says_where_it_can_be_drawn(tmp_path: Path) -> None:
    model = Subclassed()
    model.build((None, 3))
    with pytest.raises(ModelFileError, match=r"fp\.draw"):
        saved(model, tmp_path / "model.keras")


def test_a_path_that_is_no_file_is_reported(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.keras"):
        with pytest.raises(FileError):
            imported.read(path)


def test_large_weights_of_an_archive_are_not_unpacked(
    nested: keras.Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_WEIGHTS_BYTES", 1000)
    assert len(saved(nested, tmp_path / "model.keras").uncounted) == 3
