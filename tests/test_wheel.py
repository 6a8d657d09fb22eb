"""The wheel: built, unpacked as an installer does, then used without the clone."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest

from components.core.paths import ROOT
from tests.serving import free_port
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as held:
        held.extractall(folder / "site")
    return folder / "site"


def called(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "fusion_playground", *arguments]


@pytest.fixture
def env(installed: Path, tmp_path: Path) -> dict[str, str]:
    """An environment that has the package and nothing of the clone."""
    return {**os.environ, "PYTHONPATH": str(installed), "XDG_DATA_HOME": str(tmp_path / "data")}


def test_nothing_of_ours_stands_at_the_top_but_the_launcher(installed: Path) -> None:
    names = {path.name for path in installed.iterdir()}
    assert {name for name in names if not name.endswith(".dist-info")} == {"fusion_playground"}


@pytest.mark.matrix
def test_a_command_runs_beside_a_folder_of_the_same_name(
    installed: Path, env: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "components").mkdir()
    answer = subprocess.run(
        called("summary", "wide_and_deep"),
        cwd=tmp_path, env=env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "1,207" in answer.stdout
    wrong = subprocess.run(called("summary"), cwd=tmp_path, env=env, capture_output=True, text=True)
    assert wrong.returncode == 2
    assert "`fusion-playground summary --help`" in wrong.stderr


@pytest.mark.matrix
def test_the_app_is_served_with_its_data_in_the_users_folder(
    installed: Path, env: dict[str, str], tmp_path: Path
) -> None:
    port, log = free_port(), tmp_path / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(called("--port", str(port)), cwd=tmp_path, env=env, stdout=output)
    try:
        wait_until(lambda: _answer(f"http://127.0.0.1:{port}/ready") == 200)
    finally:
        server.terminate()
        server.wait()
    data = tmp_path / "data" / "fusion-playground"
    assert f"Runs and models are kept in {data}" in log.read_text()
    assert list(data.glob("*.sqlite"))


def _answer(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return int(answer.status)
    except OSError:
        return 0
