"""The main claim of the playground: on xor, a product learns what a sum can't."""

from __future__ import annotations

import pytest

from components.experiments.training.requests import RunRequest, Settings
from sample_data.loading.synthetic import DataSpec, parse_data
from tests.experiments.races.support import two_vectors
from tests.experiments.training.support import train


@pytest.mark.parametrize(("strategy", "low", "high"), [("multiply", 0.95, 1), ("add", 0.4, 0.6)])
def test_xor_of_bits_under_a_linear_head(strategy: str, low: float, high: float) -> None:
    data = DataSpec(relation=parse_data("xor:form=bits"))
    request = RunRequest(
        architecture=two_vectors(strategy, units=8), data=data, settings=Settings()
    )
    result = train(request, lambda _: None, lambda: False)
    assert low < result.final["val_y/accuracy"] <= high
