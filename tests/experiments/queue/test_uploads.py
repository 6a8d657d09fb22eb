"""Stored data files: limited for each person and in total, and private."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.base.errors import FileError
from components.base.limits import UPLOADS_BYTES
from components.experiments.queue import uploads
from components.experiments.queue.store import Store
from components.experiments.queue.sweeps import SweepOrder
from components.experiments.queue.uploads import FRESH_SECONDS
from components.experiments.training.events import Finished
from components.experiments.training.requests import RunRequest
from sample_data.core.about import DatasetInfo
from sample_data.core.dataset import Dataset
from sample_data.own import Prepared
from tests.experiments.training.support import VECTORS

ADA, BOB = "a" * 32, "b" * 32
MB = 1_000_000


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr(uploads, "BYTES_EACH", 3 * MB)
    monkeypatch.setenv(UPLOADS_BYTES.variable, str(5 * MB))
    with closing(Store(f"sqlite:///{tmp_path / 'data' / '..' / 'runs.sqlite'}")) as store:
        yield store


def prepared(seed: int, size: int = MB) -> Prepared:
    """Return about `size` bytes of constant values, which would compress to a small file."""
    values = np.full((size // 4, 1), seed, np.float32)
    return Prepared(Dataset({"left": values}, {"y": values[:2]}), DatasetInfo(title="own data"))


def kept(store: Store, owner: str, seed: int, size: int = MB, age: float = 0.0) -> Path:
    path = store.uploads.keep(owner, prepared(seed, size), f"file {seed}")
    used = path.stat().st_mtime - age
    os.utime(path, (used, used))
    return path


def test_the_oldest_files_of_a_person_make_room_whatever_their_age(store: Store) -> None:
    first = kept(store, ADA, 1, age=3)
    second = kept(store, ADA, 2, age=2)
    assert kept(store, ADA, 1) == first, "The same data is kept once, and used again now."
    third = kept(store, ADA, 3)
    assert (first.exists(), second.exists(), third.exists()) == (True, False, True)
    assert not second.with_suffix(".about.json").exists()
    of_bob = kept(store, BOB, 1)
    assert of_bob.parent != first.parent
    assert ADA not in str(first)
    with pytest.raises(FileError, match="Your prepared data may take 3 MB"):
        kept(store, ADA, 4, 4 * MB)
    assert first.exists()


def asked(path: Path) -> RunRequest:
    return RunRequest(architecture=VECTORS, data=str(path))


def test_what_a_run_needs_stays_and_a_person_who_needs_too_much_is_refused(store: Store) -> None:
    waited, raced = kept(store, ADA, 1, age=9), kept(store, ADA, 2, age=8)
    run = store.create(asked(waited), ADA)
    race = store.sweeps.create(SweepOrder([[asked(raced)]]), ADA)
    with pytest.raises(FileError, match="Your prepared data may take 3 MB"):
        kept(store, ADA, 3)
    assert waited.exists()
    assert raced.exists()
    store.append(run, Finished(seconds=1.0))
    kept(store, ADA, 3)
    assert not waited.exists()
    store.sweeps.change_state(race, "stopped")
    kept(store, ADA, 4)
    assert not raced.exists()


def test_all_people_together_are_bounded(store: Store) -> None:
    old = kept(store, ADA, 1, 2 * MB, age=FRESH_SECONDS + 60)
    kept(store, BOB, 1, 2 * MB)
    kept(store, "c" * 32, 1, 2 * MB)
    assert not old.exists()
    with pytest.raises(FileError, match=UPLOADS_BYTES.variable):
        kept(store, "d" * 32, 1, 2 * MB)
    total = sum(path.stat().st_size for path in store.uploads.folder.rglob("*.npz"))
    assert total <= 5 * MB


def test_a_file_belongs_to_whoever_kept_it_or_has_trained_on_it(store: Store) -> None:
    path, before = str(kept(store, ADA, 1)), "/an/earlier/version's.npz"
    assert store.uploads.belongs(path, ADA)
    assert not store.uploads.belongs(path, BOB)
    store.create(asked(Path(before)), BOB)
    assert store.uploads.belongs(before, BOB)
    assert not store.uploads.belongs(before, ADA)
    folder = Path(path).parent
    for other in (f"{folder}/../{folder.name}/../x.npz", "own data.npz"):
        assert not store.uploads.belongs(other, ADA)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes.")
def test_other_users_of_the_machine_can_not_read_stored_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FUSION_DATABASE_URL", raising=False)
    monkeypatch.setenv("FUSION_DATA", str(tmp_path / "people"))
    before = os.umask(0o022)
    try:
        with closing(Store()) as store:
            run = store.create(asked(kept(store, ADA, 1)), ADA)
            store.keep_model(run, b"model")
            assert modes(tmp_path / "people") == {(True, 0o700), (False, 0o600)}
        database = tmp_path / "people" / "runs.sqlite"
        database.chmod(0o644)
        with closing(Store()):
            assert modes(tmp_path / "people") == {(True, 0o700), (False, 0o600)}
    finally:
        os.umask(before)


def modes(folder: Path) -> set[tuple[bool, int]]:
    """Return for everything in a folder, and for the folder, whether it is a folder, and
    its mode.
    """
    every: list[Any] = [folder, *folder.rglob("*")]
    assert len([path for path in every if path.is_file()]) >= 4
    return {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in every}
