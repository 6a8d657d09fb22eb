"""Additive scores: the verdicts on models with weights agree with mixed differences.

A score f is a sum of functions of one input each exactly if f(a, b) - f(a, b') - f(a', b) + f(a',
b') is zero for each two inputs, whatever the others are.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest

from components.models.analysis.additive import inputs_of, multiplies, only_adds
from components.models.architecture.architecture import Architecture, parse
from components.models.architecture.builder import Blueprint, build, build_with_weights
from components.models.merges import MERGES
from tests.models.merges.cases import Data, Shape, joined, shapes, small, source

ROWS = 6
"""Random pairs of values for each two inputs."""
ROUNDING = 1e-5
"""Share of the range of scores: smaller mixed differences are rounding, others are 30 times it."""
SPREAD = {"late": 0.0001}
"""Spread of an input's values, 3 by default: small where it only adds, not to hide the rest."""
POOLED: Data = {"kind": "pooling", "depth": 1}
DENSE: Data = {"kind": "dense", "depth": 1, "units": 4, "activation": "tanh"}


def sources(kind: str) -> tuple[Shape, ...]:
    """Return the first sources that a strategy takes; one must be a sequence for some."""
    every = list(shapes(MERGES[kind].contract))
    return every[-1] if kind == "time_concatenate" else every[0]


def architecture(merge: Data, given: tuple[Shape, ...]) -> Architecture:
    """Return one model with a head for each place: `linear`, `trunk`, `then`, and `stage`.

    `stage` reads, with a further input, the source of `then`: the merge with a layer after it.
    """
    inputs = [source(f"i{number}", shape) for number, shape in enumerate(given)]
    names = [item["name"] for item in inputs]
    plain = {"then": POOLED} if merge["kind"] == "time_concatenate" else {}
    deep = {**POOLED, "depth": 2, "units": 4} if plain else DENSE
    merges = [
        {"name": "then", "sources": names, **merge, "then": deep},
        {"name": "stage", "kind": "concatenate", "sources": ["then", "late"]},
        {"name": "plain", "sources": names, **merge, **plain},
    ]
    reads = {"y_linear": "plain", "y_trunk": "trunk", "y_then": "then", "y_stage": "stage"}
    heads = [{"name": name, "kind": "regression", "source": read} for name, read in reads.items()]
    return parse({
        "inputs": [*inputs, source("late", (2,))],
        "merges": merges,
        "trunk": {"depth": 1, "units": 4, "activation": "tanh"},
        "heads": heads,
    })  # fmt: skip


def mixed_differences(built: Blueprint, heads: list[str]) -> dict[str, float]:
    """Return the largest mixed difference of each head, as a share of the range of its scores."""
    rng = np.random.default_rng(0)
    for weight in built.model.weights:
        values = rng.normal(size=weight.shape) / max(1, weight.shape[0]) ** 0.5
        weight.assign(abs(values) if "variance" in weight.name else values)
    names = list(built.model.input)
    one, other = (
        {
            name: SPREAD.get(name, 3.0) * rng.normal(size=(ROWS, *x.shape[1:]))
            for name, x in built.model.input.items()
        }
        for _ in range(2)
    )
    pairs = list(combinations(names, 2))
    corners = [
        {**one, **{name: other[name] for name in moved}}
        for pair in pairs
        for moved in ((), pair[:1], pair[1:], pair)
    ]
    batch = {n: np.concatenate([corner[n] for corner in corners]).astype("f4") for n in names}
    scores = {name: np.asarray(y) for name, y in built.model(batch, training=False).items()}
    signs = np.array([1, -1, -1, 1])[None, :, None, None]
    shares = {}
    for head in heads:
        by_corner = scores[head].reshape(len(pairs), 4, ROWS, -1)
        shares[head] = np.abs((signs * by_corner).sum(axis=1)).max() / np.ptp(by_corner)
    return shares


