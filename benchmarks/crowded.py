"""A model of six inputs, three merges and some 60 layers, for what must stay quick when it is."""

from __future__ import annotations

from typing import Any

from components.model.spec import Architecture, parse

ARCHITECTURE: dict[str, Any] = {
    "name": "crowded",
    "inputs": [
        {"name": "photo", "kind": "image", "height": 64, "width": 64,
         "encoder": {"kind": "residual2d", "depth": 2, "filters": 16, "projection": 64}},
        {"name": "scan", "kind": "image",
         "encoder": {"kind": "conv2d", "depth": 2, "filters": 16, "projection": 64}},
        {"name": "text", "kind": "tokens",
         "encoder": {"kind": "bidirectional", "units": 32, "projection": 64}},
        {"name": "signal", "kind": "timeseries",
         "encoder": {"kind": "conv1d", "depth": 3, "projection": 64}},
        {"name": "table", "kind": "vector", "encoder": {"kind": "dense", "depth": 3, "units": 64}},
        {"name": "region", "kind": "categorical",
         "encoder": {"kind": "embedding", "depth": 2, "units": 64}},
    ],
    "merges": [
        {"name": "seen", "kind": "gated", "sources": ["photo", "scan"]},
        {"name": "read", "kind": "film", "sources": ["text", "signal"]},
        {"name": "fusion", "kind": "low_rank_bilinear",
         "sources": ["seen", "read", "table", "region"]},
    ],
    "trunk": {"depth": 2, "units": 64},
    "heads": [
        {"name": "label", "kind": "multiclass", "source": "trunk"},
        {"name": "price", "kind": "regression", "source": "trunk"},
    ],
}  # fmt: skip


def architecture() -> Architecture:
    """The model as a value."""
    return parse(ARCHITECTURE)
