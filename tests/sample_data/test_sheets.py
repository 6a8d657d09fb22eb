"""Excel and Parquet files: read like the same table in CSV, and refused with a reason."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from components.base.errors import DataError, WorkerError
from components.base.workers import needs_keras
from components.base.workers.needs_keras import Task
from components.base.zips import zip_of
from sample_data import own

ROWS: list[list[Any]] = [
    [date(2024, 3, 1 + i), 1.5 * i, f"a; b, {i % 2}", None if i == 2 else i % 3, i % 2 == 0]
    for i in range(12)
]
NAMES = ["day", "size", "note", "grade", "label"]


def xlsx(*sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets, 1):
        sheet = book.create_sheet(f"sheet {number}")
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_sheet_is_read_with_dates_values_and_empty_cells() -> None:
    table = own.read(xlsx([[None] * 5, NAMES, *ROWS, [None] * 9]), "mine.xlsx")
    assert table.names == tuple(NAMES)
    assert table.rows == 12
    assert table.column("day").dates
    assert table.column("day").cell(1) == "2024-03-02"
    assert table.column("size").values[3] == 4.5
    assert table.column("note").texts == ("a; b, 0", "a; b, 1")
    assert table.column("grade").missing == 1


def test_the_first_sheet_is_read_unless_another_is_chosen() -> None:
    second: list[list[Any]] = [["x", "y"], [1, 2], [3, 4]]
    content = xlsx([NAMES, *ROWS], second)
    _, sheets = own.read_with_sheets(content, "mine.xlsx", "sheet 2")
    assert sheets == ("sheet 1", "sheet 2")
    assert own.read(content, "mine.xlsx").names == tuple(NAMES)
    assert own.read(content, "mine.xlsx", "sheet 2").names == ("x", "y")
    with pytest.raises(DataError, match="no such sheet"):
        own.read(content, "mine.xlsx", "third")


def test_the_first_sheet_that_is_a_table_is_read_and_listed_first() -> None:
    content = xlsx([], [["Report of 2025"]], [NAMES, *ROWS], [NAMES, *ROWS])
    table, sheets = own.read_with_sheets(content, "mine.xlsx")
    assert isinstance(table, own.DataTable)
    assert table.names == tuple(NAMES)
    assert table.notes[0] == "Read from the sheet `sheet 3`, the first one that can be used."
    assert sheets == ("sheet 3", "sheet 1", "sheet 2", "sheet 4")


def test_the_sheets_are_known_if_none_is_a_table() -> None:
    table, sheets = own.read_with_sheets(xlsx([], [["Report"]]), "mine.xlsx")
    assert "The table is empty" in str(table)
    assert sheets == ("sheet 1", "sheet 2")


def test_a_formula_is_never_a_cell() -> None:
    rows: list[list[Any]] = [["x", "y"], [1, "=1+1"], [2, "=A1"], [3, 1], [4, 0]]
    assert own.read(xlsx(rows), "mine.xlsx").column("y").missing == 2


def test_a_parquet_file_is_read_as_its_csv() -> None:
    frame = pd.DataFrame(ROWS, columns=NAMES)
    frame["day"] = [datetime(2024, 3, 1 + i, 12) for i in range(12)]
    table = own.read(frame.to_parquet(), "mine.parquet")
    assert table.column("day").cell(0) == "2024-03-01 12:00"
    csv = own.read(frame.to_csv(index=False).encode(), "mine.csv")
    assert [c.recognised for c in table.columns] == [c.recognised for c in csv.columns]


class Exhausted:
    """Build workers that fail at each task."""

    size = 1

    def run(self, task: Task) -> Any:
        raise WorkerError("The model took too long to build.", "more than 40 seconds", "")


def test_a_worker_that_gives_up_is_a_sentence_about_the_file() -> None:
    needs_keras.use(Exhausted())
    with pytest.raises(DataError, match="takes too long to read"):
        own.read(xlsx([NAMES, *ROWS]), "mine.xlsx")


ENTITIES = '<!DOCTYPE a [<!ENTITY b "c">]>'
SHEET = "xl/worksheets/sheet1.xml"
FEW_BYTES = 4_000_000
"""Memory that a table may take here; more takes a test seconds to write."""


@pytest.fixture
def few_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sample_data.own._sheets.UNPACKED_BYTES", FEW_BYTES)


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<x/>")
        archive.writestr(SHEET, b"0" * (FEW_BYTES + 1))
    return file.getvalue()


def begun(start: str, encoding: str = "utf-8", part: str = SHEET) -> Callable[[], bytes]:
    """Return a function that writes a workbook in which a part begins with a text."""

    def write() -> bytes:
        file = io.BytesIO()
        whole = zipfile.ZipFile(io.BytesIO(xlsx([NAMES, *ROWS])))
        with whole, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in whole.namelist():
                content = whole.read(name)
                if name == part:
                    body = content.decode().partition("?>")[2] or content.decode()
                    declared = f'<?xml version="1.0" encoding="{encoding}"?>'
                    content = (declared + start + body).encode(encoding)
                archive.writestr(name, content)
        return file.getvalue()

    return write


def parquet(kind: Any, wide: int = 50_000, **more: Any) -> Callable[[], bytes]:
    """Return a function that writes one value of many characters 1,000 times, in few bytes."""

    def write() -> bytes:
        table = pa.table({"x": pa.array(["a" * wide] * 1000).cast(kind), "y": [0, 1] * 500})
        file = io.BytesIO()
        pq.write_table(table, file, compression="zstd", **more)
        return file.getvalue()

    return write


ENDS = {"use_dictionary": False, "column_encoding": {"x": "DELTA_BYTE_ARRAY"}}
"""Encoding of values as the end that differs from the value before."""


def far_row() -> bytes:
    """Return a workbook of 6 kB whose second row has the number 10^12."""
    with zipfile.ZipFile(io.BytesIO(xlsx([NAMES, NAMES]))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[SHEET] = parts[SHEET].replace(b'<row r="2"', b'<row r="1000000000000"')
    return zip_of([*parts.items()])


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.xlsx", far_row, "1,048,576 rows"),
        ("a.xlsx", bomb, "once unpacked"),
        ("a.xlsx", begun(ENTITIES), "entities"),
        ("a.xlsx", begun(ENTITIES, part="xl/workbook.xml"), "entities"),
        ("a.xlsx", begun(" " * 5000 + ENTITIES), "entities"),
        ("a.xlsx", begun(f"<!--{'-x' * 5000}-->{ENTITIES}"), "entities"),
        ("a.xlsx", begun(ENTITIES, "utf-16"), "entities"),
        ("a.xlsx", begun(ENTITIES, "utf-7"), "can't be read"),
        ("a.xlsx", begun(" " * 70_000 + ENTITIES), "no element"),
        ("a.xlsx", lambda: b"PK\x03\x04 broken", "can't be unpacked"),
        ("a.xlsx", lambda: b"a,b\n1,2\n", "another format"),
        ("a.parquet", lambda: b"PAR1 broken PAR1", "can't be read"),
        (
            "a.parquet",
            lambda: pd.DataFrame({"x": [[1], [2]], "y": [1, 2]}).to_parquet(),
            "one value",
        ),
        ("a.parquet", parquet(pa.string()), "once unpacked"),
        ("a.parquet", parquet(pa.string(), store_schema=False), "once unpacked"),
        ("a.parquet", parquet(pa.binary()), "once unpacked"),
        ("a.parquet", parquet(pa.dictionary(pa.int32(), pa.string())), "once unpacked"),
        ("a.parquet", parquet(pa.binary(50_000)), "once unpacked"),
    ],
    ids=[
        *("far row", "bomb", "entities", "in a workbook", "after spaces", "after a comment"),
        *("in UTF-16", "in UTF-7", "after many spaces", "broken zip", "csv"),
        *("broken parquet", "lists", "texts", "texts without a schema", "bytes"),
        *("categories", "bytes of one length"),
    ],
)
@pytest.mark.usefixtures("few_bytes")
def test_a_bad_file_is_refused_with_its_reason(name: str, content: Any, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        own.read(content(), name)


@pytest.mark.parametrize("encoding", [{}, ENDS])
@pytest.mark.usefixtures("few_bytes")
def test_values_stored_once_are_not_copied_before_they_are_refused(
    encoding: dict[str, Any],
) -> None:
    content, usual = parquet(pa.string(), **encoding)(), pa.default_memory_pool()
    counted = pa.proxy_memory_pool(usual)
    pa.set_memory_pool(counted)
    try:
        with pytest.raises(DataError, match="once unpacked"):
            own.read(content, "a.parquet")
    finally:
        pa.set_memory_pool(usual)
    assert 0 < counted.max_memory() < 20_000_000


@pytest.mark.parametrize("encoding", ["PLAIN", "DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"])
def test_a_parquet_file_is_read_in_each_encoding_of_texts(encoding: str) -> None:
    file, told = io.BytesIO(), {"use_dictionary": False, "column_encoding": {"note": encoding}}
    frame = pd.DataFrame(ROWS, columns=NAMES)
    frame.to_parquet(file, **told)
    table = own.read(file.getvalue(), "mine.parquet")
    assert table.column("note").texts == ("a; b, 0", "a; b, 1")
