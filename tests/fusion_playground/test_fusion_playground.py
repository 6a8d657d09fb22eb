"""`import fusion_playground as fp`: its functions for a person's own model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import webbrowser
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers as K

import fusion_playground as fp
from components.base.errors import FileError, ServerError, SpecError
from components.base.paths import DATA_FOLDER, ROOT
from components.models.architecture.builder import build
from components.models.drawing import diagram
from components.models.drawing.options import DiagramOptions
from components.models.imported.handed_over import read_handed_over
from components.sharing.formats import PICTURES
from components.sharing.links.link import share
from fusion_playground import opening, packages
from sample_data.content import presets

LEFT_OUT = (*packages.OF_THE_APP, "distributed", "keras", "plotly", "psutil", "starlette", "yaml")
"""Packages that the base install doesn't include."""


@pytest.fixture(scope="module")
def model() -> keras.Model:
    a, b = keras.Input((4,), name="a"), keras.Input((6,), name="b")
    joined = K.Concatenate(name="join")([K.Dense(8, name="left")(a), K.Dense(8)(b)])
    return keras.Model([a, b], K.Dense(1, name="out")(joined), name="small")


def test_the_import_brings_no_keras_and_no_app() -> None:
    code = (
        "import sys, fusion_playground as fp; fp.draw\n"
        "print([name for name in ('keras', 'tensorflow', 'streamlit') if name in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


def test_a_notebook_shows_the_picture_with_its_text(model: keras.Model) -> None:
    bundle = fp.draw(model)._repr_mimebundle_()
    assert bundle["image/svg+xml"].startswith("<svg")
    assert "Two branches" in bundle["text/plain"]
    assert bundle["text/plain"].split(":")[0] in bundle["text/html"]


@pytest.mark.parametrize("ending", PICTURES)
def test_a_drawing_is_saved_in_every_format(
    model: keras.Model, ending: str, tmp_path: Path
) -> None:
    path = fp.draw(model).save(tmp_path / f"m.{ending}")
    assert path.stat().st_size > 500


def test_mermaid_has_the_endings_that_people_give_it(model: keras.Model, tmp_path: Path) -> None:
    drawing = fp.draw(model)
    plain = drawing.save(tmp_path / "m.mmd").read_text()
    assert drawing.save(tmp_path / "m.mermaid").read_text() == plain
    assert drawing.save(tmp_path / "m.md").read_text() == f"```mermaid\n{plain}```\n"


def test_a_file_a_preset_and_a_link_are_drawn_as_render_draws_them(
    model: keras.Model, tmp_path: Path
) -> None:
    model.save(tmp_path / "small.keras")
    (tmp_path / "small.json").write_text(model.to_json())
    for path in (tmp_path / "small.keras", str(tmp_path / "small.json")):
        assert "Two branches" in fp.draw(path).text
    architecture = presets.load("wide_and_deep")
    options = DiagramOptions(transparent=False)
    svg = diagram.file_svg(build(architecture).graph, options)
    for source in ("wide_and_deep", share(architecture), architecture.data()):
        assert fp.draw(source).svg == svg
    with pytest.raises(FileError, match=r"can't be read \(absent\.keras: No such file"):
        fp.draw("absent.keras")
    with pytest.raises(SpecError, match="Leave them out"):
        fp.draw("wide_and_deep", inputs=(None, 4))


def test_a_picture_that_is_fitted_to_a_page_is_no_mermaid(
    model: keras.Model, tmp_path: Path
) -> None:
    with pytest.raises(FileError, match="Mermaid files can't have `fit`"):
        fp.draw(model, fit="page").save(tmp_path / "m.mmd")


def test_another_ending_and_unknown_words_are_refused(model: keras.Model, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"can only end in `\.svg`"):
        fp.draw(model).save(tmp_path / "m.bmp")
    words: list[dict[str, Any]] = [
        {"theme": "pink"},
        {"level": np.ones((2, 4))},
        {"fit": "screen"},
        {"level": "blocks", "repeats": False},
        {"level": "blocks", "emphasis": {"lift": {"note": "x"}}},
        {"emphasis": {"lift": {"note": "x"}}},
        {"emphasis": {"left": {"colour": "blue"}}},
    ]
    for wrong in words:
        with pytest.raises(SpecError):
            fp.draw(model, **wrong)


def test_emphasis_title_and_caption_are_in_the_picture(model: keras.Model) -> None:
    emphasis = {"left": {"note": "pretrained"}, "b": {"name": "Second"}}
    svg = fp.draw(model, title="Mine", caption=True, emphasis=emphasis).svg
    assert all(word in svg for word in ("pretrained", "Second", ">Mine<"))
    assert "Join merges a and Second" in svg.replace("Concatenate", "Join").replace("\n", " ")


def test_a_tall_model_is_folded_to_fit_a_page() -> None:
    tall = keras.Sequential([keras.Input((4,)), *(K.Dense(4) for _ in range(75))])
    assert not fp.draw(tall).options.fold
    assert fp.draw(tall, fit="page").options.fold
    assert "Dense ×12" in fp.draw(tall, fit="page", repeats=False).svg


class Empty(keras.Model):  # type: ignore[misc]
    """Model that can't be traced."""

    def __init__(self) -> None:
        super().__init__(name="empty")
        self.one, self.other = K.Dense(1), K.Dense(2)


class Untraced(keras.Model):  # type: ignore[misc]
    """Model that can only be traced with given inputs."""

    def __init__(self) -> None:
        super().__init__(name="untraced")
        self.one = K.Dense(1)

    def call(self, x: Any) -> Any:
        return self.one(x)


def test_a_listed_model_says_why_below_its_picture() -> None:
    drawing = fp.draw(Empty())
    assert drawing.options.direction == "horizontal"
    assert drawing.notes[0] in drawing.text
    assert drawing.notes[0] in drawing.options.caption


def test_a_summary_counts_by_part_and_layer(model: keras.Model) -> None:
    summary = fp.summary(model)
    assert summary.parameters == model.count_params() == summary.table["Parameters"].sum()
    assert summary.flops == summary.table["FLOPs"].sum()
    assert [line.split()[0] for line in repr(summary).splitlines()[:4]] == [
        "small",
        "Layer",
        "a",
        "a",
    ]
    assert "Total" in repr(summary)


class Own(keras.layers.Layer):  # type: ignore[misc]
    def call(self, x: Any) -> Any:
        return x * 2


def test_a_summary_says_that_its_flops_leave_out_a_layer() -> None:
    x = keras.Input((6,))
    summary = fp.summary(keras.Model(x, keras.layers.Dense(2)(Own()(x))))
    assert "FLOPs of Own are unknown." in repr(summary)
    assert "The total is at least 26, without 1 layer." in repr(summary)
    assert summary.table["FLOPs"].isna().sum() == 1


def test_a_difference_has_a_sentence_a_list_and_both_pictures(
    model: keras.Model, tmp_path: Path
) -> None:
    a = keras.Input((4,), name="a")
    other = keras.Model(a, K.Dense(2, name="out")(K.Dense(8, name="left")(a)), name="one")
    difference = fp.diff(model, other)
    assert difference.sentence.startswith("Layers that differ: ")
    assert {change.layer for change in difference.changes} >= {"join", "out"}
    assert fp.diff(model, model).sentence == "Nothing differs."
    bundle = difference._repr_mimebundle_()
    assert bundle["image/svg+xml"].startswith("<svg")
    assert bundle["text/plain"] == difference.sentence
    for ending in ("svg", "png", "md", "csv"):
        assert difference.save(tmp_path / f"d.{ending}").stat().st_size > 100
    with pytest.raises(FileError, match="can only end in"):
        difference.save(tmp_path / "d.pdf")


def test_a_difference_says_why_a_model_is_a_list(model: keras.Model) -> None:
    difference = fp.diff(model, Empty())
    assert difference.notes == fp.draw(Empty()).notes
    assert not fp.diff(Untraced(), Untraced(), inputs=(None, 4)).notes
    assert difference.notes[0] in difference._repr_mimebundle_()["text/plain"]


def test_a_model_is_built_from_a_preset_a_link_a_dict_and_a_file(tmp_path: Path) -> None:
    architecture = presets.load("wide_and_deep")
    path = tmp_path / "wide.json"
    path.write_text(architecture.json_text())
    sources = (
        "wide_and_deep",
        share(architecture),
        json.loads(architecture.json_text()),
        path,
        str(path),
    )
    counts = [fp.build(source).count_params() for source in sources]
    assert counts == [1207] * len(sources)
    with pytest.raises(SpecError, match="wide_and_deep"):
        fp.build("wide_and_deeper")
    with pytest.raises(SpecError, match=r"a dict or a file \(int\)"):
        fp.build(3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"`missing` can't be read: No such file"):
        fp.load("missing")


def test_the_base_install_holds_what_each_name_imports() -> None:
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({LEFT_OUT}))\n"
        "from fusion_playground import *"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


