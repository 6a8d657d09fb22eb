from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import keras
import numpy as np
import pytest

from components.__main__ import main
from components.base.paths import ROOT
from components.base.versions import PLAN
from components.experiments.training.requests import Settings
from components.models.architecture import schema
from components.models.architecture.architecture import MOST_BYTES
from components.models.architecture.builder import build
from components.models.drawing import caption, diagram
from components.models.drawing.diagram_svg import page_size
from components.models.drawing.options import DiagramOptions
from components.models.drawing.palette import DARK
from components.sharing.code.script import script
from components.sharing.formats import PICTURES
from components.sharing.links.link import LinkContent, parse_link, share
from sample_data.collections import COLLECTIONS
from sample_data.content import applications, presets
from sample_data.core.dataset import load_npz
from sample_data.loading.sources import parse as parse_data
from sample_data.relations import RELATIONS
from tests.experiments.queue.trains_here import train_here
from tests.experiments.races.support import two_vectors

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def trains_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train in this process; a matrix test covers a separate one."""
    train_here(monkeypatch)


@pytest.fixture
def tiny(tmp_path: Path) -> str:
    """Return the path of a small architecture."""
    path = tmp_path / "tiny.json"
    path.write_text(two_vectors("multiply").json_text())
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
    """Return the only line on standard error of a call that ends with code 2."""
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


def test_presets_and_schema_are_printed(capsys: Capture) -> None:
    assert main(["presets"]) == 0
    assert capsys.readouterr().out.splitlines() == list(presets.names())
    assert main(["schema"]) == 0
    assert capsys.readouterr().out == schema.text_of(schema.schema())
    assert main(["schema", "plan"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == f"Plan, version {PLAN.number}"


def test_the_version_is_that_of_the_package(capsys: Capture) -> None:
    assert main(["--version"]) == 0
    found = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert capsys.readouterr().out == f"{found['project']['version']}\n"


def test_link_stands_for_the_architecture(capsys: Capture) -> None:
    assert main(["link", "wide_and_deep"]) == 0
    token = capsys.readouterr().out.strip()
    assert parse_link(token) == LinkContent(presets.load("wide_and_deep"))
    assert main(["link", token, "--url", "https://fusion.example/"]) == 0
    address = capsys.readouterr().out.strip()
    assert address == f"https://fusion.example/?m={token}"
    assert main(["summary", address]) == 0
    assert 'Model: "wide_and_deep"' in capsys.readouterr().out


@pytest.mark.usefixtures("trains_here")
def test_data_and_settings_of_a_link_are_trained_on(capsys: Capture, tiny: str) -> None:
    wanted = ["--data", "xor:noise=0.2", "--samples", "64", "--seed", "3", "--epochs", "1"]
    assert main(["link", tiny, *wanted]) == 0
    token = capsys.readouterr().out.strip()
    shared = parse_link(token)
    assert shared.data == parse_data("xor:noise=0.2", 64, 3)
    assert shared.settings == Settings(seed=3, epochs=1)
    assert main(["train", token, "--json"]) == 0
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (report["seed"], report["epochs"], report["report"]["held"]) == (3, 1, 16)
    assert main(["link", token, "--epochs", "2"]) == 0
    changed = parse_link(capsys.readouterr().out.strip())
    assert (changed.data, changed.settings) == (shared.data, Settings(seed=3, epochs=2))


MAGIC = {"svg": b"<svg ", "png": b"\x89PNG\r\n\x1a\n", "pdf": b"%PDF-", "zip": b"PK"}


@pytest.mark.parametrize("ending", [*PICTURES, "PDF", "zip"])
def test_render_by_the_ending(tmp_path: Path, ending: str) -> None:
    output = tmp_path / f"picture.{ending}"
    look = ["--theme", "print", "--level", "blocks", "--no-shapes"]
    look += ["--legend"] * ("legend" not in getattr(PICTURES.get(ending), "lacks", ()))
    words = ["--title", "A model", "--caption", "--no-transparent"]
    assert main(["render", "wide_and_deep", "-o", str(output), *look, *words]) == 0
    made = output.read_bytes()
    assert made.startswith(MAGIC.get(ending.lower(), b""))
    if ending == "zip":
        with zipfile.ZipFile(output) as archive:
            held = {"README.md", "wide_and_deep.py", "wide_and_deep.ipynb"}
            assert held <= set(archive.namelist())
    if ending == "svg":
        texts = ElementTree.fromstring(made.decode()).iter("{http://www.w3.org/2000/svg}tspan")
        shown = " ".join(text.text or "" for text in texts)
        assert "A model" in shown
        assert caption.text(build(presets.load("wide_and_deep")).graph)[:20] in shown


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("-o DIR/x.mmd --fit page", "Mermaid files can't have `fit`"),
        ("-o DIR/x.mmd --legend", "Mermaid files can't have `legend`"),
        ("-o DIR/x.dot --legend", "DOT files can't have `legend`"),
        ("-o DIR/x.pdf --page A4 --width 85", "can have `width` only with `page=fit`"),
        ("-o DIR/x.svg --level blocks --no-repeats", "only at the levels layers and everything"),
        ("-o DIR/x.svg --level volumes --no-repeats", "only at the levels layers and everything"),
    ],
)
def test_options_without_effect_are_reported(
    capsys: Capture, tmp_path: Path, words: str, sentence: str
) -> None:
    options = words.replace("DIR", str(tmp_path)).split()
    assert sentence in refused(capsys, "render", "wide_and_deep", *options)


def test_diff_of_our_models_and_of_keras(capsys: Capture, tmp_path: Path) -> None:
    """Compare the text with that of `difference_report` and the pictures with those of
    `difference`.
    """
    assert main(["diff", "wide_and_deep", "two_tower"]) == 0
    assert capsys.readouterr().out.startswith("### wide_and_deep → two_tower\n\nLayers that differ")
    file = tmp_path / "keras.json"
    file.write_text(applications.text("MobileNetV3Small"))
    assert main(["diff", str(file), "MobileNetV3Small", "-o", str(tmp_path / "same.md")]) == 0
    assert "Nothing differs." in (tmp_path / "same.md").read_text()
    for ending in ("csv", "svg", "png"):
        output = tmp_path / f"difference.{ending}"
        assert main(["diff", "wide_and_deep", "wide_and_deep", "-o", str(output)]) == 0
        assert output.read_bytes().startswith(MAGIC.get(ending, b"Change,"))


@pytest.fixture(scope="module")
def keras_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the file of a Keras model made outside the playground."""
    import keras

    x, y = keras.Input((4,), name="x"), keras.Input((3,), name="y")
    z = keras.layers.Dense(2, name="end")(keras.layers.Concatenate()([x, y]))
    path = tmp_path_factory.mktemp("keras") / "model.keras"
    keras.Model([x, y], z, name="theirs").save(path)
    return str(path)


