"""Padding, which never changes the features of an encoder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from components.base.errors import ShapeError
from components.models.architecture.architecture import parse
from components.models.architecture.builder import build_with_weights
from components.models.encoders import ENCODERS
from components.models.inputs import INPUTS
from tests import matrix
from tests.models.encoders.cases import (
    SIZES,
    STEPWISE,
    Array,
    Branch,
    Data,
    small,
    titled,
    values,
    variants,
)
from tests.strategies import borrows

STEPS, MORE = 6, 3
LENGTHS = (STEPS, STEPS, 4, 1, 0)
"""Number of real steps in each row; the last row is padding alone."""


def _padded() -> Iterator[tuple[str, Data]]:
    """Yield all variants for the first input kind of each form, and plain encoders for others."""
    whole = {INPUTS[kind].form: kind for kind, _ in reversed(STEPWISE)}
    for kind, name in STEPWISE:
        first = whole[INPUTS[kind].form] == kind
        for encoder in variants(name, skip=("dropout",)) if first else [small(name)]:
            if encoder["depth"]:
                yield kind, encoder


PADDED = list(_padded())
READ_OUT = ("readout", "pooling", "padding")
"""Fields of the reduction from steps to a vector: `make test` tries each of their values."""


def way_out(_: str, encoder: Data) -> tuple[Any, ...]:
    """Return an encoder and its reduction from steps to a vector."""
    return encoder["kind"], *map(encoder.get, READ_OUT)


pytestmark = pytest.mark.filterwarnings("ignore:.*copy keyword:DeprecationWarning")


def padded(branch: Branch) -> Array:
    """Return rows of several lengths with zeros behind, and one row with a gap in its middle.

    In real numbers, the first row is positive and the second negative, so that a zero among them
    would be an extreme.
    """
    features = [axis for axis in branch.given.shape[1:] if axis]
    x = values(branch.given, (len(LENGTHS) + 1, STEPS, *features))
    if x.ndim == 3:
        x[0], x[1] = np.abs(x[0]), -np.abs(x[1])
    for row, length in enumerate(LENGTHS):
        x[row, length:] = 0
    x[-1, 2] = 0
    return x


def longer(x: Array, more: int = MORE) -> Array:
    return np.pad(x, [(0, 0), (0, more), *[(0, 0)] * (x.ndim - 2)])


def extended(kind: str, encoder: Data, branch: Branch, more: int = MORE) -> Branch:
    """Return the same branch with the same weights for a longer input; more rows are random."""
    made = Branch(kind, encoder, seed=2, length=STEPS + more, padding=True)
    for mine, theirs in zip(made.model.weights, branch.model.weights, strict=True):
        table = np.array(mine)
        table[: theirs.shape[0]] = np.asarray(theirs)
        mine.assign(table)
    return made


def assert_same(short: Branch, long: Branch, x: Array, more: int = MORE) -> None:
    """Require that trailing zeros change no step with data, and that added steps have no data."""
    expected, got = short(x), long(longer(x, more))
    assert np.isfinite(got).all()
    if expected.ndim == 2:
        close(got[:, : expected.shape[1]], expected)
        assert not got[:, expected.shape[1] :].any()
        return
    steps = expected.shape[1]
    held, still = short.held(x), long.held(longer(x, more))
    np.testing.assert_array_equal(still[:, :steps], held)
    assert not still[:, steps:].any()
    assert held.any(axis=1).all()
    close(got[:, :steps][held], expected[held])


def close(got: Array, expected: Array) -> None:
    size = max(1.0, float(np.abs(expected).max(initial=0)))
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=2e-5 * size)


@pytest.mark.parametrize(
    ("kind", "encoder"), matrix.cases(PADDED, matrix.firsts(PADDED, way_out), titled)
)
def test_padding_changes_nothing(kind: str, encoder: Data) -> None:
    """Compare at an open length, which plain encoders read, otherwise at a greater fixed length."""
    try:
        branch = Branch(kind, encoder, length=None, padding=True)
    except ShapeError:
        assert encoder != small(encoder["kind"])
        branch = Branch(kind, encoder, length=STEPS, padding=True)
        assert_same(branch, extended(kind, encoder, branch), padded(branch))
    else:
        assert_same(branch, branch, padded(branch))


BEHIND = [
    encoder
    for name in ENCODERS
    if "sequence" in ENCODERS[name].takes and not borrows(name)
    for encoder in (small(name),)
    if encoder["depth"] and encoder.get("readout") != "sequence"
]
BEHIND_MERGES = [*(("add", encoder) for encoder in BEHIND), ("concatenate", BEHIND[0])]
"""Each encoder after a merge, with both ways in which merges pass on a mask."""


@pytest.mark.parametrize(("merge", "encoder"), matrix.cases(BEHIND_MERGES, BEHIND_MERGES, titled))
def test_padding_changes_nothing_behind_a_merge(merge: str, encoder: Data) -> None:
    inputs = [
        {"name": name, "kind": "timeseries", "length": None, "features": 3, "padding": True}
        for name in "ab"
    ]
    fusion = {"name": "fusion", "kind": merge, "sources": ["a", "b"], "then": encoder}
    heads = [{"name": "y", "kind": "regression", "source": "fusion"}]
    try:
        model = build_with_weights(
            parse({"inputs": inputs, "merges": [fusion], "heads": heads})
        ).model
    except ShapeError:
        pytest.skip("needs a fixed length")
    given = INPUTS["timeseries"](name="a", **SIZES["timeseries"])
    short = {name: values(given, (3, STEPS, 3), seed) for seed, name in enumerate("ab")}
    short["a"][0, 2:] = short["b"][0, 4:] = short["a"][2] = short["b"][2] = 0
    expected = np.asarray(model(short, training=False)["y"])
    got = np.asarray(model({n: longer(x) for n, x in short.items()}, training=False)["y"])
    assert np.isfinite(got).all()
    close(got, expected)
