"""The wheel: built, unpacked as an installer does, and used without the clone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import urllib.request
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest

from components.base.paths import ROOT
from tests import model_notebook, readme_example
from tests.house import imported
from tests.serving import free_port
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files of the wheel."""
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
    """Return an environment with the package and without the clone; the working folder has a module
    with the name of one of ours.
    """
    (tmp_path / "components.py").write_text("MINE = True\n")
    return {**os.environ, "PYTHONPATH": str(installed), "XDG_DATA_HOME": str(tmp_path / "data")}


def test_only_the_launcher_is_a_top_level_module(installed: Path) -> None:
    names = {path.name for path in installed.iterdir()}
    assert {name for name in names if not name.endswith(".dist-info")} == {"fusion_playground"}


def test_nothing_in_it_imports_a_module_of_the_clone(installed: Path) -> None:
    for path in installed.rglob("*.py"):
        roots = {name.partition(".")[0] for name in imported(path)}
        assert not roots & {"components", "sample_data", "pages"}, path


def test_predict_py_from_the_wheel_imports_nothing_of_it(
    env: dict[str, str], tmp_path: Path
) -> None:
    code = (
        "from fusion_playground.components.sharing.predicting import predict_script as made\n"
        "print(made.predict_script({'inputs': [], 'heads': []}, 'm.keras'))"
    )
    (tmp_path / "predict.py").write_text(
        subprocess.check_output([sys.executable, "-c", code], cwd=tmp_path, env=env, text=True)
    )
    roots = {name.partition(".")[0] for name in imported(tmp_path / "predict.py")}
    assert "keras" in roots
    assert not roots & {"components", "sample_data", "fusion_playground"}


def test_the_start_of_a_module_is_that_of_the_wheel(installed: Path, env: dict[str, str]) -> None:
    code = (
        "from fusion_playground.components.base.workers.preloads import PRELOADS\n"
        "from importlib.util import find_spec\n"
        "assert all(map(find_spec, PRELOADS)), PRELOADS"
    )
    subprocess.run([sys.executable, "-P", "-c", code], env=env, check=True)


DRAW = """
import components, keras, fusion_playground as fp
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)], name="mine")
print(components.MINE, fp.summary(model).parameters, fp.draw(model).save("m.svg"))
"""


def test_a_model_is_drawn_beside_a_module_of_the_same_name(
    env: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "draw.py").write_text(DRAW)
    answer = subprocess.run(
        [sys.executable, "draw.py"], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    assert answer.stdout == "True 15 m.svg\n", answer.stderr
    assert (tmp_path / "m.svg").read_text().startswith("<svg")


def test_the_example_of_the_readme_draws_its_picture(tmp_path: Path) -> None:
    assert readme_example.drawn(tmp_path) == readme_example.PICTURE.read_text(encoding="utf-8")


@pytest.mark.matrix
def test_a_git_address_installs_what_draws_it(tmp_path: Path) -> None:
    """Only Keras and its backend come from the environment of the tests."""
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "env")], check=True)
    (python,) = (tmp_path / "env").glob("*/python.exe" if os.name == "nt" else "bin/python")
    address = f"git+file://localhost/{quote(ROOT.as_posix().lstrip('/'))}"
    install = [str(python), "-m", "pip", "install", "-q", f"fusion-playground @ {address}"]
    subprocess.run(install, cwd=tmp_path, check=True)
    keras = Path(sysconfig.get_path("purelib"))
    picture = readme_example.drawn(tmp_path, str(python), keras)
    assert picture == readme_example.PICTURE.read_text(encoding="utf-8")


@pytest.mark.matrix
def test_the_notebook_shows_the_outputs_of_its_file(env: dict[str, str], tmp_path: Path) -> None:
    text = model_notebook.executed(tmp_path, env)
    assert text == model_notebook.NOTEBOOK.read_text("utf-8")
    assert (tmp_path / "matcher.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.matrix
def test_a_command_runs_beside_a_module_of_the_same_name(
    env: dict[str, str], tmp_path: Path
) -> None:
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
    env: dict[str, str], tmp_path: Path
) -> None:
    port, log, home = free_port(), tmp_path / "log", tmp_path / "home"
    home.mkdir()
    # The app has no Matplotlib; Keras imports that of the tests, which keeps a list of fonts.
    env |= {"HOME": str(home), "MPLCONFIGDIR": str(tmp_path / "matplotlib")}
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
    left = {path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()}
    page = (ROOT / "docs/run_a_class.md").read_text(encoding="utf-8").partition("## Uninstall")[2]
    assert left <= set(re.findall(r"`~/([^`]+)`", page))


def _answer(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return int(answer.status)
    except OSError:
        return 0
