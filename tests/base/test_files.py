from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from components.base.files import make_private, private_folder, replacing


def test_a_file_is_replaced_once_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError), replacing(path) as new:
        new.write_text("new\udc00", encoding="utf-8")
    assert path.read_text() == "old"
    with replacing(path, private=True) as new:
        new.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes.")
def test_only_files_are_taken_away_from_others(tmp_path: Path) -> None:
    folder, pipe, link, file = (tmp_path / name for name in ("folder", "pipe", "link", "file"))
    folder.mkdir(mode=0o755)
    os.mkfifo(pipe, 0o644)
    link.symlink_to(pipe)
    file.touch(0o644)
    for path in (folder, pipe, link, file, tmp_path / "nothing"):
        make_private(path)
    private_folder(folder)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder, pipe, file)]
    assert modes == [0o755, 0o644, 0o600]
    assert stat.S_IMODE(private_folder(tmp_path / "new").stat().st_mode) == 0o700
