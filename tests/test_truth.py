"""What the playground is for: on xor, a product learns what a sum cannot."""

from __future__ import annotations

from typing import Any

import pytest

from components.model.spec import Architecture, parse
from components.training.requests import RunRequest, Settings
from sample_data.synthetic import DataSpec, parse_data
from tests.training.support import train


def two_vectors(strategy: str) -> Architecture:
    encoder = {"kind": "dense", "depth": 1, "units": 8}
    vector: dict[str, Any] = {"kind": "vector", "features": 2, "encoder": encoder}
    return parse(
        {
            "inputs": [{"name": "left", **vector}, {"name": "right", **vector}],
            "merges": [{"name": "fusion", "kind": strategy, "sources": ["left", "right"]}],
            "heads": [{"name": "label", "kind": "binary", "source": "fusion"}],
        }
    )


@pytest.mark.parametrize(("strategy", "low", "high"), [("multiply", 0.95, 1), ("add", 0.4, 0.6)])
def test_xor_of_bits_under_a_linear_head(strategy: str, low: float, high: float) -> None:
    data = DataSpec(relation=parse_data("xor:form=bits"))
    request = RunRequest(architecture=two_vectors(strategy), data=data, settings=Settings())
    result = train(request, lambda _: None, lambda: False)
    assert low < result.final["val_label/accuracy"] <= high
