"""The script `run.py`: setup and commands, without installing anything."""

from __future__ import annotations

import ast
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

import run
from components.base import clock
from components.base.paths import FOR_A_CLASS, ROOT
from fusion_playground import __main__ as launcher


class Commands(list[list[str]]):
    """Recorded commands, which are not run; all succeed."""

    def run(self, command: Sequence[str], **_: object) -> SimpleNamespace:
        self.append([str(part) for part in command])
        return SimpleNamespace(returncode=0)

    def wait_for(self, command: Sequence[str]) -> int:
        self.run(command)
        return 0

    def execv(self, _: str, command: Sequence[str]) -> None:
        self.run(command)

    def with_word(self, word: str) -> list[list[str]]:
        return [command for command in self if word in command]


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Commands:
    """Set up a folder with locks and without an environment, and return the recorded commands."""
    commands = Commands()
    monkeypatch.setattr(run, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(run, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(run, "APP_LOCK", tmp_path / "requirements.lock")
    monkeypatch.setattr(run, "TESTS_LOCK", tmp_path / "tests.lock")
    monkeypatch.setattr(run, "WINDOWS", False)
    monkeypatch.setattr(subprocess, "run", commands.run)
    monkeypatch.setattr(run, "wait_for", commands.wait_for)
    monkeypatch.setattr(os, "execv", commands.execv)
    monkeypatch.setattr(os, "chdir", lambda _: None)
    (tmp_path / ".venv").mkdir()
    run.APP_LOCK.write_text("keras==3", encoding="utf-8")
    run.TESTS_LOCK.write_text("pytest==9", encoding="utf-8")
    return commands


def test_it_needs_the_standard_library_only() -> None:
    tree = ast.parse(Path(run.__file__).read_text(encoding="utf-8"))
    names = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert names <= sys.stdlib_module_names


def test_the_set_up_is_done_once_for_each_lock(commands: Commands) -> None:
    run.main([])
    assert commands.with_word("venv") == [[sys.executable, "-m", "venv", str(run.VENV)]]
    assert len(commands.with_word("install")) == 1
    run.main([])
    assert len(commands.with_word("install")) == 1
    run.APP_LOCK.write_text("keras==4", encoding="utf-8")
    run.main([])
    assert len(commands.with_word("install")) == 2


def test_a_step_that_failed_is_done_again(
    commands: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(lock: Path) -> None:
        raise subprocess.CalledProcessError(1, ["pip", str(lock)])

    with monkeypatch.context() as patch:
        patch.setattr(run, "install", fail)
        with pytest.raises(subprocess.CalledProcessError):
            run.main([])
    run.main([])
    assert len(commands.with_word("install")) == 1


@pytest.mark.parametrize("words", [["--help"], ["run", "-h"], ["test", "--help"]])
def test_help_installs_nothing(
    commands: Commands, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert run.main(words) == 0
    assert "python run.py test" in capsys.readouterr().out
    assert commands == []


def test_each_step_of_the_set_up_says_what_it_does_and_is_not_silenced(
    commands: Commands, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "may_install", lambda: True)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    run.set_up_tests()
    output = capsys.readouterr().out
    for step in (str(run.VENV), str(run.APP_LOCK), str(run.TESTS_LOCK)):
        assert step in output
    assert f"Installing {run.LIGHT_BROWSER} for the whole system by apt-get" in output
    assert not [command for command in commands if {"--quiet", "-qq"} & {*command}]


def test_it_serves_at_the_address(commands: Commands) -> None:
    run.main(["run", "--host", "0.0.0.0", "--port", "8600"])
    served = [str(run.PYTHON), "-m", "fusion_playground", "--host", "0.0.0.0", "--port", "8600"]
    assert commands[-1] == served


def test_the_launcher_says_where_others_reach_the_app(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    served: list[list[str]] = []
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(launcher, "local_network_address", lambda: "192.168.7.9")
    monkeypatch.setattr(os, "execve", lambda _, command, env: served.append(command))

    def called(*words: str) -> int | str | None:
        with pytest.raises(SystemExit) as end:
            launcher.main(words)
        return end.value.code

    called("--host", "0.0.0.0", "--port", "8600")
    assert "On the local network: http://192.168.7.9:8600\n" in capsys.readouterr().out
    called()
    assert f"For a class on the local network: {FOR_A_CLASS}\n" in capsys.readouterr().out
    (script, *options) = served[0][served[0].index("run") + 1 :]
    assert Path(script).exists()
    assert options[:4] == ["--server.address", "0.0.0.0", "--server.port", "8600"]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        called("--port", str(port))
    used = int(served[-1][served[-1].index("--server.port") + 1])
    assert used > port
    assert f"Port {port} is taken: the app uses port {used}.\n" in capsys.readouterr().out
    assert called("--port", "99999") == 2
    assert "99999 is not in the range 1<=x<=65535" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "chosen", "installed"),
    [
        ("test", "-m not matrix", ["browser"]),
        ("test-matrix", "-m matrix", ["browser", "streamlit", "kerases", "postgres", "proxies"]),
        (
            "test-all",
            "--no-loadscope-reorder",
            ["browser", "streamlit", "kerases", "postgres", "proxies"],
        ),
    ],
)
def test_each_command_chooses_its_tests_and_installs_what_they_need(
    commands: Commands,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    chosen: str,
    installed: list[str],
) -> None:
    done: list[str] = []
    for name in ("browser", "streamlit", "kerases", "postgres", "proxies"):
        monkeypatch.setattr(run, f"install_{name}", lambda name=name: done.append(name))
    assert run.main([command, "-x", "tests/app/pages"]) == 0
    assert " ".join(commands[-1]).endswith(f" {chosen} -x tests/app/pages")
    assert done == installed


def test_the_matrix_moves_the_clock(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    clocks: list[tuple[str | None, str | None]] = []

    def wait_for(command: Sequence[str]) -> int:
        commands.run(command)
        clocks.append((os.environ.get(clock.SHIFT), os.environ.get("TZ")))
        return 0

    monkeypatch.setattr(os, "environ", {})
    monkeypatch.setattr(run, "wait_for", wait_for)
    for step in ("browser", "streamlit", "kerases", "postgres", "proxies"):
        monkeypatch.setattr(run, f"install_{step}", lambda: None)
    assert run.main(["test-matrix"]) == 0
    assert [command[-1] for command in commands[-3:]] == ["matrix", *["clock and not matrix"] * 2]
    assert clocks == [
        (None, None),
        ("34560000", "Asia/Kolkata"),
        ("-86400", "America/St_Johns"),
    ]


def test_an_unknown_command_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["serve"]) == 2
    assert capsys.readouterr().err.startswith(
        "error: The command can only be one of run, test, test-matrix,"
    )


def test_without_a_python_that_fits_it_says_which_one(
    commands: Commands, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "fits", lambda _: False)
    with pytest.raises(SystemExit) as caught:
        run.main([])
    assert caught.value.code == 2
    assert "needs Python 3.11, 3.12 or 3.13 with its venv module (Python 3." in (
        capsys.readouterr().err
    )


def test_this_python_fits_and_a_missing_one_does_not(tmp_path: Path) -> None:
    assert run.fits(sys.executable)
    assert not run.fits(str(tmp_path / "python3.12"))


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
def test_make_passes_its_variables_on() -> None:
    def planned(*arguments: str) -> str:
        command = ["make", "-n", "PYTHON=python", *arguments]
        env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
        return subprocess.run(
            command, cwd=ROOT, env=env, capture_output=True, text=True, check=True
        ).stdout

    serve = planned("run", "HOST=0.0.0.0", "PORT=8600")
    assert serve == "python run.py run --host 0.0.0.0 --port 8600\n"
    for command in run.TESTS:
        assert planned(command, "ARGS=-x") == f"python run.py {command} -x\n"
