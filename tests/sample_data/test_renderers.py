"""Every renderer keeps the contract, and what it draws can be read again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.errors import DataError
from components.inputs import INPUTS
from components.inputs.base import Input
from sample_data import vocabulary
from sample_data.arrays import Array, Floats
from sample_data.renderers import RENDERERS
from sample_data.renderers.base import NOMINAL_LENGTH, Renderer, full_shape

from .specs import SMALL

ODD: dict[str, list[dict[str, Any]]] = {
    "image": [
        {"height": 1, "width": 1, "channels": 1},
        {"height": 1, "width": 9, "channels": 16},
        {"height": 9, "width": 1, "channels": 2},
        {"height": 2, "width": 2, "channels": 3},
        {"height": 24, "width": 24, "channels": 1},
    ],
    "tokens": [
        {"vocabulary": 2, "length": 1},
        {"vocabulary": 2, "length": 8},
        {"vocabulary": 3, "length": 2},
        {"vocabulary": 4, "length": 3},
        {"vocabulary": 1_000_000, "length": None},
    ],
    "embeddings": [
        {"length": 1, "features": 1},
        {"length": 5, "features": 1},
        {"length": 1, "features": 5},
        {"length": None, "features": 30},
    ],
    "timeseries": [
        {"length": 1, "features": 1},
        {"length": 2, "features": 1},
        {"length": 3, "features": 2},
        {"length": None, "features": 20},
        {"length": 200, "features": 1},
    ],
    "spectrogram": [
        {"frames": 1, "bands": 1},
        {"frames": 1, "bands": 9},
        {"frames": 9, "bands": 1},
        {"frames": 2, "bands": 2},
        {"frames": 64, "bands": 32},
    ],
    "vector": [{"features": 1}, {"features": 2}, {"features": 16}, {"features": 300}],
    "categorical": [
        {"categories": 2},
        {"categories": 3},
        {"categories": 7},
        {"categories": 10_000_000},
    ],
}
CASES = [(kind, fields) for kind in ODD for fields in (SMALL[kind], *ODD[kind])]


def made(kind: str, fields: dict[str, Any]) -> Input:
    return INPUTS[kind](name="x", **fields)


def drawn(given: Input, cause: Array, world: int = 0, sample: int = 1) -> Array:
    return RENDERERS[str(given.kind)]().draw(  # type: ignore[attr-defined]
        given,
        cause.astype(np.float32)[:, None],
        np.random.default_rng(world),
        np.random.default_rng(sample),
    )


def readable(given: Input, x: Array) -> Floats:
    """A few plain features of a rendering, such as a small encoder would find."""
    kind = given.kind  # type: ignore[attr-defined]
    if kind in ("image", "spectrogram"):
        return np.concatenate((x.mean(axis=(1, 2)), x.mean(axis=(1, 3))), axis=1)
    if kind == "tokens":
        last = len(vocabulary.feelings())
        return np.stack([np.bincount(row, minlength=last) for row in x]).astype(np.float32)
    if kind == "categorical":
        return (x == np.unique(x)[None, :]).astype(np.float32)
    return x if x.ndim == 2 else x.mean(axis=1)


def probe(features: Floats, sign: Array) -> float:
    """Accuracy on the second half of a linear fit to the first."""
    half = len(sign) // 2
    design = np.concatenate((features, np.ones((len(sign), 1))), axis=1)
    gram = design[:half].T @ design[:half] + 1e-6 * np.eye(design.shape[1])
    weights = np.linalg.solve(gram, design[:half].T @ sign[:half])
    return float(np.mean(np.sign(design[half:] @ weights) == sign[half:]))


def test_every_kind_of_input_has_a_renderer() -> None:
    assert len(INPUTS) > 0
    assert set(RENDERERS) == set(INPUTS) == set(ODD)


@pytest.mark.parametrize("kind", RENDERERS)
def test_texts(kind: str) -> None:
    assert RENDERERS[kind].title
    assert RENDERERS[kind].cue
    assert RENDERERS[kind].__doc__


@pytest.mark.parametrize(("kind", "fields"), CASES)
def test_shape_dtype_and_values(kind: str, fields: dict[str, Any]) -> None:
    given = made(kind, fields)
    x = drawn(given, np.linspace(-25, 25, 40))
    assert x.shape == (40, *full_shape(given))
    assert x.dtype == given.dtype
    assert np.isfinite(x).all()
    if given.cardinality:
        assert x.min() >= 0
        assert x.max() < given.cardinality
    if kind in ("image", "spectrogram"):
        assert x.min() >= 0
        assert x.max() <= 1


@pytest.mark.parametrize(("kind", "fields"), CASES)
def test_a_bit_is_read_exactly(kind: str, fields: dict[str, Any]) -> None:
    given = made(kind, fields)
    bits = np.random.default_rng(5).choice([-1.0, 1.0], 1200)
    assert probe(readable(given, drawn(given, bits)), bits) == 1


@pytest.mark.parametrize(("kind", "fields"), CASES)
def test_the_sign_of_a_cause_is_read(kind: str, fields: dict[str, Any]) -> None:
    given = made(kind, fields)
    cause = np.random.default_rng(5).standard_normal(2400)
    cause[np.abs(cause) < 0.02] = 0.02
    features = readable(given, drawn(given, cause))
    assert max(probe(features, np.sign(cause)), _by_size(features, cause)) > 0.97


def _by_size(features: Floats, cause: Array) -> float:
    """The probe fitted to the cause itself, and read by its sign."""
    half = len(cause) // 2
    design = np.concatenate((features, np.ones((len(cause), 1))), axis=1)
    weights = np.linalg.lstsq(design[:half], cause[:half], rcond=None)[0]
    return float(np.mean(np.sign(design[half:] @ weights) == np.sign(cause[half:])))


@pytest.mark.parametrize("kind", RENDERERS)
def test_seeds(kind: str) -> None:
    given = made(kind, SMALL[kind])
    cause = np.random.default_rng(5).standard_normal(60)
    assert np.array_equal(drawn(given, cause), drawn(given, cause))
    assert not np.array_equal(drawn(given, cause), drawn(given, cause + 0.5))
    if kind != "categorical":
        assert not np.array_equal(drawn(given, cause), drawn(given, cause, sample=2))
    if kind != "tokens":
        assert not np.array_equal(drawn(given, cause), drawn(given, cause, world=2))


@pytest.mark.parametrize("kind", RENDERERS)
def test_the_world_does_not_depend_on_the_samples(kind: str) -> None:
    given = made(kind, SMALL[kind])
    cause = np.random.default_rng(5).standard_normal(2400)
    train = readable(given, drawn(given, cause[:1200], sample=1))
    test = readable(given, drawn(given, cause[1200:], sample=2))
    assert train.shape[1] == test.shape[1]
    assert _by_size(np.concatenate((train, test)), cause) > 0.95


def test_a_single_category_tells_nothing() -> None:
    x = drawn(made("categorical", {"categories": 1}), np.linspace(-3, 3, 20))
    assert not x.any()


def test_a_vector_of_one_feature_is_the_cause() -> None:
    cause = np.linspace(-3, 3, 20).astype(np.float32)
    assert drawn(made("vector", {"features": 1}), cause)[:, 0] == pytest.approx(cause, abs=1e-6)


def test_padding_is_at_the_end() -> None:
    x = drawn(made("tokens", {"vocabulary": 50, "length": 40}), np.zeros(200))
    padded = x == 0
    assert padded.any()
    assert np.array_equal(padded, np.sort(padded, axis=1))


def test_an_open_length_is_drawn_at_the_nominal_one() -> None:
    assert drawn(made("tokens", {"length": None}), np.zeros(3)).shape == (3, NOMINAL_LENGTH)


@pytest.mark.parametrize("kind", [kind for kind in RENDERERS if kind != "vector"])
def test_causes_of_several_numbers_need_a_vector(kind: str) -> None:
    given = made(kind, SMALL[kind])
    world, rng = np.random.default_rng(0), np.random.default_rng(1)
    with pytest.raises(DataError, match=r"cause of one number\. Received `4 numbers for x`"):
        RENDERERS[kind]().draw(given, np.zeros((5, 4), np.float32), world, rng)


def test_a_vector_holds_as_many_numbers_as_features() -> None:
    causes = np.random.default_rng(0).standard_normal((50, 4)).astype(np.float32)
    world, rng = np.random.default_rng(0), np.random.default_rng(1)
    x = RENDERERS["vector"]().draw(made("vector", {"features": 6}), causes, world, rng)
    weights, *_ = np.linalg.lstsq(x, causes, rcond=None)
    assert x @ weights == pytest.approx(causes, abs=1e-4)
    with pytest.raises(DataError, match=r"Give `x` 4 features or more"):
        RENDERERS["vector"]().draw(made("vector", {"features": 3}), causes, world, rng)


def test_a_renderer_must_say_how_it_draws() -> None:
    given, rng = made("vector", {}), np.random.default_rng(0)
    with pytest.raises(NotImplementedError):
        Renderer().draw(given, np.zeros((1, 1), np.float32), rng, rng)
    with pytest.raises(NotImplementedError):
        Renderer().show(given, np.zeros(16, np.float32))


SIZES = st.integers(1, 40)
LENGTHS = st.none() | st.integers(1, 60)
FIELDS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "image": st.fixed_dictionaries(
        {"height": SIZES, "width": SIZES, "channels": st.integers(1, 16)}
    ),
    "tokens": st.fixed_dictionaries({"vocabulary": st.integers(2, 10**6), "length": LENGTHS}),
    "embeddings": st.fixed_dictionaries({"length": LENGTHS, "features": SIZES}),
    "timeseries": st.fixed_dictionaries({"length": LENGTHS, "features": SIZES}),
    "spectrogram": st.fixed_dictionaries({"frames": SIZES, "bands": SIZES}),
    "vector": st.fixed_dictionaries({"features": st.integers(1, 2000)}),
    "categorical": st.fixed_dictionaries({"categories": st.integers(1, 10**7)}),
}


@pytest.mark.parametrize("kind", RENDERERS)
@settings(max_examples=25, deadline=None)
@given(data=st.data(), samples=st.integers(1, 30), seed=st.integers(0, 2**32 - 1))
def test_any_legal_fields(kind: str, data: st.DataObject, samples: int, seed: int) -> None:
    given = made(kind, data.draw(FIELDS[kind]))
    cause = np.random.default_rng(seed).normal(0, 3, samples)
    x = drawn(given, cause, world=seed)
    assert x.shape == (samples, *full_shape(given))
    assert x.dtype == given.dtype
    assert np.isfinite(x).all()
    assert RENDERERS[kind]().show(given, x[0]) is not None
