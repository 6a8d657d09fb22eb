from __future__ import annotations

import numpy as np
import pytest

from components.training.data_split import balanced, weights_of
from tests.training.support import TWO_HEADS, random_data


def test_weights_are_those_computed_by_hand() -> None:
    labels = np.array([[0], [0], [0], [1], [2], [0]])
    trained = np.array([0, 1, 3, 2])
    weights = balanced(labels, trained)
    assert weights.tolist() == pytest.approx([4 / 6, 4 / 6, 4 / 6, 2, 0, 4 / 6])
    assert weights.dtype == np.float32


def test_real_values_are_not_weighed() -> None:
    _, targets = random_data(TWO_HEADS, 40)
    weights = weights_of(TWO_HEADS, targets, np.arange(30))
    assert list(weights) == ["sort", "y", "amount"]
    assert set(weights["amount"]) == {1}
    assert len(set(weights["sort"])) == 3
