"""A model that one process transfers to the Viewer of another."""

from __future__ import annotations

import os
from pathlib import Path

import keras
import pytest
from keras import layers as K

from components.base.errors import ModelFileError
from components.base.paths import DATA_FOLDER
from components.models.drawing import diagram
from components.models.drawing.options import DiagramOptions
from components.models.imported.handed_over import MOST_KEPT, hand_over, read_handed_over
from components.models.imported.imported_model import ImportedModel
from components.models.imported.live import read_live


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv(DATA_FOLDER, str(tmp_path))
    return tmp_path / "handed_over"


class TwoInputs(keras.Model):  # type: ignore[misc]
    """Model with an inner model, a shared layer and an operation."""

    def __init__(self) -> None:
        super().__init__(name="two")
        self.look, self.shared = K.Conv2D(3, 2), K.Dense(4)
        self.inner = keras.Sequential([keras.Input((4,)), K.Dense(5), K.Dense(2)], name="inner")

    def call(self, text: object, picture: object) -> object:
        seen = self.shared(K.Flatten()(self.look(picture)))
        return self.inner(seen * self.shared(text))


@pytest.fixture(scope="module")
def model() -> ImportedModel:
    return read_live(TwoInputs(), {"text": (None, 27), "picture": (None, 4, 4, 1)}).model


def test_a_subclassed_model_arrives_as_it_was(model: ImportedModel) -> None:
    found = read_handed_over(hand_over(model))
    assert found.costs == model.costs
    block = model.graph.groups[0].id
    for one, other in ((found, model), (found.part(block), model.part(block))):
        options = DiagramOptions()
        assert diagram.svg(one.graph, options) == diagram.svg(other.graph, options)


def test_only_its_owner_reads_it_and_the_oldest_are_removed(
    model: ImportedModel, folder: Path
) -> None:
    tokens = list[str]()
    for second in range(MOST_KEPT + 1):
        tokens.append(hand_over(model))
        os.utime(folder / f"{tokens[-1]}.json", (second, second))
    assert {file.stem for file in folder.iterdir()} == set(tokens[1:])
    assert {file.stat().st_mode & 0o077 for file in folder.iterdir()} == {0}
    with pytest.raises(ModelFileError, match="no model at this address"):
        read_handed_over(tokens[0])


def test_another_id_and_a_broken_file_are_refused_with_a_sentence(
    model: ImportedModel, folder: Path
) -> None:
    for wrong in ("x", "../" * 8, "0" * 32, "A" * 32):
        with pytest.raises(ModelFileError, match="no model at this address"):
            read_handed_over(wrong)
    token = hand_over(model)
    path = folder / f"{token}.json"
    for broken in ("", "{}", path.read_text()[:-9]):
        path.write_text(broken)
        with pytest.raises(ModelFileError, match="can't be read"):
            read_handed_over(token)
