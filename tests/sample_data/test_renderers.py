"""Every renderer, by its contract, and by reading its drawings again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from components.models.inputs import INPUTS
from components.models.inputs.base import Input
from sample_data.core.arrays import Array, Floats
from sample_data.renderers import RENDERERS
from sample_data.renderers._vocabulary import lexicon
from sample_data.renderers.base import RenderContext, full_shape

from .architectures import SMALL

ORDINARY: dict[str, dict[str, Any]] = {
    "image": {"height": 32, "width": 32, "channels": 3},
    "tokens": {"vocabulary": 1000, "length": 20},
    "embeddings": {"length": 20, "features": 16},
    "timeseries": {"length": 50, "features": 3},
    "spectrogram": {"frames": 64, "bands": 32},
    "vector": {"features": 8},
    "categorical": {"categories": 10},
}


def sizes(names: str, *values: tuple[int | None, ...]) -> list[dict[str, Any]]:
    return [dict(zip(names.split(), each, strict=True)) for each in values]


ODD: dict[str, list[dict[str, Any]]] = {
    "image": sizes(
        "height width channels", (1, 1, 1), (1, 9, 16), (9, 1, 2), (2, 2, 3), (24, 24, 1)
    ),
    "tokens": sizes("vocabulary length", (2, 1), (2, 8), (3, 2), (4, 3), (1_000_000, None)),
    "embeddings": sizes("length features", (1, 1), (5, 1), (1, 5), (None, 30)),
    "timeseries": sizes("length features", (1, 1), (2, 1), (3, 2), (None, 20), (200, 1)),
    "spectrogram": sizes("frames bands", (1, 1), (1, 9), (9, 1), (2, 2), (32, 20)),
    "vector": sizes("features", (1,), (2,), (16,), (300,)),
    "categorical": sizes("categories", (2,), (3,), (7,), (10_000_000,)),
}
CASES = [(kind, fields) for kind in ODD for fields in (SMALL[kind], *ODD[kind])]
SEQUENCES = ["tokens", "embeddings", "timeseries", "spectrogram"]
MANY = [
    (kind, fields, numbers)
    for kind, fields in ORDINARY.items()
    if kind != "categorical"
    for numbers in (2, 4, 8)
] + [("image", {"height": 32, "width": 32, "channels": 1}, 6)]


def made(kind: str, fields: dict[str, Any]) -> Input:
    return INPUTS[kind](name="x", **fields)


def drawn(
    given: Input, causes: Array, world: int = 0, sample: int = 1, difficulty: float = 0.2
) -> Array:
    return RENDERERS[str(given.kind)]().draw(  # type: ignore[attr-defined]
        given,
        np.atleast_2d(causes.astype(np.float32).T).T,
        RenderContext(np.random.default_rng(world), np.random.default_rng(sample), difficulty),
    )


def normals(*shape: int) -> Floats:
    return np.random.default_rng(5).standard_normal(shape, dtype=np.float32)


def readable(given: Input, x: Array) -> Floats:
    """Return plain features of a rendering, such as a small encoder would find."""
    if given.cardinality:
        ids = min(given.cardinality, int(x.max()) + 1, 200)
        if x.shape[1] == 1:
            return np.asarray(x == np.unique(x)[None, :], np.float32)
        return np.stack([np.bincount(row, minlength=ids)[:ids] for row in x]).astype(np.float32)
    if given.kind == "embeddings":  # type: ignore[attr-defined]
        return np.asarray(x.mean(axis=1), np.float32)
    return np.asarray(x.reshape(len(x), -1), np.float32)


def decoded(features: Floats, causes: Floats) -> Array:
    """Read causes of the second half of the samples by ridge regression on the first half."""
    half = len(causes) // 2
    design = np.concatenate((features, np.ones((len(features), 1))), axis=1).astype(np.float64)
    gram = design[:half] @ design[:half].T
    gram[np.diag_indices(half)] += 1e-4 * np.trace(gram) / half
    weights = np.linalg.solve(gram, causes[:half])
    return design[half:] @ (design[:half].T @ weights)


def correlations(given: Input, x: Array, causes: Floats) -> list[float]:
    """Return the correlation of each number with its reading, 0 to 1."""
    read, true = decoded(readable(given, x), causes), causes[len(causes) // 2 :]
    return [float(np.corrcoef(a, b)[0, 1]) for a, b in zip(read.T, true.T, strict=True)]


def test_every_kind_of_input_has_a_renderer() -> None:
    assert len(INPUTS) > 0
    assert set(RENDERERS) == set(INPUTS) == set(ODD) == set(ORDINARY)


@pytest.mark.parametrize(("kind", "fields"), CASES)
@pytest.mark.parametrize("difficulty", [0.0, 0.2])
def test_a_bit_is_read_exactly(kind: str, fields: dict[str, Any], difficulty: float) -> None:
    given = made(kind, fields)
    bits = np.random.default_rng(5).choice([-1.0, 1.0], (600, 1)).astype(np.float32)
    read = decoded(readable(given, drawn(given, bits, difficulty=difficulty)), bits)
    assert np.array_equal(np.sign(read), bits[300:])


@pytest.mark.parametrize(("kind", "fields", "numbers"), MANY)
@pytest.mark.parametrize("difficulty", [0.0, 0.2])
def test_each_number_is_read(
    kind: str, fields: dict[str, Any], numbers: int, difficulty: float
) -> None:
    given = made(kind, fields)
    causes = normals(1200, numbers)
    found = correlations(given, drawn(given, causes, difficulty=difficulty), causes)
    captions = RENDERERS[kind]().captions(given, numbers)
    assert min(found) > 0.97, dict(zip(captions, found, strict=True))


@pytest.mark.parametrize("kind", [kind for kind in RENDERERS if kind != "categorical"])
def test_the_cause_is_still_there_where_it_is_hardest_to_see(kind: str) -> None:
    given = made(kind, ORDINARY[kind])
    causes = normals(1200, 2)
    assert min(correlations(given, drawn(given, causes, difficulty=1), causes)) > 0.9


@pytest.mark.parametrize("kind", SEQUENCES)
@pytest.mark.parametrize("difficulty", [0.0, 0.2])
def test_each_step_shows_its_numbers(kind: str, difficulty: float) -> None:
    given = made(kind, ORDINARY[kind])
    capacity = RENDERERS[kind]().capacity(given)
    steps, numbers = min(8, capacity.steps), min(2, capacity.step_numbers)
    causes = normals(1200, steps, numbers)
    x = drawn(given, causes, difficulty=difficulty)
    each = x.shape[1] // steps
    for step in (0, 3, steps - 1):
        run = x[:, step * each : (step + 1) * each]
        assert min(correlations(given, run, causes[:, step])) > 0.95
        (other,) = correlations(given, run, causes[:, (step + 1) % steps, :1])
        assert abs(other) < 0.2


@pytest.mark.parametrize(("kind", "fields"), CASES)
@pytest.mark.parametrize(("spread", "difficulty"), [(3, 0.2), (25, 1)])
def test_all_that_a_size_can_show_is_drawn(
    kind: str, fields: dict[str, Any], spread: float, difficulty: float
) -> None:
    given, renderer = made(kind, fields), RENDERERS[kind]()
    capacity = renderer.capacity(given)
    assert (capacity.name, capacity.title) == ("x", given.title)
    assert len(set(renderer.captions(given, capacity.numbers))) == capacity.numbers
    shapes: list[tuple[int, ...]] = [(20, capacity.numbers), (20, min(capacity.numbers, 4))]
    if capacity.steps:
        shapes.append((20, capacity.steps, capacity.step_numbers))
        captions = renderer.captions(given, capacity.step_numbers, capacity.steps)
        assert len(set(captions)) == capacity.step_numbers
    for shape in shapes:
        x = drawn(given, spread * normals(*shape), difficulty=difficulty)
        assert x.shape == (20, *full_shape(given))
        assert x.dtype == given.dtype
        assert np.isfinite(x).all()
        if given.cardinality or kind in ("image", "spectrogram"):
            assert 0 <= x.min() <= x.max() <= (given.cardinality - 1 if given.cardinality else 1)
        assert renderer.show(given, x[0]) is not None


@pytest.mark.parametrize("kind", [kind for kind in RENDERERS if kind != "categorical"])
def test_ordinary_sizes_show_eight_numbers_and_sequences_eight_pairs(kind: str) -> None:
    capacity = RENDERERS[kind]().capacity(made(kind, ORDINARY[kind]))
    assert capacity.numbers >= 8
    if kind in SEQUENCES:
        assert capacity.steps >= 8
        assert capacity.step_numbers >= 2


@pytest.mark.parametrize("kind", RENDERERS)
def test_seeds(kind: str) -> None:
    given = made(kind, ORDINARY[kind])
    cause = normals(60, 1)
    assert np.array_equal(drawn(given, cause), drawn(given, cause))
    assert not np.array_equal(drawn(given, cause), drawn(given, cause + 0.5))
    if kind != "categorical":
        assert not np.array_equal(drawn(given, cause), drawn(given, cause, sample=2))
    if kind not in ("tokens", "timeseries"):
        assert not np.array_equal(drawn(given, cause), drawn(given, cause, world=2))


@pytest.mark.parametrize("kind", RENDERERS)
def test_the_world_does_not_depend_on_the_samples(kind: str) -> None:
    given = made(kind, ORDINARY[kind])
    causes = normals(1200, 1)
    first, second = drawn(given, causes[:600], sample=1), drawn(given, causes[600:], sample=2)
    assert correlations(given, np.concatenate((first, second)), causes)[0] > 0.95


@pytest.mark.parametrize("kind", ["vector", "embeddings", "timeseries"])
def test_linear_readings_are_exact_at_any_difficulty(kind: str) -> None:
    given = made(kind, ORDINARY[kind])
    causes = normals(1200, 1)
    x = readable(given, drawn(given, causes, difficulty=1))
    weights, *_ = np.linalg.lstsq(x, causes, rcond=None)
    assert x @ weights == pytest.approx(causes, abs=1e-3)


def test_at_difficulty_0_ids_rise_with_the_cause() -> None:
    x = drawn(made("categorical", {"categories": 10}), np.linspace(-3, 3, 200), difficulty=0)
    assert np.array_equal(np.unique(x), np.arange(10))
    assert (np.diff(x[:, 0]) >= 0).all()


def test_a_single_category_carries_no_information() -> None:
    x = drawn(made("categorical", {"categories": 1}), np.linspace(-3, 3, 20))
    assert not x.any()


def test_padding_is_at_the_end() -> None:
    x = drawn(made("tokens", {"vocabulary": 50, "length": 40}), np.zeros((200, 1)))
    padded = x == 0
    assert padded.any()
    assert np.array_equal(padded, np.sort(padded, axis=1))


@pytest.mark.parametrize(("vocabulary", "length"), [(1000, 20), (50, 12), (3, 7), (2, 9), (2, 8)])
def test_words_show_the_sign_of_the_smallest_number(vocabulary: int, length: int) -> None:
    given = made("tokens", {"vocabulary": vocabulary, "length": length})
    words = lexicon(vocabulary)
    signs = np.tile([-1, 1], 50)
    x = drawn(given, signs * 1e-9, difficulty=1)
    if words.grades == 1:
        assert np.array_equal(np.sign(x.sum(axis=1) - length / 2), signs)
    else:
        felt = [sum(words.feeling(int(identity)) for identity in row) for row in x]
        assert np.array_equal(np.sign(felt), signs)
