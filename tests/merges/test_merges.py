"""Every merge against its contract, its formula in NumPy, and its number of parameters."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.core.errors import ShapeError
from components.core.recorder import Keras
from components.merges import MERGES
from components.merges.base import Merge
from components.model.builder import join_sources
from tests.merges.cases import (
    Array,
    Data,
    Shape,
    Weights,
    cases,
    joined,
    parameters,
    references,
    refused,
)

CASES = [
    pytest.param((merge, given), id=f"{'-'.join(map(str, merge.values()))}-{given}")
    for merge, given in cases()
]
pytestmark = pytest.mark.filterwarnings("ignore:.*copy keyword:DeprecationWarning")


class Alone:
    """A merge by itself, with weights, its sources as the model's inputs."""

    def __init__(self, merge: Data, given: tuple[Shape, ...], open_length: bool = False) -> None:
        data = {"name": "fusion", "sources": [f"i{n}" for n in range(len(given))], **merge}
        self.merge: Merge = MERGES[merge["kind"]].model_validate(data)
        spec = joined(merge, given)
        self.k = Keras(reserved=spec.names)
        self.inputs: dict[str, Any] = {}
        for item, shape in zip(spec.inputs, given, strict=True):
            if open_length and len(shape) == 2:
                item = item.model_copy(update={"length": None, "padding": True})
            self.inputs[item.name] = item.tensor(self.k)
        self.k.start_group("fusion")
        self.out = join_sources(self.k, self.merge, list(self.inputs.values()))
        self.model = keras.Model(self.inputs, self.out)

    def __call__(self, arrays: list[Array]) -> Array:
        data = dict(zip(self.inputs, arrays, strict=True))
        return np.asarray(self.model(data, training=False))

    def shaken(self) -> Alone:
        """The same with weights none of which is zero, biases and gates included."""
        rng = np.random.default_rng(1)
        for weight in self.model.weights:
            weight.assign(rng.normal(scale=0.5, size=weight.shape))
        return self

    def slopes(self, arrays: list[Array]) -> list[Any]:
        """The gradient of the output for each weight, squashed by tanh."""
        data = {name: tf.constant(x) for name, x in zip(self.inputs, arrays, strict=True)}
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(tf.tanh(self.model(data, training=True)))
        return list(tape.gradient(total, self.model.trainable_weights))

    @property
    def weights(self) -> Weights:
        return {
            layer.name.removeprefix("fusion_"): [np.asarray(w) for w in layer.weights]
            for layer in self.model.layers
            if layer.weights
        }


def values(given: tuple[Shape, ...], rows: int = 3, seed: int = 0) -> list[Array]:
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(rows, *shape)).astype("float32") for shape in given]


@dataclass(frozen=True)
class Case:
    """A merge with weights none of which is zero, and values of its sources."""

    alone: Alone
    shapes: tuple[Shape, ...]
    arrays: list[Array]


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    """Each case in turn, built once for all its tests."""
    merge, shapes = request.param
    return Case(Alone(merge, shapes).shaken(), shapes, values(shapes))


def test_every_merge_has_a_reference() -> None:
    assert set(references()) == set(MERGES)
    assert len(CASES) > len(MERGES)


def computed(alone: Alone, arrays: list[Array]) -> Array:
    """The output of a merge by its reference."""
    reference = references()[alone.merge.model_dump()["kind"]]
    return reference.formula(alone.merge, arrays, alone.weights)


def test_merge_computes_its_formula(case: Case) -> None:
    expected = computed(case.alone, case.arrays)
    np.testing.assert_allclose(case.alone(case.arrays), expected, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("kind", list(MERGES))
def test_merge_computes_its_formula_at_its_defaults(kind: str) -> None:
    tried = [given for merge, given in cases() if merge["kind"] == kind]
    given = max(tried, key=lambda shapes: sum(map(len, shapes)))
    alone = Alone({"kind": kind}, given).shaken()
    arrays = values(given)
    np.testing.assert_allclose(alone(arrays), computed(alone, arrays), rtol=1e-3, atol=1e-4)
    assert alone.model.count_params() == parameters(alone.merge, given)


def test_merge_has_the_parameters_of_its_formula(case: Case) -> None:
    expected = parameters(case.alone.merge, case.shapes)
    assert case.alone.model.count_params() == expected
    assert sum(node.parameters for node in case.alone.k.nodes) == expected


SAVED: set[tuple[str, frozenset[str]]] = set()
"""The merges that were saved, with their layers: cases of the same layers are saved once."""


@pytest.mark.slow
def test_merge_loads_in_plain_keras(case: Case, tmp_path: Path) -> None:
    alone, arrays = case.alone, case.arrays
    layers = alone.merge.title, frozenset(node.layer for node in alone.k.nodes)
    if layers in SAVED:
        pytest.skip("A case with the same layers was saved.")
    SAVED.add(layers)
    alone.model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", custom_objects=None, safe_mode=True)
    data = dict(zip(alone.inputs, arrays, strict=True))
    np.testing.assert_array_equal(np.asarray(loaded(data)), alone(arrays))


REFUSED = [pytest.param(merge, given, id=f"{merge['kind']}-{given}") for merge, given in refused()]


@pytest.mark.parametrize(("merge", "given"), REFUSED)
def test_merge_explains_what_it_refuses(merge: Data, given: tuple[Shape, ...]) -> None:
    with pytest.raises(ShapeError) as raised:
        Alone(merge, given)
    assert raised.value.where[0] in MERGES[merge["kind"]].model_fields
    assert raised.value.culprits


WITH_STEPS = [
    pytest.param(merge, given, id=case.id)
    for case, (merge, given) in zip(CASES, cases(), strict=True)
    if any(len(shape) == 2 for shape in given)
]


@pytest.mark.slow
@pytest.mark.parametrize(("merge", "given"), WITH_STEPS)
def test_padding_does_not_change_what_a_merge_gives(merge: Data, given: tuple[Shape, ...]) -> None:
    alone = Alone(merge, given, open_length=True).shaken()
    arrays = values(given)
    padded = [np.pad(x, [(0, 0), (0, 3), (0, 0)]) if x.ndim == 3 else x for x in arrays]
    short, long = alone(arrays), alone(padded)
    if short.ndim == 3:
        long = long[:, : short.shape[1]]
    np.testing.assert_allclose(long, short, rtol=1e-4, atol=1e-5)


FIRST = list({merge["kind"]: (merge, given) for merge, given in reversed(list(cases()))}.values())


@pytest.mark.slow
@pytest.mark.parametrize(("merge", "given"), FIRST, ids=[merge["kind"] for merge, _ in FIRST])
def test_every_weight_of_a_merge_learns(merge: Data, given: tuple[Shape, ...]) -> None:
    alone = Alone(merge, given).shaken()
    for scale in (0.0, 1.0, 1e4):
        slopes = alone.slopes([scale * x for x in values(given)])
        assert all(slope is not None for slope in slopes)
        assert all(np.isfinite(tf.convert_to_tensor(slope)).all() for slope in slopes)
