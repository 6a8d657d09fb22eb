"""Small architectures for the tests of data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from components.models.architecture.architecture import Architecture, parse
from sample_data.core.latent import CauseLayout, InputCapacity
from sample_data.relations import RELATIONS

SMALL: dict[str, dict[str, Any]] = {
    "image": {"height": 6, "width": 8, "channels": 3},
    "tokens": {"vocabulary": 50, "length": 12},
    "embeddings": {"length": 6, "features": 5},
    "timeseries": {"length": 10, "features": 3},
    "spectrogram": {"frames": 9, "bands": 6},
    "vector": {"features": 5},
    "categorical": {"categories": 8},
}
BINARY = {"kind": "binary"}
LEAST = {"conditional": 2, "cross_reliability": 2, "similarity": 2, "alignment": 2, "recall": 2}
"""Fewest inputs of relations that need more than one."""


TEXTS = [
    *RELATIONS,
    "xor:form=signs",
    "dot:k=1",
    "conditional:contexts=3",
    "recall:queries=1",
    "missing:of=additive",
    "missing:of=xor",
    "missing:of=unique",
    "mix:redundant=0,unique_1=0.5,unique_2=0.5,synergistic=0",
]
"""Relations with settings that change what they draw, as on the command line."""


def least(text: str) -> int:
    """Return the fewest inputs of a relation, named as on the command line."""
    return LEAST.get(text.partition(":")[0], 1)


def roomy(inputs: int, *classes: int) -> CauseLayout:
    """Return a plan of inputs that can show whatever a relation asks for."""
    return CauseLayout((InputCapacity(steps=64, step_numbers=8),) * inputs, classes)


def architecture(
    *kinds: str, heads: Sequence[dict[str, Any]] = (BINARY,), fields: dict[str, Any] | None = None
) -> Architecture:
    """Return inputs `in_1` … of those kinds, joined, and heads `out_1` … that read them."""
    names = [f"in_{place}" for place in range(1, len(kinds) + 1)]
    inputs = [
        {"name": name, "kind": kind, **SMALL[kind], **(fields or {})}
        for name, kind in zip(names, kinds, strict=True)
    ]
    merges = [{"name": "fusion", "kind": "concatenate", "sources": names}] if kinds[1:] else []
    source = "fusion" if merges else names[0]
    outputs = [
        {"name": f"out_{place}", "source": source, **head}
        for place, head in enumerate(heads, start=1)
    ]
    return parse({"inputs": inputs, "merges": merges, "heads": outputs})