def test_a_keras_file_is_drawn_summed_up_recorded_and_compared(
    capsys: Capture, tmp_path: Path, keras_file: str
) -> None:
    for command, ending in (("render", "svg"), ("record", "md"), ("diff", "csv")):
        output = tmp_path / f"out.{ending}"
        others = ["MobileNetV3Small"] if command == "diff" else []
        assert main([command, keras_file, *others, "-o", str(output)]) == 0
        assert "Concatenate" in output.read_text()
    capsys.readouterr()
    assert main(["summary", keras_file]) == 0
    assert "| **Total** |  |  |  | **16** |" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("code", "needs an architecture of the playground"),
        ("train", "needs an architecture of the playground"),
        ("compare --merges all", "needs an architecture of the playground"),
        ("record --latency -o DIR/x.md", "Leave `--latency` out"),
        ("render -o DIR/x.zip", "Write one picture"),
    ],
)
def test_a_use_that_a_keras_file_does_not_allow_is_reported(
    capsys: Capture, tmp_path: Path, keras_file: str, words: str, sentence: str
) -> None:
    command, *options = words.replace("DIR", str(tmp_path)).split()
    assert sentence in refused(capsys, command, keras_file, *options)


def test_a_picture_is_fitted_to_a_page(tmp_path: Path) -> None:
    layers = [keras.layers.Dense(4) for _ in range(75)]
    (tmp_path / "tall.json").write_text(keras.Sequential([keras.Input((4,)), *layers]).to_json())
    heights = []
    for fit in ([], ["--fit", "page"]):
        output = tmp_path / "tall.svg"
        assert main(["render", str(tmp_path / "tall.json"), "-o", str(output), *fit]) == 0
        heights.append(page_size(output.read_text())[1])
    assert heights[0] > 4_000
    assert heights[1] < 2_000


