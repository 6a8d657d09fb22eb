from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from components.errors import FileError
from sample_data.saving import save_npz

ARRAYS = {
    "file": np.arange(6, dtype=np.float32).reshape(2, 3),
    "allow_pickle": np.array([[1], [0]], np.int32),
}


def test_any_name_of_an_input_will_do(tmp_path: Path) -> None:
    save_npz(tmp_path / "own.npz", ARRAYS)
    with np.load(tmp_path / "own.npz") as found:
        assert sorted(found.files) == sorted(ARRAYS)
        for name, array in ARRAYS.items():
            assert found[name].dtype == array.dtype
            assert np.array_equal(found[name], array)


def test_a_file_is_overwritten_only_where_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "own.npz"
    path.write_bytes(b"mine")
    with pytest.raises(FileError, match="not overwritten"):
        save_npz(path, ARRAYS)
    assert path.read_bytes() == b"mine"
    save_npz(path, ARRAYS, overwrite=True)
    assert path.read_bytes() != b"mine"
    assert os.listdir(tmp_path) == ["own.npz"]


@pytest.mark.parametrize("name", ["own.npy", "own", "no/such/own.npz"])
def test_a_file_that_cannot_be_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError):
        save_npz(tmp_path / name, ARRAYS)
    assert os.listdir(tmp_path) == []


def test_nothing_is_left_of_a_file_that_was_not_finished(tmp_path: Path) -> None:
    (tmp_path / "own.npz").mkdir()
    with pytest.raises(FileError, match="writable"):
        save_npz(tmp_path / "own.npz", ARRAYS, overwrite=True)
    assert os.listdir(tmp_path) == ["own.npz"]
