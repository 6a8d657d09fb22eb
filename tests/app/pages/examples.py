"""Examples for several tests of pages: a model, ceilings, an inspection, a gate."""

from __future__ import annotations

from functools import cache
from typing import Any

from components.experiments.inspection.basis.results import Inspection, Readout, parse_inspection
from components.models.architecture.architecture import TRUNK, Architecture, parse
from sample_data.ceilings import Ceiling, Ceilings
from tests.experiments.inspection.models import bayes, whole
from tests.experiments.training.support import VECTORS

CEILINGS = Ceilings(
    measure="accuracy",
    chance=Ceiling(0.5, 0),
    single={"left": Ceiling(0.75, 0), "right": Ceiling(0.7, 0.001)},
    additive=Ceiling(0.9, 0.001),
    bayes=Ceiling(1.0, 0),
)

CROWDED: dict[str, Any] = {
    "name": "six",
    "inputs": [
        {"name": "photo", "kind": "image", "encoder": {"kind": "conv2d", "projection": 64}},
        {"name": "caption", "kind": "tokens", "length": None, "encoder": {"kind": "lstm"}},
        {"name": "sound", "kind": "timeseries", "encoder": {"kind": "bidirectional"}},
        {"name": "temperature", "kind": "vector", "encoder": {"kind": "passthrough"}},
        {"name": "before", "kind": "vector", "encoder": {"kind": "dense", "depth": 2}},
        {"name": "after", "kind": "vector", "encoder": {"kind": "shared", "branch": "before"}},
    ],
    "merges": [
        {"name": "seen", "kind": "factorized_bilinear", "sources": ["photo", "caption"]},
        {"name": "conditioned", "kind": "film", "sources": ["sound", "before"]},
        {
            "name": "fusion",
            "kind": "concatenate",
            "sources": ["seen", "conditioned", "temperature", "after"],
            "then": {"kind": "residual_dense", "depth": 2},
        },
    ],
    "trunk": {"depth": 1},
    "heads": [
        {"name": "churn", "kind": "binary", "source": TRUNK},
        {"name": "revenue", "kind": "regression", "source": TRUNK},
    ],
}
"""Six inputs, three merges and two heads."""


def pair(features: int = 1, head: dict[str, Any] | None = None) -> Architecture:
    """Return a model of two multiplied vectors."""
    encoder = {"kind": "dense", "depth": 1, "units": 4}
    inputs = [
        {"name": name, "kind": "vector", "features": features, "encoder": encoder}
        for name in ("left", "right")
    ]
    merge = {"name": "fusion", "kind": "multiply", "sources": ["left", "right"]}
    target = head or {"name": "y", "kind": "binary"}
    return parse({"inputs": inputs, "merges": [merge], "heads": [{**target, "source": "fusion"}]})


@cache
def inspection_of(relation: str) -> Inspection:
    """Return the inspection of a model that knows a relation."""
    return whole(bayes(relation, 60))


def inspection_of_vectors() -> Inspection:
    """Return an inspection of a model that knows xor, with the inputs of `VECTORS`."""
    text = inspection_of("xor").json_text()
    for index, branch in enumerate(VECTORS.inputs):
        text = text.replace(f'"in_{index}"', f'"{branch.name}"')
    return parse_inspection(text)


def gate(inspection: Inspection) -> Readout:
    """Return a gate of each input, whose values are the numbers of the samples."""
    return Readout(
        part="fusion",
        layer="fusion_gates",
        kind="gate",
        columns=inspection.inputs,
        mean=(0.5, 0.5),
        by_class={"y": {0: (0.2, 0.8), 1: (0.6, 0.4)}},
        samples=tuple((float(n), -float(n)) for n in range(inspection.samples)),
    )