def test_pictures_have_a_background_unless_asked(tmp_path: Path) -> None:
    output = tmp_path / "picture.svg"
    look = ["render", "wide_and_deep", "-o", str(output), "--level", "blocks", "--theme", "dark"]
    assert main([*look, "--width", "120"]) == 0
    filled = output.read_text()
    assert 'width="120mm"' in filled
    assert main([*look, "--transparent"]) == 0
    assert DARK.page.lower() in filled.lower()
    assert DARK.page.lower() not in output.read_text().lower()


def test_code_is_the_script(capsys: Capture, tmp_path: Path) -> None:
    assert main(["code", "wide_and_deep"]) == 0
    made = capsys.readouterr().out
    assert made == script(presets.load("wide_and_deep")).text
    for name in ("model.PY", "model.ipynb"):
        assert main(["code", "wide_and_deep", "-o", str(tmp_path / name)]) == 0
    assert (tmp_path / "model.PY").read_text() == made
    assert json.loads((tmp_path / "model.ipynb").read_text())["nbformat"] == 4
    wanted = ["--data", "xor", "--samples", "64", "--epochs", "2"]
    assert main(["link", "wide_and_deep", *wanted]) == 0
    token = capsys.readouterr().out.strip()
    assert main(["code", "wide_and_deep", *wanted]) == 0
    trained = capsys.readouterr().out
    assert trained != made
    assert main(["code", token]) == 0
    assert capsys.readouterr().out == trained


