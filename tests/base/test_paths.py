"""Folders of people's data, as in `docs/run_a_class.md`."""

from __future__ import annotations

import re
from pathlib import Path

import platformdirs
import pytest
from platformdirs import windows
from platformdirs.macos import MacOS
from platformdirs.unix import Unix
from platformdirs.windows import Windows

from components.base import paths
from components.base.paths import DATA_FOLDER, ROOT, data_folder

PAGE = (ROOT / "docs/run_a_class.md").read_text(encoding="utf-8")
FOLDERS = dict(re.findall(r"^\| ((?:in a clone|installed).*?) \| `([^`]+)`", PAGE, re.MULTILINE))
"""Table of the page: the folder for each way to start the app."""


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the person's folders to those on the page, and remove the variables that name others."""
    for name in (DATA_FOLDER, "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, "/home/somebody")
    monkeypatch.setattr(windows, "get_win_folder", lambda _: "%LOCALAPPDATA%")


def test_the_page_names_the_folder_of_each_start() -> None:
    assert len(FOLDERS) == 4


def test_a_clone_keeps_its_data_in_itself() -> None:
    assert data_folder() == ROOT / FOLDERS["in a clone"]


@pytest.mark.parametrize(
    ("start", "system"),
    [
        ("installed, on Linux", Unix),
        ("installed, on macOS", MacOS),
        ("installed, on Windows", Windows),
    ],
)
def test_an_installed_package_keeps_its_data_in_the_folder_of_the_system(
    start: str, system: type[Unix | MacOS | Windows], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "INSTALLED", True)
    monkeypatch.setattr(platformdirs, "PlatformDirs", system)
    named = FOLDERS[start].replace("\\", "/").replace("~", str(Path.home()))
    assert data_folder().as_posix() == named


def test_a_variable_names_another_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(DATA_FOLDER, str(tmp_path))
    assert data_folder() == tmp_path
