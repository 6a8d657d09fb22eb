"""Steps learned from a file's columns, which make the same numbers from plain data alone."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from sample_data import own
from sample_data.columns import preparation
from sample_data.columns.preparation import Cells
from sample_data.columns.restore import restored

TABLE = "age;income;city;note;seen;paid\n" + "".join(
    f"{20 + row * 7 % 40};{row},5;{('Lima', 'Oslo', 'Oslo', '')[row % 4]};good word{row % 3} here;"
    f"{1 + row % 9}.3.2024;{('no', 'yes')[row % 2]}\n"
    for row in range(40)
)


@pytest.fixture(scope="module")
def steps() -> dict[str, dict[str, Any]]:
    """Return the steps learned from the table, after a round trip through JSON."""
    table = own.read(TABLE.encode(), "table.csv")
    architecture = own.propose(table)
    mapping = own.propose_mapping(table, architecture)
    about = own.prepare(table, own.fit(table, architecture, mapping), mapping).about
    learned: dict[str, dict[str, Any]] = json.loads(json.dumps(about.steps))
    return learned


def test_steps_hold_the_style_of_each_column(steps: dict[str, dict[str, Any]]) -> None:
    styles = {column["column"]: column.get("style") for column in steps["numbers"]["columns"]}
    assert styles == {"age": "comma", "income": "comma", "seen": "dotted date"}


def test_plain_data_make_the_arrays_that_were_prepared(steps: dict[str, dict[str, Any]]) -> None:
    table = own.read(TABLE.encode(), "table.csv")
    architecture = own.propose(table)
    mapping = own.propose_mapping(table, architecture)
    prepared = own.prepare(table, own.fit(table, architecture, mapping), mapping).dataset
    for branch in architecture.data_inputs:
        name, array = branch.name, prepared.inputs[branch.name]
        columns = [table.column(column["column"]) for column in steps[name]["columns"]]
        again = preparation.apply(steps[name], columns)
        assert again.dtype == array.dtype
        np.testing.assert_array_equal(again, array)


def test_a_new_category_counts_as_an_empty_cell_where_training_had_some(
    steps: dict[str, dict[str, Any]],
) -> None:
    cells = Cells("city", np.array([0, 1, -1]), ("Oslo", "Paris"))
    ids = preparation.apply(steps["city"], [cells])[:, 0]
    assert ids.tolist() == [1, 2, 2]
    assert preparation.unseen(steps["city"], [cells]) == [
        "Training has not seen `Paris` in `city`; counted as `(missing)`.",
        "1 empty cell of `city` counted as `(missing)`.",
    ]


def test_a_new_category_counts_as_the_most_frequent_one_where_training_had_no_empty_cell() -> None:
    text = "a,b,y\n" + "".join(
        f"{'uvv'[row % 3]},{row}.5,{['no', 'yes'][row % 2]}\n" for row in range(30)
    )
    table = own.read(text.encode(), "table.csv")
    architecture = own.propose(table)
    mapping = own.propose_mapping(table, architecture)
    step = own.prepare(table, architecture, mapping).about.steps["a"]
    cells = Cells("a", np.array([0, -1]), ("w",))
    assert preparation.apply(step, [cells]).tolist() == [[1], [1]]


def test_an_empty_number_becomes_the_mean(steps: dict[str, dict[str, Any]]) -> None:
    step = steps["numbers"]
    cells = [Cells(column["column"], np.array([np.nan])) for column in step["columns"]]
    assert preparation.apply(step, cells).tolist() == [[0.0, 0.0, 0.0]]
    assert preparation.unseen(step, cells)[0] == (
        "1 empty cell of `age` became the mean of training."
    )


def test_arrays_become_cells_again(
    steps: dict[str, dict[str, Any]],
) -> None:
    table = own.read(TABLE.encode(), "table.csv")
    architecture = own.propose(table)
    mapping = own.propose_mapping(table, architecture)
    prepared = own.prepare(table, own.fit(table, architecture, mapping), mapping).dataset
    dates = restored(steps["numbers"], prepared.inputs["numbers"])["seen"]
    assert dates[:2] == ["2024-03-01", "2024-03-02"]
    cities = restored(steps["city"], prepared.inputs["city"])["city"]
    assert cities[:4] == ["Lima", "Oslo", "Oslo", ""]
    ages = restored(steps["numbers"], prepared.inputs["numbers"])["age"]
    assert ages[:3] == ["20", "27", "34"]
