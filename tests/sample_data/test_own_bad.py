from __future__ import annotations

import io
import tracemalloc

import pandas  # noqa: F401  (its own memory is not what is measured)
import pytest

from components.base.errors import DataError
from sample_data.core.archives import opened
from sample_data.own import prepare, propose, propose_mapping, read
from tests.sample_data.bad_files import ALL, GOOD, Content, content_of

PEAK_BYTES = 40_000_000
"""Memory that reading a bad file may take for a moment; the largest file has 6 MB."""


def all_the_way(held: bytes, name: str) -> None:
    table = read(held, name)
    architecture = propose(table)
    prepare(table, architecture, propose_mapping(table, architecture))


def refusal(held: bytes, name: str) -> DataError:
    with pytest.raises(DataError) as caught:
        all_the_way(held, name)
    return caught.value


@pytest.mark.parametrize(("name", "content", "sentence"), ALL.values(), ids=ALL)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_each_bad_file_gets_its_sentence(name: str, content: Content, sentence: str) -> None:
    file = content_of(content)
    tracemalloc.start()
    try:
        error = refusal(file, name)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sentence in str(error)
    assert error.rule.endswith(".")
    assert error.fix.endswith((".", "?"))
    assert "\n" not in str(error)
    assert len(str(error)) < 500
    assert peak < PEAK_BYTES


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("data.pkl", "pickles are never opened"),
        ("data.xls", "Save the sheet as CSV."),
        ("data.npy", "Save all arrays together"),
        ("data.png", "Zip the folder that holds the pictures."),
        ("data.csv.gz", "Unpack it first."),
        ("data.exe", "Save it in one of these formats."),
        ("data", "Save it in one of these formats."),
    ],
)
def test_other_formats_are_recognised_by_their_endings(name: str, fix: str) -> None:
    error = refusal(b"whatever", name)
    assert error.rule.startswith("This kind of file can't be read as data")
    assert fix in error.fix


def test_a_fault_of_a_reader_is_not_taken_for_a_bad_file() -> None:
    with pytest.raises(ValueError, match="a fault"), opened(io.BytesIO(GOOD)):
        raise ValueError("a fault")
