"""Columns of a file that are no features."""

from __future__ import annotations

import numpy as np
import pytest

from sample_data import own
from sample_data.columns.column import Reading

ROWS = 120
RNG = np.random.default_rng(4)
LABEL = RNG.integers(0, 2, ROWS)
AGE = RNG.integers(20, 80, ROWS)
PRICE = RNG.normal(30.0, 5.0, ROWS)
SHUFFLED = RNG.permutation(ROWS)


def table(column: str, cells: list[object], label: str = "ill") -> own.DataTable:
    labels = ["no", "yes"] if label == "ill" else None
    shown = [labels[i] for i in LABEL] if labels else [f"{price:.3f}" for price in PRICE]
    lines = [f"{c},{age},{mark}" for c, age, mark in zip(cells, AGE, shown, strict=True)]
    return own.read("\n".join([f"{column},age,{label}", *lines]).encode(), "mine.csv")


IDENTIFIER = "it looks like an identifier, with 40 values and 3 rows for each"


@pytest.mark.parametrize(
    ("column", "cells", "label", "reason"),
    [
        ("patient", [f"P{i // 3}" for i in range(ROWS)], "ill", IDENTIFIER),
        ("patient_id", [900 + i // 3 for i in range(ROWS)], "ill", IDENTIFIER),
        ("name", [f"N{i}" for i in range(ROWS)], "ill", "most rows have a text of their own"),
        ("row", [*SHUFFLED], "ill", "it numbers the rows"),
        ("country", ["Chile"] * ROWS, "ill", "all its cells are the same"),
        ("unit", [1] * ROWS, "ill", "all its cells are the same"),
        (
            "code",
            [*(LABEL + 7)],
            "ill",
            "tells `ill` in 100 % of the rows, so it was probably made",
        ),
        ("euro", [f"{1.1 * p:.3f}" for p in PRICE], "price", "correlation with `price` is 1.0000"),
    ],
)
def test_what_is_no_feature_is_not_used_and_says_why(
    column: str, cells: list[object], label: str, reason: str
) -> None:
    read = table(column, cells, label)
    grouped = own.groups(read)
    assert reason in grouped.unused[column]
    assert list(grouped.inputs) == ["age"]
    mapping = own.propose_mapping(read, own.propose(read))
    assert column not in {name for part in mapping.inputs.values() for name in part.columns}


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        ("ward", [f"W{i % 8}" for i in range(ROWS)]),
        ("city", [f"C{i % 20}" for i in range(ROWS)]),
        ("weight", [50 + i % 37 for i in range(ROWS)]),
        ("smoker", ["no" if i % 9 else "yes" for i in range(ROWS)]),
        ("score", [*(LABEL ^ (RNG.random(ROWS) < 0.1))]),
    ],
)
def test_a_feature_is_used(column: str, cells: list[object]) -> None:
    assert own.groups(table(column, cells)).unused == {}


@pytest.mark.parametrize("reading", ["category", "text"])
def test_a_column_that_a_person_reads_in_a_way_is_used(reading: Reading) -> None:
    read = own.read_as(table("patient", [f"P{i // 3}" for i in range(ROWS)]), {"patient": reading})
    assert "patient" in own.groups(read).inputs


def test_an_identifier_is_used_if_nothing_else_is_left() -> None:
    lines = [f"P{i // 3},{mark}" for i, mark in enumerate(LABEL)]
    grouped = own.groups(own.read("\n".join(["patient,ill", *lines]).encode(), "mine.csv"))
    assert list(grouped.inputs) == ["patient"]
