"""The presets compared with their descriptions, and some of them with plain Keras scripts."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from components.base.errors import SpecError
from components.experiments.training.events import Epoch, Event
from components.experiments.training.requests import RunRequest, Settings
from components.models.architecture.builder import build, build_with_weights
from sample_data.content import presets
from sample_data.loading.sources import load, parse
from tests.experiments.training.support import train
from tests.sample_data.gallery import plain_pictures, plain_streams, plain_tables

PLAIN = {**plain_tables.MODELS, **plain_pictures.MODELS, **plain_streams.MODELS}


@pytest.mark.parametrize("name", presets.names())
def test_a_preset_has_the_weights_of_its_description(name: str) -> None:
    assert build(presets.load(name)).model.count_params() == presets.about(name).parameters


def in_order(name: str, model: keras.Model, plain: keras.Model) -> tuple[list[Any], list[Any]]:
    """Return the weights of both models, with corresponding ones at the same place."""
    if name != "deep_and_cross":
        return model.weights, plain.weights
    crossed = [f"crossed_{part}_{i}" for i in (1, 2, 3) for part in ("cross", "bias")]
    named = ["user_embedding", "advert_embedding", *crossed, "deep_dense_1", "deep_dense_2"]
    kinds = (keras.layers.Embedding, plain_tables.CrossLayer, keras.layers.Dense)
    own = [layer for kind in kinds for layer in plain.layers if isinstance(layer, kind)]
    ours = [weight for layer in (*named, "clicks") for weight in model.get_layer(layer).weights]
    return ours, [weight for layer in own for weight in layer.weights]


@pytest.mark.parametrize("name", PLAIN)
def test_a_preset_computes_what_its_plain_script_does(name: str) -> None:
    architecture, plain = presets.load(name), PLAIN[name]()
    model, rng = build_with_weights(architecture).model, np.random.default_rng(0)
    ours, theirs = in_order(name, model, plain)
    for one, other in zip(ours, theirs, strict=True):
        values = rng.normal(scale=0.3, size=one.shape)
        one.assign(values)
        other.assign(values.reshape(other.shape))
    data = load(architecture, parse(presets.about(name).data, samples=20)).inputs
    given = data if isinstance(plain.input, dict) else [data[x.name] for x in plain.inputs]
    (got,) = model(data, training=False).values()
    np.testing.assert_allclose(got, plain(given, training=False), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", presets.names())
def test_a_preset_is_named_as_its_file_and_described(name: str) -> None:
    assert presets.load(name).name == name
    about = presets.about(name)
    assert about.sentence.endswith(".")
    assert not about.source.endswith(".")
    assert any(word.isdigit() and len(word) == 4 for word in about.source.replace(",", "").split())
    assert not about.simplified or about.simplified.endswith(".")
    architecture = presets.load(name)
    assert load(architecture, parse(about.data, samples=20)).samples == 20


def test_titles_differ_and_every_group_has_presets() -> None:
    infos = [presets.about(name) for name in presets.names()]
    assert len({info.title for info in infos}) == len(infos) >= 25
    assert {info.group for info in infos} == set(presets.GROUPS)


def test_the_gallery_is_searched_by_words_and_group() -> None:
    def found(words: str, group: str | None = None) -> set[str]:
        return {name for _, names in presets.search(words, group) for name in names}

    assert found("") == set(presets.names())
    assert found("chollet lstm") == {"image_text_relevance", "tickets", "question_answering"}
    assert "deep_and_cross" in found("cross network") | found("DCN")
    assert found("", "Sensors") == {"activity_sensors", "gesture_streams"}
    assert found("no such word") == set()


def test_an_unknown_preset_has_no_description() -> None:
    with pytest.raises(SpecError, match="Did you mean `neumf`"):
        presets.about("neumff")


TRAINED = (
    "neumf", "deep_fm", "deep_and_cross", "siamese_distance", "vgg_towers", "film_reasoning",
)  # fmt: skip
"""Presets with parts that no other test trains."""


@pytest.mark.matrix
@pytest.mark.parametrize("name", TRAINED)
def test_a_preset_trains_on_what_it_says(name: str) -> None:
    events: list[Event] = []
    request = RunRequest(
        architecture=presets.load(name),
        data=parse(presets.about(name).data, samples=40),
        settings=Settings(epochs=1),
    )
    train(request, events.append, lambda: False)
    assert any(isinstance(event, Epoch) for event in events)
