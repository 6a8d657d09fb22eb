from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from components.base.errors import DataError, FileError
from sample_data.content import presets
from sample_data.core.dataset import ABSENT, Dataset
from sample_data.loading.sources import load, takes_away
from sample_data.loading.synthetic import DataSpec
from sample_data.own.saving import arrays_of, npz_bytes, save_npz
from sample_data.relations import RELATIONS

SPEC = presets.load("wide_and_deep")
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


@pytest.mark.parametrize("name", ["own.npy", "own", "no/such/own.npz"])
def test_an_impossible_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError):
        save_npz(tmp_path / name, ARRAYS)
    assert os.listdir(tmp_path) == []


def missing(p: float, everywhere: bool = False) -> DataSpec:
    relation = RELATIONS["missing"].model_validate({"p": p, "absent_in_training": everywhere})
    return DataSpec(relation=relation, samples=60, seed=2)


def saved(data: DataSpec, folder: Path) -> Dataset:
    save_npz(folder / "data.npz", arrays_of(load(SPEC, data), data))
    return load(SPEC, str(folder / "data.npz"))


def test_a_file_marks_absent_inputs(tmp_path: Path) -> None:
    data = missing(0.4)
    made, found = load(SPEC, data), saved(data, tmp_path)
    assert found.absent is not None
    assert made.absent is not None
    assert 0 < found.absent.sum() < found.absent.size
    assert np.array_equal(found.absent, made.absent)
    for name, array in made.inputs.items():
        assert np.array_equal(found.inputs[name], array)
    assert takes_away(str(tmp_path / "data.npz"))


def test_an_input_absent_everywhere_is_zeros_in_the_file(tmp_path: Path) -> None:
    data = missing(1.0, everywhere=True)
    found = saved(data, tmp_path)
    assert found.absent is None
    assert not any(array.any() for array in found.inputs.values())
    assert not takes_away(str(tmp_path / "data.npz"))


def test_absence_goes_by_name_and_may_be_marked_for_some_inputs(tmp_path: Path) -> None:
    arrays = arrays_of(load(SPEC, missing(0.4)), missing(0.4))
    first, last = (given.name for given in SPEC.inputs)
    gone = arrays.pop(f"{ABSENT}{last}")
    (tmp_path / "data.npz").write_bytes(npz_bytes(arrays))
    found = load(SPEC, str(tmp_path / "data.npz"))
    assert found.absent is not None
    assert np.array_equal(found.absent[:, 0], arrays[f"{ABSENT}{first}"])
    assert not found.absent[:, 1].any()
    assert gone.any()


@pytest.mark.parametrize(
    ("name", "array", "sentence"),
    [
        ("_absent_other", np.zeros(60, bool), "There is no input for the array"),
        ("_absent_wide", np.zeros(59, bool), "needs one boolean for each of 60 samples"),
        ("_absent_wide", np.zeros((60, 1), bool), "needs one boolean"),
        ("_absent_wide", np.zeros(60, np.float32), "needs one boolean"),
    ],
)
def test_impossible_absence_is_refused(
    tmp_path: Path, name: str, array: np.ndarray, sentence: str
) -> None:
    dataset = load(SPEC, DataSpec(relation=RELATIONS["redundant"](), samples=60))
    arrays = {**dataset.inputs, **dataset.targets, name: array}
    save_npz(tmp_path / "data.npz", arrays)
    with pytest.raises(DataError, match=sentence):
        load(SPEC, str(tmp_path / "data.npz"))
