"""Samples as plain drawing data that shows the cause."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from components.models.inputs import INPUTS
from sample_data.core.arrays import Array
from sample_data.core.dataset import Dataset
from sample_data.core.drawings import Drawing, HeatMap, Label, Lines, Pixels, Sound, Values, Words
from sample_data.loading.preview import preview
from sample_data.loading.synthetic import DataSpec, make, parse_data
from sample_data.renderers import RENDERERS
from sample_data.renderers._vocabulary import SCALES, lexicon
from sample_data.renderers.base import RenderContext

from .architectures import architecture

HEADS: list[dict[str, Any]] = [
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
    assert kinds == {Pixels, Sound, Words, HeatMap, Lines, Values, Label}
    assert list(drawn[0].inputs) == list(drawn[0].causes) == list(dataset.inputs)


def test_labels_are_text() -> None:
    spec = architecture("vector", heads=HEADS)
    values = np.array([[0.123, -1, 2, 3, 4, 5]], np.float32)
    targets = {"out_1": np.ones((1, 1), np.float32), "out_2": np.array([[3]]), "out_3": values}
    (one,) = preview(spec, Dataset({"in_1": np.zeros((1, 5), np.float32)}, targets))
    assert one.labels == {"out_1": "1", "out_2": "3", "out_3": "0.12, −1.00, 2.00, 3.00, …"}
    assert one.causes == {}


def test_names_stand_for_numbers() -> None:
    spec = architecture("tokens", "categorical", "vector", heads=[{"kind": "binary"}])
    inputs = {
        "in_1": np.array([[2, 1, 7, *[0] * 9]]),
        "in_2": np.array([[1]]),
        "in_3": np.zeros((1, 5), np.float32),
    }
    (one,) = preview(
        spec,
        Dataset(inputs, {"out_1": np.ones((1, 1))}),
        (0,),
        names={"out_1": ("ham", "spam")},
        ids={"in_1": ("", "buy", "now"), "in_2": ("red", "green")},
        columns={"in_3": ("a", "b", "c", "d", "e")},
    )
    assert one.labels == {"out_1": "spam"}
    assert one.inputs["in_1"] == Words(["now", "buy", "w7"], [0.0] * 3)
    assert one.inputs["in_2"] == Label("green", 1, 8)
    assert one.inputs["in_3"] == Values([0.0] * 5, 5, ("a", "b", "c", "d", "e"))


def test_words_of_own_data_are_not_those_of_the_playground() -> None:
    data = Dataset({"in_1": np.array([[3, *[0] * 11]])}, {"out_1": np.ones((1, 1))})
    (one,) = preview(architecture("tokens"), data, (0,))
    assert one.inputs["in_1"] == Words(["w3"], [0.0])


def test_causes_name_what_shows_them_and_many_are_cut_short() -> None:
    spec = architecture("vector", "image")
    data = make(spec, DataSpec(relation=parse_data("additive"), samples=20))

    def causes(of_vector: list[float]) -> dict[str, str]:
        rows = np.array([of_vector], np.float32).repeat(20, axis=0)
        few = {"in_1": rows, "in_2": np.full((20, 1), 0.5, np.float32)}
        (one,) = preview(spec, replace(data, causes=few), (0,))
        return dict(one.causes)

    shown = causes([0.8, -1.25, -0.001])
    assert shown["in_1"] == "feature 1: 0.80, feature 2: −1.25, feature 3: 0.00"
    assert shown["in_2"].endswith(": 0.50")
    many = causes([0.0] * 40)["in_1"]
    assert (many.count(":"), many[-3:]) == (8, ", …")


def test_causes_over_steps_stand_in_a_row() -> None:
    spec = architecture("timeseries", "embeddings")
    data = make(spec, DataSpec(relation=parse_data("alignment:steps=3"), samples=20))
    (one,) = preview(spec, data, (0,))
    caption, numbers = one.causes["in_1"].split(": ")
    assert caption == "channel 1"
    assert sorted(numbers.split()) == ["0.0", "0.0", "1.0"]
    assert len(one.causes["in_2"].split(": ")[1].split()) == 3


def test_absent_inputs_are_named() -> None:
    spec = architecture("vector", "timeseries")
    data = make(spec, DataSpec(relation=parse_data("missing:p=0.5"), samples=40))
    assert data.absent is not None
    drawn = preview(spec, data.with_absent(np.arange(20)), range(40))
    for row, one in enumerate(drawn):
        gone = {f"in_{place + 1}" for place in np.flatnonzero(data.absent[row])}
        assert one.absent == (gone if row < 20 else set())


@pytest.mark.parametrize("channels", [1, 2, 3, 7])
def test_pictures_are_rgb(channels: int) -> None:
    sample = np.linspace(0, 1, 4 * 5 * channels, dtype=np.float32).reshape(4, 5, channels)
    drawing = shown("image", sample, height=4, width=5, channels=channels)
    assert isinstance(drawing, Pixels)
    assert drawing.pixels.shape == (4, 5, 3)
    assert drawing.pixels.dtype == np.uint8
    expected = sample[:, :, :3] if channels > 2 else sample.mean(axis=2, keepdims=True)
    assert np.array_equal(drawing.pixels, np.broadcast_to(np.rint(expected * 255), (4, 5, 3)))


def test_pictures_beyond_one_are_stretched() -> None:
    drawing = shown("image", np.array([[[-10.0], [90.0]]], np.float32), height=1, width=2)
    assert isinstance(drawing, Pixels)
    assert drawing.pixels[0, :, 0].tolist() == [0, 255]


def test_sounds_run_to_the_right_and_upwards() -> None:
    sample = np.zeros((4, 3, 1), np.float32)
    sample[0, 2], sample[3, 0] = 1.0, 0.4
    drawing = shown("spectrogram", sample, frames=4, bands=3)
    assert isinstance(drawing, Sound)
    assert drawing.energy.shape == (3, 4)
    assert drawing.energy[0, 0] == 1
    assert drawing.energy[2, 3] == np.float32(0.4)
    assert np.count_nonzero(drawing.energy) == 2


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


def test_texts_are_sentences() -> None:
    given = INPUTS["tokens"](name="x")
    causes, rng = np.array([[2.0], [-2.0]], np.float32), np.random.default_rng(0)
    hot, cold = (
        RENDERERS["tokens"]().show(given, row)
        for row in RENDERERS["tokens"]().draw(given, causes, RenderContext(rng, rng, 0.0))
    )
    assert isinstance(hot, Words)
    assert isinstance(cold, Words)
    assert hot.words[:3] == cold.words[:3] == ["the", "weather", "is"]
    assert hot.words[-2] == "and"
    assert set(hot.words[3:]) <= {"and", "warm", "sunny", "hot", "scorching", "boiling"}
    assert set(cold.words[3:]) <= {"and", "freezing", "icy", "frosty", "cold", "chilly"}
    assert sum(hot.feelings) > 0 > sum(cold.feelings)


def test_the_vocabulary_has_no_word_twice() -> None:
    words = lexicon(1000)
    assert (words.scales, words.grades) == (len(SCALES), 12)
    last = words.first_plain + len(words.plain)
    lexemes = [words.word(identity) for identity in range(1, last)]
    assert len(set(lexemes)) == len(lexemes)
    assert words.word(last) == f"w{last}"
    assert words.word(0) == "w0"
    assert sum(map(words.feeling, range(last + 9))) == pytest.approx(0)
    assert words.feeling(1) == -1
    assert words.feeling(12) == 1


@pytest.mark.parametrize("ids", [2, 3, 4, 6, 7, 12, 20, 50, 100, 193, 10**6])
def test_small_vocabularies_share_out_their_ids(ids: int) -> None:
    words = lexicon(ids)
    assert words.scales >= 1
    assert words.grades == 1 if ids == 2 else words.grades % 2 == 0
    assert words.first_plain + len(words.plain) <= ids
    lexemes = [words.word(identity) for identity in range(1, words.first_plain)]
    assert len(set(lexemes)) == len(lexemes)
    assert not any(word.startswith("w") and word[1:].isdigit() for word in lexemes)
    assert all(identity < ids for identity in words.fillers)


def test_values_and_ids() -> None:
    values = shown("vector", np.arange(100, dtype=np.float32), features=100)
    assert values == Values(list(map(float, range(64))), 100)
    assert shown("categorical", np.array([7], np.int32), categories=9) == Label("id 7", 7, 9)
