"""For a relation on a kind of input, a model that can learn it: two inputs of that kind, joined as
the relation asks.

Encoders are as plain as the kind allows, and linear where products do the work: the fewer weights,
the fewer samples it takes to find what labels depend on. Inputs that are compared share an encoder.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from components.model.spec import Architecture, parse
from components.training.requests import Settings
from sample_data.synthetic import DataSpec, parse_data

Fields = dict[str, Any]

KINDS: dict[str, Fields] = {
    "vector": {"features": 10},
    "embeddings": {"length": 16, "features": 12},
    "timeseries": {"length": 48, "features": 4},
    "tokens": {"vocabulary": 200, "length": 32},
    "image": {"height": 16, "width": 16, "channels": 3},
    "spectrogram": {"frames": 32, "bands": 24},
    "categorical": {"categories": 16},
}
MEMORY: dict[str, Fields] = {
    "timeseries": {"length": 8},
    "tokens": {"length": 16},
    "spectrogram": {"frames": 96, "bands": 12},
}
QUERIES: dict[str, Fields] = {
    "timeseries": {"length": 2},
    "tokens": {"length": 2},
    "spectrogram": {"frames": 96, "bands": 12},
}
"""Sizes at which a step of a sequence holds a key and its value, or a query, and little else."""
UNITS = 16
FEW, MANY, MOST = 4000, 8000, 16000
"""Samples, a quarter of them held back: many where an input shows many numbers or steps."""
PLAIN = ("redundant", "unique", "additive", "xor", "missing")
"""Relations that few samples tell."""
CROWDED = ("timeseries", "tokens", "image", "spectrogram")
"""Kinds whose inputs hold far more values than they show numbers."""


@dataclass(frozen=True)
class Suit:
    """A model, the data it is for, and how it is trained."""

    architecture: Architecture
    data: DataSpec
    settings: Settings


def suit(relation: str, kind: str, seed: int = 0) -> Suit:
    """The model and its training for a relation, by its kind, on two inputs of a kind.

    Where one number is all an input shows, a dot product is of one number, and the context of a
    conditional relation alone is of that kind.
    """
    fields = ":k=1" if (relation, kind) == ("dot", "categorical") else ""
    data = DataSpec(
        relation=parse_data(relation + fields), samples=_samples(relation, kind), seed=seed
    )
    settings = Settings(
        epochs=40,
        batch_size=64,
        learning_rate=_rate(relation, kind),
        schedule="cosine",
        seed=seed,
    )
    return Suit(parse(_spec(relation, kind)), data, settings)


def _samples(relation: str, kind: str) -> int:
    if relation in PLAIN:
        return FEW
    return MOST if relation in ("conditional", "similarity", "dot") and kind in CROWDED else MANY


def _rate(relation: str, kind: str) -> float:
    if relation in ("recall", "conditional", "alignment"):
        return 0.02 if kind == "tokens" and relation == "conditional" else 0.005
    return 0.02 if kind in ("tokens", "categorical") else 0.003


def _spec(relation: str, kind: str) -> Fields:
    if relation == "recall":
        return _looked_up(kind)
    if relation == "alignment" and kind != "spectrogram":
        return _on_one_clock(kind)
    inputs = _inputs(kind, _whole(kind))
    if relation == "conditional" and kind == "categorical":
        inputs[1] = _inputs("vector", _whole("vector"))[1]
    if relation in ("dot", "similarity"):
        inputs[1]["encoder"] = {"kind": "shared", "branch": "a"}
    if relation in ("xor", "dot", "conditional", "alignment"):
        return _joined(inputs, "multiply")
    if relation == "multi_task":
        heads = [_head("first", "a"), _head("second", "b"), _head("both", "fusion")]
        return _joined(inputs, "multiply") | {"heads": heads}
    if relation in ("similarity", "mix", "cross_reliability"):
        depth = 2 if relation == "cross_reliability" else 1
        trunk = {"depth": depth, "units": 2 * UNITS}
        heads = [_head("label", "trunk")]
        return _joined(inputs, "concatenate_product") | {"trunk": trunk, "heads": heads}
    return _joined(inputs, "concatenate")


def _joined(inputs: list[Fields], merge: str, **fields: Any) -> Fields:
    fusion = {"name": "fusion", "kind": merge, "sources": ["a", "b"], **fields}
    return {"inputs": inputs, "merges": [fusion], "heads": [_head("label", "fusion")]}


def _head(name: str, source: str) -> Fields:
    return {"name": name, "kind": "binary", "source": source}


def _inputs(kind: str, encoder: Fields, **sizes: int) -> list[Fields]:
    fields = {"kind": kind, **KINDS[kind], **sizes}
    return [{"name": name, **fields, "encoder": encoder} for name in "ab"]


def _whole(kind: str) -> Fields:
    """One vector for each input, linear in its numbers."""
    linear = {"depth": 1, "units": UNITS, "activation": "linear"}
    if kind == "vector":
        return {"kind": "dense", **linear}
    if kind in ("image", "spectrogram"):
        return {"kind": "flatten_dense", **linear}
    if kind in ("tokens", "categorical"):
        return {"kind": "embedding", "depth": 1, "units": UNITS}
    if kind == "embeddings":
        return {"kind": "pooling", **linear, "depth": 2}
    return _convolved(1, 8, 5) | {
        "activation": "linear",
        "readout": "flatten",
        "projection": UNITS,
    }


def _on_one_clock(kind: str) -> Fields:
    """Side by side at each step, then a look at each step and its neighbours."""
    table = {"kind": "embedding", "depth": 1, "units": UNITS, "pooling": "sequence"}
    inputs = _inputs(kind, table if kind == "tokens" else {"kind": "passthrough", "depth": 0})
    return _joined(inputs, "time_concatenate", then=_convolved(2, 2 * UNITS, 3))


def _looked_up(kind: str) -> Fields:
    """Queries ask the memory; each step is bent first, so that one key is told from another."""
    bent = _convolved(2, 2 * UNITS, 2 if kind == "tokens" else 1) | {"readout": "sequence"}
    if kind == "tokens":
        bent["embedding"] = UNITS
    if kind == "spectrogram":
        bent = {"kind": "vit", "depth": 1, "units": 2 * UNITS, "patch": 12, "readout": "sequence"}
    memory, _ = _inputs(kind, bent, **MEMORY.get(kind, {}))
    _, queries = _inputs(kind, bent, **QUERIES.get(kind, {}))
    return _joined(
        [memory, queries],
        "attention",
        sources=["b", "a"],
        units=2 * UNITS,
        heads=2,
        then={"kind": "pooling", "depth": 1},
    )


def _convolved(depth: int, filters: int, kernel: int) -> Fields:
    return {
        "kind": "conv1d",
        "depth": depth,
        "filters": filters,
        "kernel_size": kernel,
        "pool": 1,
    }
