from __future__ import annotations

import math
from typing import Any

import pytest

from components.training.requests import Settings
from components.training.schedules import rate


def rates(epochs: int, **settings: Any) -> list[float]:
    asked = Settings(epochs=epochs, learning_rate=0.8, **settings)
    return [rate(asked, epoch) for epoch in range(epochs)]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, [0.8, 0.8, 0.8, 0.8]),
        ({"schedule": "linear"}, [0.8, 0.6, 0.4, 0.2]),
        ({"schedule": "cosine"}, [0.8, 0.4 + 0.4 / math.sqrt(2), 0.4, 0.4 - 0.4 / math.sqrt(2)]),
        ({"schedule": "step", "decay": 0.1, "decay_epochs": 2}, [0.8, 0.8, 0.08, 0.08]),
        ({"schedule": "exponential", "decay": 0.25, "decay_epochs": 2}, [0.8, 0.4, 0.2, 0.1]),
        ({"warmup_epochs": 3}, [0.2, 0.4, 0.6, 0.8]),
        ({"warmup_epochs": 1, "schedule": "step", "decay_epochs": 1}, [0.4, 0.8, 0.4, 0.2]),
        ({"warmup_epochs": 2, "schedule": "linear"}, [0.8 / 3, 1.6 / 3, 0.8, 0.4]),
        ({"warmup_epochs": 9, "schedule": "cosine"}, [0.08, 0.16, 0.24, 0.32]),
    ],
    ids=str,
)
def test_rates_are_those_computed_by_hand(settings: dict[str, Any], expected: list[float]) -> None:
    assert rates(4, **settings) == pytest.approx(expected)