def test_dot_is_rendered_with_its_options(tmp_path: Path) -> None:
    output = tmp_path / "picture.dot"
    wanted = ["--horizontal", "--theme", "dark", "--output", str(output)]
    assert main(["render", "wide_and_deep", *wanted]) == 0
    graph = build(presets.load("wide_and_deep")).graph
    assert output.read_text() == diagram.dot(
        graph, DiagramOptions("horizontal", theme="dark", transparent=False)
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Missing command"),
        (["nothing"], "nothing"),
        (["summary"], "MODEL"),
        (["summary", "wide_and_depp"], "Did you mean `wide_and_deep`?"),
        (["summary", "no/such/file.json"], "No such file"),
        (["summary", "."], "which is a folder"),
        (["render", "wide_and_deep"], "-o"),
        (["render", "wide_and_deep", "-o", "x.gif"], "`.svg`, `.png`, `.pdf`"),
        (["render", "wide_and_deep", "-o", "x.png", "--width", "84"], "PNG files can't have"),
        (["render", "wide_and_deep", "-o", "x.zip", "--width", "84"], "A zip can't have --width"),
        (["render", "wide_and_deep", "-o", "x.svg", "--width", "nan"], "nan"),
        (["render", "wide_and_deep", "-o", "x.pdf", "--page", "A3"], "A3"),
        (["render", "wide_and_deep", "-o", "x.svg", "--level", "atoms"], "atoms"),
        (["render", "a", "-o", "x.svg", "--direction", "vertical", "--horizontal"], "not both"),
        (["render", "wide_and_deep", "-o", "x.pdf", "--title", "\u6a21"], "\u6a21"),
        (["code", "wide_and_deep", "-o", "x.txt"], "`.py` and `.ipynb`"),
        (["train", "wine", "--data", "wine", "-o", "x.h5"], "`.keras`"),
        (["train", "wine", "--data", "wine", "-o", "no/such/x.keras"], "There is no folder"),
        (["train", "wide_and_deep"], "--data"),
        (["train", "wide_and_deep", "--data", "xr"], "`xor`"),
        (["train", "wide_and_deep", "--data", "no/such/file.npz"], "no such file (file.npz)"),
        (["train", "wide_and_deep", "--data", "xor", "--difficulty", "1.5"], "from 0 to 1"),
        (["train", "wine", "--data", "wine", "--difficulty", "0.5"], "Leave `--difficulty` out."),
        (["train", "wine", "--data", "x.npz", "--samples", "9"], "Leave `--samples` out"),
        (["summary", "http://localhost:8501/Train"], "?m="),
        (["summary", "a\0b"], "There is no preset"),
        (["link", "wide_and_deep", "--data", "own.npz"], "can't contain your own file"),
        (["link", "wide_and_deep", "--epochs", "0"], "epochs"),
        (["link", "wide_and_deep", "--samples", "100"], "Add `--data`"),
        (["link", "wide_and_deep", "--url", "\udcff"], "'--url': ? is not text in UTF-8."),
        (["record", "wine", "-o", "x.md", "--why", "a\ud800"], "'--why': a? is not text in UTF-8."),
        (["data"], "data --list"),
        (["data", "xor"], "no FILE"),
        (["data", "xor", "-o", "x.npz"], "Add `--arch`"),
        (["data", "xor", "--arch", "wine", "-o", "x.npy"], "can only end in `.npz`"),
        (["data", "wine", "-o", "-"], "can only end in `.npz`"),
        (["data", "xor", "--arch", "wine", "-o", "no/such/x.npz"], "There is no folder"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_wrong_call_is_reported_on_one_line(
    capsys: Capture, arguments: list[str], sentence: str
) -> None:
    assert sentence in refused(capsys, *arguments)


@pytest.mark.parametrize(
    "words",
    [
        "code ARCH -o DIR/x.py",
        "diff ARCH ARCH -o DIR/x.svg",
        "render ARCH -o DIR/x.svg",
        "record ARCH -o DIR/x.md",
        "train ARCH --data xor -o DIR/x.keras",
        "data xor --arch ARCH -o DIR/x.npz",
        "inspect ARCH --data xor --xray 1 -o DIR/x.svg",
        "compare ARCH --data xor --merges all --csv DIR/x.csv",
    ],
)
def test_a_file_that_can_not_be_written_is_refused_before_anything_is_read(
    capsys: Capture, words: str
) -> None:
    assert "There is no folder" in refused(capsys, *words.replace("DIR", "/no/such").split())


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Return a function that sends text to standard input."""

    def typed(content: bytes) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))

    return typed


def test_standard_input_holds_json_or_a_link(
    capsys: Capture, typed: Callable[[bytes], None], tmp_path: Path
) -> None:
    """Read JSON or a link from standard input, and from a file too."""
    architecture = presets.load("wide_and_deep")
    for text in (
        architecture.json_text(),
        share(architecture),
        f"https://play.example/?m={share(architecture)}\n",
    ):
        typed(text.encode())
        assert main(["link", "-"]) == 0
        assert capsys.readouterr().out.strip() == share(architecture)
        (tmp_path / "model.txt").write_text(text)
        assert main(["link", str(tmp_path / "model.txt")]) == 0
        assert capsys.readouterr().out.strip() == share(architecture)
    typed(applications.text("MobileNetV3Small").encode())
    assert main(["diff", "-", "MobileNetV3Small"]) == 0
    assert "Nothing differs." in capsys.readouterr().out
    typed(b"")
    assert "Standard input needs to hold" in refused(capsys, "summary", "-")


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        (["render", "wide_and_deep"], b"<svg"),
        (["render", "wide_and_deep", "--format", "png"], b"\x89PNG"),
        (["render", "wide_and_deep", "--format", "zip"], b"PK"),
        (["record", "wide_and_deep", "--format", "md"], b"#"),
        (["code", "wide_and_deep"], b'"""'),
        (["code", "wide_and_deep", "--format", "ipynb"], b"{"),
        (["diff", "wide_and_deep", "wide_and_deep", "--format", "csv"], b"Change,"),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, list) else "",
)
def test_standard_output_has_the_first_format_or_the_requested_one(
    capfdbinary: pytest.CaptureFixture[bytes], words: list[str], begins: bytes
) -> None:
    assert main([*words, "-o", "-"]) == 0
    assert capfdbinary.readouterr().out.startswith(begins)


