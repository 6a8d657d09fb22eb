"""Errors on the command line: one sentence and code 2, in real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from components.base.paths import ROOT
from tests.matrix import cases

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Needs fork and /dev/full.")

FORKED = """
import json, os, resource, sys
import components.experiments.queue.store, components.experiments.queue.without_server
import sample_data.own.saving
from components.__main__ import main

def ended(case):
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            os.environ.update(case["environment"])
            for number, path in case["streams"]:
                os.dup2(os.open(path, os.O_WRONLY), number)
            if case["error"]:
                os.dup2(write, 2)
            if case["bytes"] is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (case["bytes"], case["bytes"]))
            code = main(case["arguments"])
            sys.stdout.flush()
        except BaseException:
            import traceback
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    os.close(write)
    with open(read) as errors:
        text = errors.read()
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), text

print(json.dumps([ended(case) for case in json.loads(sys.argv[1])]))
"""


class CommandCase(NamedTuple):
    """Call, its situation, and its expected end."""

    arguments: str
    sentence: str
    environment: Mapping[str, str] = MappingProxyType({})
    full: tuple[int, ...] = ()
    """Standard streams that lead to a full disk."""
    bytes: int | None = None
    """Maximum size of a file in bytes."""
    code: int = 2


def url(text: str) -> dict[str, str]:
    return {"FUSION_DATABASE_URL": text}


DATA = "data xor --samples 20 --arch wide_and_deep -o"
USABLE, FOLDER = "A file or standard output can't be used", "The database file can't be opened"
FILE = "This is not a regular file"
CASES = {
    "output to a full disk": CommandCase("presets", USABLE, full=(1,)),
    "help to a full disk": CommandCase("--help", USABLE, full=(1,)),
    "errors to a full disk": CommandCase("nonsense", "", full=(2,)),
    "a full disk": CommandCase(f"{DATA} FOLDER/old.npz --force", "File too large", bytes=100),
    "a device": CommandCase(f"{DATA} FOLDER/device.npz --force", "Not a regular file"),
    "no folder": CommandCase(f"{DATA} FOLDER/no/x.npz", "There is no folder"),
    "a name that is too long": CommandCase(f"{DATA} FOLDER/{'a' * 300}.npz", "File name too long"),
    "an architecture without end": CommandCase("summary /dev/zero", FILE),
    "a pipe as architecture": CommandCase("summary FOLDER/pipe.json", FILE),
    "a pipe as data": CommandCase("train wine --data FOLDER/pipe.npz", FILE),
    "no number": CommandCase(f"{DATA} FOLDER/x.npz", "whole number", {"FUSION_MEMORY_LIMIT": "²"}),
    "a short option": CommandCase("runs list --lim 5", "No such option '--lim'"),
    "a shorter command": CommandCase("preset", "No such command"),
    "no URL": CommandCase("runs list", "FUSION_DATABASE_URL is not the URL", url("foo")),
    "a URL with NUL": CommandCase(
        "runs list", "FUSION_DATABASE_URL is not", url("sqlite:////a%00b")
    ),
    "a device as database": CommandCase(
        "runs list", "disk of the database", url("sqlite:////dev/full")
    ),
    "a data folder that is a file": CommandCase(
        "runs list", FOLDER, {"FUSION_DATA": "FOLDER/old.npz"}
    ),
    "garbage as database": CommandCase(
        "runs list", "is not an SQLite file", url("sqlite:///FOLDER/garbage")
    ),
    "a full database": CommandCase(
        "runs list", "disk of the database", url("sqlite:///FOLDER/f"), bytes=0
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faults")
    (folder / "old.npz").write_text("old")
    (folder / "garbage").write_bytes(os.urandom(5000))
    (folder / "device.npz").symlink_to("/dev/null")
    for pipe in ("pipe.json", "pipe.npz"):
        os.mkfifo(folder / pipe)
    return folder


@pytest.fixture(scope="module")
def ends(folder: Path) -> dict[str, tuple[int, str]]:
    """Return the exit code and standard error of each call, in forks of one process."""

    def sent(case: CommandCase) -> dict[str, Any]:
        return {
            "arguments": case.arguments.split(),
            "environment": dict(case.environment),
            "streams": [(number, "/dev/full") for number in case.full],
            "error": 2 not in case.full,
            "bytes": case.bytes,
        }

    text = json.dumps([sent(case) for case in CASES.values()]).replace("FOLDER", str(folder))
    environment = {k: v for k, v in os.environ.items() if not k.startswith("FUSION_")}
    command = [sys.executable, "-c", FORKED, text]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return dict(zip(CASES, map(tuple, json.loads(done.stdout.splitlines()[-1])), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_a_fault_is_one_line_and_code_2(ends: dict[str, tuple[int, str]], name: str) -> None:
    code, errors = ends[name]
    assert CASES[name].sentence in errors
    assert len(errors.splitlines()) <= 1
    assert code == CASES[name].code


def test_the_old_file_stays_and_nothing_is_left(
    ends: dict[str, tuple[int, str]], folder: Path
) -> None:
    assert (folder / "old.npz").read_text() == "old"
    assert not list(folder.glob(".fusion-*"))
    assert not (folder / "x.npz").exists()
    assert Path("/dev/null").is_char_device()


CLOSED = [
    ("presets >&-", 2, "", USABLE),
    ("presets 2>&-", 0, "wide_and_deep", ""),
    ("nonsense 2>&-", 2, "", ""),
    ("runs delete --status finished <&-", 2, "", "FUSION_DATABASE_URL is not"),
]


@pytest.mark.parametrize(("command", "code", "output", "error"), cases(CLOSED, CLOSED[:2]))
def test_closed_streams(command: str, code: int, output: str, error: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f'"{sys.executable}" -m components {command}'],
        cwd=ROOT,
        env={**os.environ, **url("foo")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == code
    assert output in done.stdout
    assert bool(done.stdout) == bool(output)
    assert error in done.stderr
    assert len(done.stderr.splitlines()) <= 1


@pytest.mark.matrix
def test_commands_that_build_write_whole_files_or_none(tmp_path: Path) -> None:
    """Write a picture, code and a trained model in one process whose files are limited to 300
    bytes.
    """
    for name in ("a.svg", "a.py", "a.ipynb", "a.keras"):
        (tmp_path / name).write_text("old")
    script = f"""
import os, resource
from components.__main__ import main
resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))
folder, output = {str(tmp_path)!r}, os.dup(1)
codes = [
    main(["code", "wine", "-o", f"{{folder}}/a.py"]),
    main(["code", "wine", "-o", f"{{folder}}/a.ipynb"]),
    main(["render", "wine", "-o", f"{{folder}}/a.svg"]),
    main(["train", "wine", "--data", "wine", "--epochs", "1", "-o", f"{{folder}}/a.keras"]),
]
os.write(output, f"{{codes}}\\n".encode())
"""
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.stdout.splitlines()[-1] == "[2, 2, 2, 2]", done.stderr
    assert done.stderr.count("error: ") == 4
    assert "Traceback" not in done.stderr
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["a.ipynb", "a.keras", "a.py", "a.svg"]
    assert {path.read_text() for path in tmp_path.iterdir()} == {"old"}
