"""Every preset has the summary, DOT, link, script and losses that it had in an earlier version."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from components.__main__ import main
from tests.compatibility.support import FIXTURES, Capture, json_of, output_of, text_of

PRESETS: dict[str, Any] = json_of("presets.json")
NEW = re.compile(
    r'<td cellpadding="0" width="6"></td>|<font point-size="2">&#160;</font><br align="left"/>'
    r'|(?<=balign="left") width="\d+"|, weight=2(?=\])'
    r'|subgraph order \{\n(?s:.*?)\}\n|"above .*\n'
)
"""What pictures have had since: widths of cards, space in them, and an order of branches."""
SEPARATOR = re.compile(r"(?<=\d),(?=\d{3})")
"""Sizes of shapes have had separators since, as parameters had before."""
LIGHTER = {"#DBEAFE": "#EFF6FF", "#FEF9C3": "#FFFDF0"}
"""Quiet letters on filled cards, which are easier to read since."""
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
RUN_SCRIPTS = """
import contextlib, io, json, os, sys
histories = {}
for name in sys.argv[1:]:
    os.chdir(name)
    space = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(open("script.py").read(), name, "exec"), space)
    histories[name] = space["history"].history
    os.chdir("..")
print(json.dumps(histories))
"""

each_preset = pytest.mark.parametrize("name", PRESETS)


def statements(script: str) -> str:
    """The code of a script without its comments and docstrings, in one layout."""
    tree = ast.parse(script)
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def test_the_presets_are_still_there(capsys: Capture) -> None:
    assert set(PRESETS) <= set(output_of(capsys, "presets").split())


@each_preset
def test_the_summary_is_the_same(name: str, capsys: Capture) -> None:
    assert output_of(capsys, "summary", name) == text_of(f"presets/{name}.summary.txt")


@each_preset
@pytest.mark.parametrize("level", ["blocks", "layers", "everything"])
def test_the_dot_is_the_same(name: str, level: str, capsys: Capture, tmp_path: Path) -> None:
    """But for what is new."""
    output = tmp_path / "picture.dot"
    output_of(capsys, "render", name, "--level", level, "-o", str(output))
    drawn = NEW.sub("", output.read_text(encoding="utf-8"))
    stored = text_of(f"presets/{name}.{level}.dot")
    for colour, lighter in LIGHTER.items():
        stored = stored.replace(colour, lighter)
    assert SEPARATOR.sub("", drawn) == SEPARATOR.sub("", stored)


@each_preset
def test_the_links_are_the_same(name: str, capsys: Capture) -> None:
    stored = PRESETS[name]
    assert output_of(capsys, "link", name).strip() == stored["link"]
    whole = output_of(capsys, "link", name, *stored["options"]).strip()
    assert whole == stored["link_with_options"]
    assert output_of(capsys, "link", whole).strip() == whole


@each_preset
def test_the_script_makes_the_same_calls(name: str, capsys: Capture) -> None:
    script = output_of(capsys, "code", name, *PRESETS[name]["options"])
    assert statements(script) == statements(text_of(f"presets/{name}.script.txt"))
    assert output_of(capsys, "code", PRESETS[name]["link_with_options"]) == script


def histories(folder: Path) -> dict[str, Any]:
    """What `fit` returns in the script of each preset, all run in one fresh process."""
    for name, stored in PRESETS.items():
        (folder / name).mkdir()
        script, data = str(folder / name / "script.py"), str(folder / name / "data.npz")
        assert main(["code", name, *stored["options"], "-o", script]) == 0
        assert main(["data", *stored["data_options"], "-o", data]) == 0
    done = subprocess.run(
        [sys.executable, "-c", RUN_SCRIPTS, *PRESETS],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.matrix
def test_the_scripts_train_to_the_same_losses(tmp_path: Path) -> None:
    trained = histories(tmp_path)
    for name, stored in PRESETS.items():
        assert set(trained[name]) == set(stored["history"]), name
        for key, values in stored["history"].items():
            assert trained[name][key] == pytest.approx(values, rel=1e-5), f"{name}: {key}"


def test_every_fixture_of_a_preset_is_read() -> None:
    kinds = ("summary.txt", "blocks.dot", "layers.dot", "everything.dot", "script.txt")
    stored = {path.name for path in (FIXTURES / "presets").iterdir()}
    assert stored == {f"{name}.{kind}" for name in PRESETS for kind in kinds}