def test_file_that_is_no_architecture(capsys: Capture, tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    for text, sentence in (
        ("{", "This text is not JSON (line 1, column 2 can't be read)."),
        ("[]", "model in JSON"),
        ("hello", "This text is neither a model's JSON nor a share link (it begins with hello)."),
        (" " * (MOST_BYTES + 1), "at most 1 MB"),
    ):
        path.write_text(text)
        assert sentence in refused(capsys, "summary", str(path))


@pytest.mark.matrix
def test_train_ends_with_one_line_of_json(tiny: str) -> None:
    wanted = ["--data", "xor", "--epochs", "2", "--samples", "64", "--seed", "3", "--json"]
    more = ["--batch-size", "16", "--optimizer", "sgd", "--learning-rate", "0.1"]
    rest = ["--difficulty", "0", "--schedule", "cosine", "--restore-best"]
    done = called("train", tiny, *wanted, *more, *rest)
    assert done.returncode == 0, done.stderr[-2000:]
    result = json.loads(done.stdout.splitlines()[-1])
    assert (result["architecture"], result["status"], result["epochs"]) == ("tiny", "finished", 2)
    assert (result["parameters"], result["seed"]) == (77, 3)
    assert result["report"]["held"] == 16
    epochs = [line for line in done.stderr.splitlines() if "  loss " in line]
    assert [line[:3] for line in epochs] == ["1/2", "2/2"]


@pytest.mark.usefixtures("trains_here")
def test_train_prints_the_accuracy_and_the_best_possible_one(capsys: Capture, tiny: str) -> None:
    import keras

    output = Path(tiny).with_name("trained.keras")
    wanted = ["--data", "xor", "--epochs", "1", "--samples", "64", "-o", str(output)]
    assert main(["train", tiny, *wanted]) == 0
    assert keras.saving.load_model(output).count_params() == 77
    out = capsys.readouterr().out
    assert "After epoch 1, on 16 validation samples (" in out
    assert re.search(r"^y: loss [\d.]+  accuracy [\d.]+  auc [\d.]+$", out, re.MULTILINE)
    reached = r"^  accuracy: reached [\d.]+  chance 0\.500  a alone 0\.500  b alone 0\.500  "
    assert re.search(reached + r"additive 0\.500  Bayes optimum 1\.000$", out, re.MULTILINE)
    assert re.search(r"^  class +samples +precision +recall +f1$", out, re.MULTILINE)


@pytest.mark.usefixtures("trains_here")
def test_a_trained_model_goes_to_standard_output_and_its_report_beside(
    capfdbinary: pytest.CaptureFixture[bytes], tiny: str
) -> None:
    wanted = ["--data", "xor", "--epochs", "1", "--samples", "64", "-o", "-"]
    assert main(["train", tiny, *wanted]) == 0
    out, err = capfdbinary.readouterr()
    assert out.startswith(b"PK")
    assert b"After epoch 1, on 16 validation samples (" in err


@pytest.mark.usefixtures("trains_here")
def test_train_on_a_collection_names_its_classes(capsys: Capture) -> None:
    assert main(["train", "wine", "--data", "wine", "--epochs", "1", "--samples", "60"]) == 0
    out = capsys.readouterr().out
    first = COLLECTIONS["wine"]().about.classes["cultivar"][0]
    assert re.search(rf"^  {first} +\d+ ", out, re.MULTILINE)
    assert "chance" not in out


@pytest.mark.usefixtures("trains_here")
def test_downloaded_data_trains_to_the_same_numbers(capsys: Capture, tiny: str) -> None:
    output = Path(tiny).with_name("taken.npz")
    of_data = ["--samples", "64", "--seed", "3", "--difficulty", "0.5"]
    assert main(["data", "xor:noise=0.2", "--arch", tiny, "-o", str(output), *of_data]) == 0
    assert capsys.readouterr().out == f"{output}: 64 samples of `a`, `b` and `y`\n"
    with np.load(output) as taken:
        shapes = {name: taken[name].shape for name in taken.files}
    assert shapes == {"a": (64, 8), "b": (64, 8), "y": (64, 1)}
    results = []
    for data in (["xor:noise=0.2", *of_data], [str(output), "--seed", "3"]):
        assert main(["train", tiny, "--epochs", "2", "--json", "--data", *data]) == 0
        results.append(json.loads(capsys.readouterr().out.splitlines()[-1]))
    assert results[0]["metrics"] == results[1]["metrics"]
    assert results[0]["report"]["heads"] == results[1]["report"]["heads"]
    assert results[0]["ceilings"]
    assert not results[1]["ceilings"]


def test_a_trained_model_predicts_rows_of_generated_data(
    trains_here: None, capsys: Capture, tiny: str, tmp_path: Path
) -> None:
    model, rows, out = (str(tmp_path / name) for name in ("m.keras", "rows.npz", "out.csv"))
    quick = ["--samples", "40", "--seed", "1"]
    assert main(["train", tiny, "--data", "xor", "--epochs", "1", *quick, "-o", model]) == 0
    assert main(["data", "xor", "--arch", tiny, *quick, "-o", rows]) == 0
    capsys.readouterr()
    assert main(["predict", model, rows, "-o", out]) == 0
    assert capsys.readouterr().err == f"Wrote {out}.\n"
    header, *lines = Path(out).read_text().splitlines()
    label = header.split(",")[0]
    assert header == f"{label},{label}: 0,{label}: 1,note"
    assert len(lines) == 40
    Path(rows).write_bytes(b"")
    missing, unread = str(tmp_path / "no"), "The file can't be read"
    for wrong, table, said in (
        (tiny, rows, "is not a '.keras' file"),
        (missing, rows, unread),
        (model, missing, unread),
        (model, rows, "is damaged, or not a .npz file"),
    ):
        assert main(["predict", wrong, table]) == 2
        assert said in capsys.readouterr().err


def test_data_is_not_overwritten_unasked(capsys: Capture, tiny: str) -> None:
    output = Path(tiny).with_name("taken.npz")
    wanted = ["data", "xor", "--arch", tiny, "-o", str(output), "--samples", "20"]
    assert main([*wanted, "--seed", "1"]) == 0
    before = output.read_bytes()
    capsys.readouterr()
    assert "add `--force`" in refused(capsys, *wanted, "--seed", "2")
    assert output.read_bytes() == before
    assert main([*wanted, "--seed", "2", "--force"]) == 0
    assert output.read_bytes() != before
    assert [path.name for path in output.parent.glob("*.npz")] == ["taken.npz"]


def test_data_of_a_collection_needs_no_architecture(capsys: Capture, tmp_path: Path) -> None:
    output = tmp_path / "wine.npz"
    assert main(["data", "wine", "-o", str(output)]) == 0
    assert "cultivar" in capsys.readouterr().out
    assert load_npz(output, COLLECTIONS["wine"]().architecture).samples == 178


def test_data_too_large_for_the_memory_is_refused(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUSION_MEMORY_LIMIT", "100000")
    output = str(tmp_path / "x.npz")
    assert "Ask for less." in refused(capsys, "data", "xor", "--arch", "wine", "-o", output)


def test_a_file_whose_name_is_not_utf_8_is_written(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ["data", "xor", "--arch", "wide_and_deep", "--samples", "20", "-o", "\udcff.npz"]
    assert main(arguments) == 0
    assert capsys.readouterr().out.startswith("\ufffd.npz: 20 samples of")


def test_data_is_listed_with_a_line_each(capsys: Capture) -> None:
    assert main(["data", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [*RELATIONS, *COLLECTIONS]
    assert all(len(line.split()) > 3 for line in lines)


def test_a_file_that_does_not_fit_is_reported_before_training(capsys: Capture, tiny: str) -> None:
    path = Path(tiny).with_name("own.npz")
    np.savez(path, a=np.zeros((20, 8)), b=np.zeros((20, 4)), y=np.zeros(20))
    assert "(20, 4)" in refused(capsys, "train", tiny, "--data", str(path))
