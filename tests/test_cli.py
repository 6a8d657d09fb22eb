from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from components.__main__ import MOST_BYTES, main
from components.builder import build
from components.render import diagram
from components.spec import parse
from sample_data import presets

ROOT = Path(__file__).parents[1]
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def tiny(tmp_path: Path) -> str:
    """The path of a small architecture."""
    inputs = [
        {"name": n, "kind": "vector", "features": 3, "encoder": {"kind": "dense", "units": 4}}
        for n in "ab"
    ]
    spec = parse(
        {
            "name": "tiny",
            "inputs": inputs,
            "merges": [{"name": "m", "kind": "multiply", "sources": ["a", "b"]}],
            "heads": [{"name": "y", "kind": "binary", "source": "m"}],
        }
    )
    path = tmp_path / "tiny.json"
    path.write_text(spec.json_text())
    return str(path)


def called(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "components", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )


def refused(capsys: Capture, *arguments: str) -> str:
    """The one line on standard error of a call that ends with code 2."""
    try:
        code: Any = main(arguments)
    except SystemExit as error:
        code = error.code
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert err.endswith("\n")
    return err


def test_presets_are_listed_one_a_line(capsys: Capture) -> None:
    assert main(["presets"]) == 0
    assert capsys.readouterr().out.splitlines() == presets.names()


def test_summary_in_a_process_of_its_own() -> None:
    done = called("summary", "image_text_relevance")
    assert done.returncode == 0
    assert "4,071,297" in done.stdout
    assert "image_projection (Dense)" in done.stdout


def test_error_in_a_process_of_its_own() -> None:
    done = called("summary", "image_text_relevanc")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "error: A preset must be a known one. Received `image_text_relevanc`. "
        "Did you mean `image_text_relevance`?\n"
    )


def test_summary_of_a_file(capsys: Capture, tiny: str) -> None:
    assert main(["summary", tiny]) == 0
    assert 'Model: "tiny"' in capsys.readouterr().out


def test_render_svg(tmp_path: Path) -> None:
    output = tmp_path / "picture.svg"
    assert main(["render", "wide_and_deep", "-o", str(output)]) == 0
    assert ElementTree.fromstring(output.read_text()).tag.endswith("svg")


def test_render_png_by_an_ending_in_capitals(tmp_path: Path) -> None:
    output = tmp_path / "picture.PNG"
    assert main(["render", "wide_and_deep", "-o", str(output)]) == 0
    assert output.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_render_dot_as_it_is_asked_for(tmp_path: Path) -> None:
    output = tmp_path / "picture.dot"
    wanted = ["--horizontal", "--theme", "dark", "--output", str(output)]
    assert main(["render", "wide_and_deep", *wanted]) == 0
    graph = build(presets.load("wide_and_deep")).graph
    assert output.read_text() == diagram.dot(graph, diagram.Look("horizontal", theme="dark"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "COMMAND"),
        (["nothing"], "nothing"),
        (["summary"], "ARCH"),
        (["summary", "wide_and_depp"], "Did you mean `wide_and_deep`?"),
        (["summary", "no/such/file.json"], "No such file"),
        (["summary", "."], "Is a directory"),
        (["render", "wide_and_deep"], "-o"),
        (["render", "wide_and_deep", "-o", "x.gif"], "`.svg`, `.png`"),
        (["render", "wide_and_deep", "-o", "none"], "Change the file's ending."),
        (["render", "wide_and_deep", "-o", "no/such/folder/x.dot"], "Name another file."),
        (["render", "wide_and_deep", "-o", "x.svg", "--theme", "pink"], "pink"),
        (["train", "wide_and_deep"], "--data"),
        (["train", "wide_and_deep", "--data", "xr"], "`xor`"),
        (["train", "wide_and_deep", "--data", "xor:nois=1"], "`noise`"),
        (["train", "wide_and_deep", "--data", "xor:noise=loud"], "loud"),
        (["train", "wide_and_deep", "--data", "no/such/file.npz"], "no/such/file.npz"),
        (["train", "wide_and_deep", "--data", "xor", "--epochs", "0"], "0"),
        (["train", "wide_and_deep", "--data", "xor", "--epochs", "many"], "many"),
        (["train", "wide_and_deep", "--data", "xor", "--samples", "1"], "1"),
        (["train", "wide_and_deep", "--data", "xor", "--seed", "-1"], "-1"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_wrong_call_is_said_on_one_line(capsys: Capture, arguments: list[str], said: str) -> None:
    assert said in refused(capsys, *arguments)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "JSON text"),
        ("", "JSON text"),
        ("[]", "JSON object"),
        ("{}", "`inputs` must be given."),
        ('{"inputs": [{"name": "a\\nb", "kind": "vector"}], "heads": []}', "A name is a letter"),
        ('{"version": 9}', "version 1"),
    ],
)
def test_file_that_is_no_architecture(
    capsys: Capture, tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "broken.json"
    path.write_text(text)
    assert said in refused(capsys, "summary", str(path))


def test_file_that_is_too_large(capsys: Capture, tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    path.write_bytes(b" " * (MOST_BYTES + 1))
    assert "at most 1,000,000 bytes" in refused(capsys, "summary", str(path))


def test_architecture_that_cannot_be_built(capsys: Capture, tmp_path: Path) -> None:
    path = tmp_path / "map.json"
    image = {"name": "a", "kind": "image"}
    head = {"name": "y", "kind": "binary", "source": "a"}
    path.write_text(json.dumps({"inputs": [image], "heads": [head]}))
    assert "a (32, 32, 3)" in refused(capsys, "summary", str(path))


def test_train_ends_with_one_line_of_json(tiny: str) -> None:
    wanted = ["--data", "xor", "--epochs", "2", "--samples", "64", "--seed", "3", "--json"]
    done = called("train", tiny, *wanted)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["architecture"], told["status"], told["epochs"]) == ("tiny", "finished", 2)
    assert (told["parameters"], told["seed"]) == (37, 3)
    assert {"loss", "val_loss"} <= set(told["metrics"])
    epochs = [line for line in done.stderr.splitlines() if "  loss " in line]
    assert [line[:3] for line in epochs] == ["1/2", "2/2"]