def judged(architecture: Architecture) -> tuple[Blueprint, dict[str, bool]]:
    """Return the model and the verdict on each head, which must agree with the figures."""
    built = build_with_weights(architecture)
    heads = [head.name for head in architecture.heads]
    measured = mixed_differences(built, heads)
    answers = {head: only_adds(built.graph, head) for head in heads}
    for head in heads:
        share = measured[head]
        assert share < ROUNDING or share > 30 * ROUNDING, (head, share)
        assert answers[head] == (share < ROUNDING), (head, share)
    return built, answers


@pytest.mark.parametrize("kind", list(MERGES))
def test_a_score_is_called_a_sum_exactly_where_it_is_one(kind: str) -> None:
    """Compare the trait `additive` with a linear head on whole steps.

    Attention between vectors, which have one step, is not the use that it is made for.
    """
    traits = MERGES[kind].traits
    spec = architecture({"kind": kind, **small(MERGES[kind])}, sources(kind))
    built, answers = judged(spec)
    assert not answers["y_then"]
    assert not answers["y_trunk"]
    sums = answers["y_linear"]
    assert sums == ("additive" in traits) or kind == "cross_attention"
    product = not sums and bool(traits & {"products", "gates", "attention"})
    assert multiplies(built.graph) == product


@pytest.mark.parametrize(
    ("merge", "given", "sums"),
    [
        ({"kind": "attention", "units": 4}, ((4,), (1, 4)), True),
        ({"kind": "attention", "units": 4}, ((4,), (3, 4)), False),
        ({"kind": "stacking", "activation": "softmax"}, ((4,), (4,)), True),
        ({"kind": "project_aggregate", "activation": "relu"}, ((4,), (4,)), True),
        ({"kind": "concatenate", "then": {**DENSE, "activation": "linear"}}, ((4,), (4,)), True),
        ({"kind": "add", "then": {**DENSE, "activation": "linear", "normalization": "batch"}},
            ((4,), (4,)), True),
        ({"kind": "add", "then": {**DENSE, "activation": "linear", "normalization": "layer"}},
            ((4,), (4,)), False),
        ({"kind": "add", "then": {"kind": "mean"}}, ((4,), (4,)), True),
        ({"kind": "add", "then": {"kind": "gated_dense", "units": 4}}, ((4,), (4,)), False),
        ({"kind": "add", "source_dropout": 0.5, "fit": "smallest"}, ((4,), (6,)), True),
        ({"kind": "gated_residual", "join": "mean"}, ((4,), (4,)), True),
    ],
)  # fmt: skip
def test_fields_and_layers_that_change_it(
    merge: Data, given: tuple[Shape, ...], sums: bool
) -> None:
    data: Any = joined(merge, given).data()
    data["heads"][0]["kind"] = "regression"
    assert judged(parse(data))[1] == {"y": sums}


def test_padded_streams_that_are_averaged_together_do_not_add_up() -> None:
    """Average over steps: the mean divides by a number of steps that both inputs decide."""
    series = {"kind": "timeseries", "length": 4, "features": 2, "padding": True}
    spec: Data = {
        "inputs": [{"name": name, **series} for name in ("a", "b")],
        "merges": [
            {"name": "m", "kind": "time_concatenate", "sources": ["a", "b"], "then": POOLED}
        ],
        "heads": [{"name": "y", "kind": "regression", "source": "m"}],
    }
    assert not only_adds(build(parse(spec)).graph, "y")
    for item in spec["inputs"]:
        item["padding"] = False
    assert only_adds(build(parse(spec)).graph, "y")


@pytest.mark.parametrize(
    "head",
    [
        {"kind": "binary"},
        {"kind": "multiclass"},
        {"kind": "regression", "activation": "tanh"},
        {"kind": "binary", "dense": False},
    ],
)
def test_the_score_is_what_a_head_computes_before_its_activation(head: Data) -> None:
    parts = joined({"kind": "late_sum", "outputs": 1}, ((4,), (4,))).data()
    parts["heads"] = [{"name": "y", "source": "fusion", **head}]
    graph = build(parse(parts)).graph
    assert only_adds(graph, "y")
    assert inputs_of(graph, "y") == {"i0", "i1"}
