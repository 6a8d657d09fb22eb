"""What the merges that multiply do beside their formula: bounds, bottlenecks, zeros."""

from __future__ import annotations

import numpy as np
import pytest

from components.core.errors import ShapeError
from components.merges.tensor_fusion import MOST
from components.model.builder import build
from tests.merges.cases import Data, joined, parameters
from tests.merges.reference_products import REFERENCES
from tests.merges.test_merges import Alone, values

pytestmark = pytest.mark.filterwarnings("ignore:.*copy keyword:DeprecationWarning")

PRODUCTS = [kind for kind in REFERENCES if kind != "tensor_fusion"]


def test_tensor_fusion_that_explodes_is_refused_and_the_way_out_named() -> None:
    with pytest.raises(ShapeError, match="low_rank_fusion") as raised:
        build(joined({"kind": "tensor_fusion"}, ((255,), (255,), (255,))))
    assert raised.value.where == ("merges", 0, "sources")
    assert raised.value.received == "256 × 256 × 256 = 16,777,216 numbers in fusion"
    assert raised.value.culprits == ("i0", "i1", "i2")


def test_tensor_fusion_is_built_up_to_its_bound() -> None:
    made = build(joined({"kind": "tensor_fusion"}, ((2047,), (2047,))))
    assert made.graph["fusion_products_i1"].shape == (MOST,)
    with pytest.raises(ShapeError):
        build(joined({"kind": "tensor_fusion"}, ((2047,), (2048,))))


def test_hypernetwork_without_a_bottleneck_computes_its_formula() -> None:
    given = ((5,), (3,))
    alone = Alone({"kind": "hypernetwork", "units": 4}, given).shaken()
    assert alone.model.count_params() == parameters(alone.merge, given) == 4 * (5 + 1) * (3 + 1)
    arrays = values(given)
    expected = REFERENCES["hypernetwork"].formula(alone.merge, arrays, alone.weights)
    np.testing.assert_allclose(alone(arrays), expected, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("kind", PRODUCTS)
def test_values_and_slopes_are_finite_at_zero_and_far_from_it(kind: str) -> None:
    alone = Alone({"kind": kind}, ((6,), (6,)))
    for size in (0.0, 1e-20, 1e8):
        arrays = [size * x for x in values(((6,), (6,)))]
        assert np.isfinite(alone(arrays)).all()
        assert all(np.isfinite(slope).all() for slope in alone.slopes(arrays))


@pytest.mark.parametrize("merge", [{"kind": kind, "units": 1} for kind in PRODUCTS])
def test_width_one_is_enough(merge: Data) -> None:
    assert build(joined(merge, ((1,), (1,)))).graph["y"].shape == (1,)
