"""Every merge compared with its contract, its formula in NumPy, and its number of parameters."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from components.base.errors import ShapeError
from components.models.architecture.builder import build, join_sources
from components.models.language.recorder import Keras
from components.models.merges import MERGES
from components.models.merges.base import Merge
from components.models.merges.tensor_fusion import MOST
from tests import matrix
from tests.models.merges.cases import (
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

CASES = list(cases())
FIRSTS = matrix.firsts(CASES, lambda merge, _: merge["kind"])
"""First case of each merge."""
WITH_STEPS = [case for case in CASES if any(len(shape) == 2 for shape in case[1])]
OPTIONS = matrix.firsts(CASES, lambda merge, _: str(merge))
"""Each merge with each of its options on the first sources."""
pytestmark = pytest.mark.filterwarnings("ignore:.*copy keyword:DeprecationWarning")


class Alone:
    """Merge by itself, with weights, and with its sources as the model's inputs."""

    def __init__(self, merge: Data, given: tuple[Shape, ...], open_length: bool = False) -> None:
        data = {"name": "fusion", "sources": [f"i{n}" for n in range(len(given))], **merge}
        self.merge: Merge = MERGES[merge["kind"]].model_validate(data)
        architecture = joined(merge, given)
        self.k = Keras(reserved=architecture.names)
        self.inputs: dict[str, Any] = {}
        for item, shape in zip(architecture.inputs, given, strict=True):
            if open_length and len(shape) == 2:
                item = item.model_copy(update={"length": None, "padding": True})
            self.inputs[item.name] = item.tensors(self.k)[-1]
        self.k.start_group("fusion")
        self.out = join_sources(self.k, self.merge, list(self.inputs.values()))
        self.model = keras.Model(self.inputs, self.out)

    def __call__(self, arrays: list[Array]) -> Array:
        data = dict(zip(self.inputs, arrays, strict=True))
        return np.asarray(self.model(data, training=False))

    def slopes(self, arrays: list[Array]) -> list[Any]:
        """Return the gradient of the sum of the outputs, squashed by tanh, for each weight."""
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


def shaken(merge: Data, given: tuple[Shape, ...], open_length: bool = False) -> Alone:
    """Return the merge with nonzero weights only, biases and gates included."""
    return _shaken(json.dumps(merge), given, open_length)


@cache
def _shaken(merge: str, given: tuple[Shape, ...], open_length: bool) -> Alone:
    alone, rng = Alone(json.loads(merge), given, open_length), np.random.default_rng(1)
    for weight in alone.model.weights:
        weight.assign(rng.normal(scale=0.5, size=weight.shape))
    return alone


def values(given: tuple[Shape, ...], rows: int = 3, seed: int = 0) -> list[Array]:
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(rows, *shape)).astype("float32") for shape in given]


def named(merge: Data, given: tuple[Shape, ...]) -> str:
    """Return the name of a case in the id of a test."""
    return f"{'-'.join(map(str, merge.values()))}-{given}"


def assert_computes(alone: Alone, given: tuple[Shape, ...], rtol: float, atol: float) -> None:
    """Check that the merge equals its reference in output and number of weights."""
    reference, arrays = references()[alone.merge.model_dump()["kind"]], values(given)
    expected = reference.formula(alone.merge, arrays, alone.weights)
    np.testing.assert_allclose(alone(arrays), expected, rtol=rtol, atol=atol)
    count = parameters(alone.merge, given)
    assert alone.model.count_params() == count
    assert sum(node.parameters for node in alone.k.nodes) == count


@pytest.mark.parametrize(("merge", "given"), matrix.cases(CASES, OPTIONS, named))
def test_merge_computes_its_formula(merge: Data, given: tuple[Shape, ...]) -> None:
    assert_computes(shaken(merge, given), given, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize(("merge", "given"), matrix.cases(FIRSTS, FIRSTS, named))
def test_merge_loads_in_plain_keras(merge: Data, given: tuple[Shape, ...], tmp_path: Path) -> None:
    alone, arrays = shaken(merge, given), values(given)
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


@pytest.mark.parametrize(
    ("merge", "given"),
    matrix.cases(WITH_STEPS, matrix.firsts(WITH_STEPS, lambda merge, _: merge["kind"]), named),
)
def test_padding_does_not_change_the_output_of_a_merge(
    merge: Data, given: tuple[Shape, ...]
) -> None:
    alone = shaken(merge, given, open_length=True)
    arrays = values(given)
    padded = [np.pad(x, [(0, 0), (0, 3), (0, 0)]) if x.ndim == 3 else x for x in arrays]
    short, long = alone(arrays), alone(padded)
    if short.ndim == 3:
        long = long[:, : short.shape[1]]
    np.testing.assert_allclose(long, short, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("merge", "given"), matrix.cases(FIRSTS, FIRSTS, named))
def test_every_weight_of_a_merge_learns(merge: Data, given: tuple[Shape, ...]) -> None:
    alone = shaken(merge, given)
    for scale in (0.0, 1e-20, 1.0, 1e4):
        slopes = alone.slopes([scale * x for x in values(given)])
        assert all(slope is not None for slope in slopes)
        assert all(np.isfinite(tf.convert_to_tensor(slope)).all() for slope in slopes)


def test_tensor_fusion_that_explodes_is_refused_with_a_fix() -> None:
    with pytest.raises(ShapeError, match="Low-rank fusion") as raised:
        build(joined({"kind": "tensor_fusion"}, ((255,), (255,), (255,))))
    assert raised.value.where == ("merges", 0, "sources")
    assert raised.value.received == "256 × 256 × 256 = 16,777,216 numbers in fusion"
    assert raised.value.culprits == ("i0", "i1", "i2")


def test_tensor_fusion_is_built_up_to_its_bound() -> None:
    made = build(joined({"kind": "tensor_fusion"}, ((2047,), (2047,))))
    assert made.graph["fusion_products_i1"].shape == (MOST,)
    with pytest.raises(ShapeError):
        build(joined({"kind": "tensor_fusion"}, ((2047,), (2048,))))
