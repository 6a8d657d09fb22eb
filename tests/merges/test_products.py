"""What the merges that multiply do beside their formula: bounds, bottlenecks, zeros."""

from __future__ import annotations

import numpy as np
import pytest

from components.core.errors import ShapeError
from components.merges.tensor_fusion import MOST
from components.model.builder import build
from tests.merges.cases import joined
from tests.merges.test_merges import Alone, values

pytestmark = pytest.mark.filterwarnings("ignore:.*copy keyword:DeprecationWarning")

BILINEAR = ["bilinear", "low_rank_fusion", "low_rank_bilinear", "factorized_bilinear", "tucker"]


def test_tensor_fusion_that_explodes_is_refused_and_the_way_out_named() -> None:
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


@pytest.mark.parametrize("kind", [*BILINEAR, "hypernetwork"])
def test_values_and_slopes_are_finite_at_zero_and_far_from_it(kind: str) -> None:
    alone = Alone({"kind": kind}, ((6,), (6,)))
    for size in (0.0, 1e-20, 1e8):
        arrays = [size * x for x in values(((6,), (6,)))]
        assert np.isfinite(alone(arrays)).all()
        assert all(np.isfinite(slope).all() for slope in alone.slopes(arrays))
