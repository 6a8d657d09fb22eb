"""Samples become plain drawing data in which the cause can be seen."""

from __future__ import annotations

import numpy as np
import pytest

from components.inputs import INPUTS
from sample_data import vocabulary
from sample_data.arrays import Array
from sample_data.dataset import Dataset, DataSpec, make, parse_data
from sample_data.preview import (
    Drawing,
    HeatMap,
    Label,
    Lines,
    Picture,
    Values,
    Words,
    preview,
)
from sample_data.renderers import RENDERERS

from .specs import architecture

HEADS = [
    {"kind": "binary"},
    {"kind": "multiclass", "classes": 4},
    {"kind": "regression", "outputs": 6},
]


def shown(kind: str, sample: Array, **fields: int) -> Drawing:
    return RENDERERS[kind]().show(INPUTS[kind](name="x", **fields), sample)


def test_preview_of_every_kind() -> None:
    spec = architecture(*RENDERERS, heads=HEADS)
    dataset = make(spec, DataSpec(relation=parse_data("additive"), samples=20))
    drawn = preview(spec, dataset, (0, 7, 19, 20))
    assert [one.row for one in drawn] == [0, 7, 19]
    kinds = {type(drawing) for drawing in drawn[0].inputs.values()}
    assert kinds == {Picture, Words, HeatMap, Lines, Values, Label}
    assert list(drawn[0].inputs) == list(dataset.inputs)


def test_labels_are_text() -> None:
    spec = architecture("vector", heads=HEADS)
    values = np.array([[0.123, -1, 2, 3, 4, 5]], np.float32)
    targets = {"out_1": np.ones((1, 1), np.float32), "out_2": np.array([[3]]), "out_3": values}
    (one,) = preview(spec, Dataset({"in_1": np.zeros((1, 5), np.float32)}, targets))
    assert one.labels == {
        "out_1": "out_1: 1",
        "out_2": "out_2: 3",
        "out_3": "out_3: 0.12, -1.00, 2.00, 3.00, …",
    }


@pytest.mark.parametrize("channels", [1, 2, 3, 7])
def test_pictures_are_rgb(channels: int) -> None:
    sample = np.linspace(0, 1, 4 * 5 * channels, dtype=np.float32).reshape(4, 5, channels)
    drawing = shown("image", sample, height=4, width=5, channels=channels)
    assert isinstance(drawing, Picture)
    assert drawing.pixels.shape == (4, 5, 3)
    assert drawing.pixels.dtype == np.uint8
    expected = sample[:, :, :3] if channels > 2 else sample.mean(axis=2, keepdims=True)
    assert np.array_equal(drawing.pixels, np.broadcast_to(np.rint(expected * 255), (4, 5, 3)))


def test_pictures_beyond_one_are_stretched() -> None:
    drawing = shown("image", np.array([[[-10.0], [90.0]]], np.float32), height=1, width=2)
    assert isinstance(drawing, Picture)
    assert drawing.pixels[0, :, 0].tolist() == [0, 255]


def test_spectrograms_run_to_the_right_and_upwards() -> None:
    sample = np.zeros((4, 3, 1), np.float32)
    sample[0, 2], sample[3, 0] = 1.0, 0.4
    drawing = shown("spectrogram", sample, frames=4, bands=3)
    assert isinstance(drawing, Picture)
    assert drawing.pixels.shape == (3, 4, 3)
    assert drawing.pixels[0, 0].tolist() == [255] * 3
    assert drawing.pixels[2, 3].tolist() == [102] * 3
    assert drawing.pixels.sum() == 3 * (255 + 102)


def test_lines_are_the_first_channels() -> None:
    drawing = shown("timeseries", np.arange(60.0).reshape(3, 20), length=3, features=20)
    assert isinstance(drawing, Lines)
    assert drawing.channels == 20
    assert len(drawing.lines) == 8
    assert drawing.lines[1] == [1, 21, 41]


def test_heat_maps_are_small() -> None:
    sample = np.repeat(np.arange(200, dtype=np.float32)[:, None], 100, axis=1)
    drawing = shown("embeddings", sample, length=200, features=100)
    assert isinstance(drawing, HeatMap)
    assert drawing.values.shape == (64, 64)
    assert drawing.values.dtype == np.float32
    assert drawing.values[0] == pytest.approx(1)
    assert np.all(np.diff(drawing.values[:, 0]) > 0)
    few = shown("embeddings", sample[:3, :2], length=3, features=2)
    assert isinstance(few, HeatMap)
    assert np.array_equal(few.values, sample[:3, :2])


def test_words_carry_the_sign() -> None:
    drawing = shown("tokens", np.array([1, 2, 3, 500, 0, 0]), vocabulary=1000, length=6)
    assert drawing == Words(["good", "bad", "the", "w500"], [1, -1, 0, 0])
    given = INPUTS["tokens"](name="x")
    causes = np.array([[2.0], [-2.0]], np.float32)
    rng = np.random.default_rng(0)
    happy, sad = (
        RENDERERS["tokens"]().show(given, row)
        for row in RENDERERS["tokens"]().draw(given, causes, rng, rng)
    )
    assert isinstance(happy, Words)
    assert isinstance(sad, Words)
    assert sum(happy.feelings) > 0 > sum(sad.feelings)
    assert not any(word.startswith("w") and word[1:].isdigit() for word in happy.words)


def test_the_vocabulary_has_no_word_twice() -> None:
    feelings = vocabulary.feelings()
    words = [vocabulary.word(identity) for identity in range(1, len(feelings))]
    assert len(set(words)) == len(words) == 96
    assert feelings.sum() == 0
    assert vocabulary.word(len(feelings)) == f"w{len(feelings)}"


@pytest.mark.parametrize(("ids", "counts"), [(2, (1, 0, 0)), (3, (1, 1, 0)), (6, (2, 2, 1))])
def test_small_vocabularies_share_out_their_ids(ids: int, counts: tuple[int, ...]) -> None:
    assert tuple(vocabulary.words_of(role, ids) for role in (1, 2, 3)) == counts


def test_values_and_ids() -> None:
    values = shown("vector", np.arange(100, dtype=np.float32), features=100)
    assert values == Values(list(map(float, range(64))), 100)
    assert shown("categorical", np.array([7], np.int32)) == Label("id 7")
