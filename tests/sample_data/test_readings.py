"""Columns in readings that a person chooses, new inputs for them, and rows of a second file."""

from __future__ import annotations

import numpy as np
import pytest

from components.base.errors import DataError
from sample_data import own
from sample_data.columns.column import Reading

TEXT = "zip,when,size,city,label\n" + "\n".join(
    f"{1000 + i % 4},{i % 28 + 1}.3.2024,{'big' if i == 3 else i},{'Rome' if i % 2 else 'Oslo'},"
    f"{i % 2}"
    for i in range(30)
)


def table(text: str = TEXT, name: str = "mine.csv") -> own.DataTable:
    return own.read(text.encode(), name)


@pytest.mark.parametrize(
    ("column", "reading", "kind", "first"),
    [
        ("zip", "category", "category", "1000"),
        ("zip", "text", "text", "1000"),
        ("when", "category", "category", "2024-03-01"),
        ("size", "number", "number", "0"),
        ("city", "category", "category", "Oslo"),
    ],
)
def test_a_column_is_read_as_a_person_chooses(
    column: str, reading: Reading, kind: str, first: str
) -> None:
    read = own.read_as(table(), {column: reading}).column(column)
    assert (read.kind, read.cell(0), read.chosen) == (kind, first, reading)


def test_texts_that_are_no_numbers_become_empty_cells() -> None:
    read = own.read_as(table(), {"size": "number"})
    assert read.column("size").missing == 1
    assert "1 cell of `size` that are no numbers are empty: `big`." in read.notes


def test_dates_are_dates_and_can_be_read_from_texts() -> None:
    assert table().column("when").dates
    odd = TEXT.replace("4.3.2024", "soon")
    read = own.read_as(table(odd), {"when": "date"})
    assert read.column("when").dates
    assert read.column("when").cell(0) == "2024-03-01"


@pytest.mark.parametrize(("column", "reading"), [("city", "number"), ("zip", "date")])
def test_a_reading_that_does_not_fit_is_refused(column: str, reading: Reading) -> None:
    with pytest.raises(DataError, match="are no"):
        own.read_as(table(), {column: reading})


def test_a_column_that_is_left_out_is_no_input_and_can_still_name_groups() -> None:
    read = own.read_as(table(), {"zip": "leave out"})
    model = own.propose(read)
    mapping = own.propose_mapping(read, model)
    assert "zip" not in {name for part in mapping.inputs.values() for name in part.columns}
    split = own.RowSplit(by="group", column="zip")
    assert own.prepare(read, model, mapping, split).dataset.held is not None


def test_a_new_input_gets_its_column_and_feeds_the_merge() -> None:
    text = "age,size,weight,label\n" + "\n".join(f"{i % 9},{i},{i * 2},{i % 2}" for i in range(30))
    given = table(text)
    model = own.propose(given)
    mapping = own.propose_mapping(given, model)
    rest = own.MappedColumns(columns=("size", "weight"))
    left = mapping.model_copy(update={"inputs": {model.inputs[0].name: rest}})
    grown, mapped = own.with_new_inputs(given, model, left, ["age"])
    assert [branch.shape for branch in grown.inputs] == [(2,), (1,)]
    assert mapped.inputs["age"].columns == ("age",)
    assert set(grown.merges[-1].sources) == {branch.name for branch in grown.inputs}
    dataset = own.prepare(given, grown, mapped).dataset
    assert dataset.inputs["age"].shape == (30, 1)


def test_rows_of_a_second_file_are_held_out() -> None:
    other = TEXT.replace("Rome", "Lima")
    joined = own.join_held(table(), table(other, "later.csv"))
    assert joined.held is not None
    assert joined.held.tolist() == [False] * 30 + [True] * 30
    city = joined.column("city")
    assert city.texts[city.values[31]] == "Lima"
    held = own.held_rows(joined, own.RowSplit(by="file"))
    np.testing.assert_array_equal(held, joined.held)


@pytest.mark.parametrize(
    ("odd", "sentence"),
    [
        (TEXT.replace("city", "town"), "no column `city`"),
        (TEXT.replace("\n10", "\nx10"), "same kind"),
    ],
    ids=["another name", "texts for numbers"],
)
def test_a_second_file_with_other_columns_is_refused(odd: str, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        own.join_held(table(), table(odd, "later.csv"))