@pytest.mark.parametrize(
    ("words", "ends", "error"),
    [
        ([], 2, 'sqlalchemy). Install them with pip install "fusion-playground[app]"'),
        (["status"], 2, '(sqlalchemy). Install them with pip install "fusion-playground[app]"'),
        (["render", "wide_and_deep", "-o", "-"], 2, "there is no keras"),
        (["link", "wide_and_deep"], 0, ""),
    ],
)
def test_what_needs_packages_of_the_app_says_so(words: list[str], ends: int, error: str) -> None:
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({LEFT_OUT}))\n"
        "from fusion_playground.__main__ import main as launch\n"
        "from components.__main__ import main as command\n"
        f"words = {words}; sys.exit((command if words else launch)(words))"
    )
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode == ends, answer.stderr
    assert error in answer.stderr
    assert "Traceback" not in answer.stderr


def test_open_starts_one_app_and_the_browser_at_the_model(
    model: keras.Model, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened: list[str] = []
    served = "import sys, http.server as h; h.test(h.BaseHTTPRequestHandler, port=int(sys.argv[1]))"
    monkeypatch.setenv(DATA_FOLDER, str(tmp_path))
    monkeypatch.setattr(webbrowser, "open", opened.append)
    monkeypatch.setattr(
        opening, "server_command", lambda host, port: [sys.executable, "-c", served, str(port)]
    )
    addresses = [fp.open(model), fp.open(model)]
    ((process, port),) = opening._apps
    if hasattr(os, "getpgid"):  # A notebook that interrupts a cell does so to its kernel's group.
        assert os.getpgid(process.pid) != os.getpgid(0)
    process.terminate()
    process.wait()
    assert opened == addresses
    tokens = [address.partition(f"http://127.0.0.1:{port}/Viewer?graph=")[2] for address in opened]
    assert [read_handed_over(token).name for token in tokens] == ["small", "small"]
    monkeypatch.setattr(opening, "server_command", lambda *_: [sys.executable, "-c", "exit(3)"])
    with pytest.raises(ServerError, match="ended with code 3"):
        fp.open(model)
