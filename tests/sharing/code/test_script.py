"""Exported scripts: they run on their own, build the same model, and train to the same loss."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from components.base.errors import ShapeError, SpecError
from components.experiments.training.requests import RunRequest, Settings
from components.experiments.training.schedules import rate
from components.models.analysis.trials import example_merge, example_part
from components.models.architecture.architecture import Architecture, parse
from components.models.architecture.builder import build, sketch
from components.models.encoders import ENCODERS
from components.models.inputs import INPUTS
from components.models.inputs.base import encoders_for
from components.models.language.fields import Setting
from components.models.language.fields import settings as fields_of
from components.models.merges import MERGES
from components.sharing.code.python_text import (
    Brackets,
    CallText,
    assignment,
    flat,
    literal,
    variables,
)
from components.sharing.code.script import Script, script, script_of
from components.sharing.code.training_code import _rate
from sample_data.content import presets
from sample_data.loading.sources import load
from sample_data.loading.sources import parse as parse_data
from sample_data.own.saving import arrays_of, save_npz
from tests import matrix
from tests.experiments.training.support import train
from tests.fresh import FreshPython
from tests.originals import ORIGINALS
from tests.strategies import architectures, borrows, fitting_architectures


@pytest.fixture(scope="module")
def fresh() -> Iterator[FreshPython]:
    """Start one interpreter for the scripts of all tests."""
    with FreshPython() as fresh:
        yield fresh


FORMAT, CHECK = ("format", "--check", "--diff"), ("check", "--select", "E4,E7,E9,F,I")


def ruff(folder: Path, *commands: tuple[str, ...]) -> None:
    """Check that ruff, with its default settings, changes nothing and finds no fault."""
    for words in commands or (FORMAT, CHECK):
        command = [sys.executable, "-m", "ruff", *words, "--isolated", "--no-cache", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def check(
    fresh: FreshPython,
    scripts: Mapping[str, tuple[Script, str]],
    folder: Path,
    weights: bool = False,
) -> None:
    """Check that all scripts run in a fresh process, build the expected models, and pass ruff."""
    assert scripts
    for name, (exported_script, _) in scripts.items():
        (folder / f"{name}.py").write_text(exported_script.text, encoding="utf-8")
    ruff(folder)
    for name, (_, wanted) in scripts.items():
        model = fresh.run(folder / f"{name}.py", weights)["model"]
        assert {**model, "compile_config": {}} == json.loads(wanted), name


def exported(architecture: Architecture, **more: Any) -> tuple[Script, str]:
    blueprint = build(architecture)
    made = script(architecture, graph=blueprint.graph, **more)
    lines = made.text.splitlines()
    assert set(made.lines) == {node.id for node in blueprint.graph.nodes}
    for node, places in made.lines.items():
        keras_name = blueprint.graph[node].keras_name
        text = "\n".join(lines[place - 1] for place in places)
        unnamed = blueprint.graph[node].operation or blueprint.graph[node].shares
        assert unnamed or f'name="{keras_name}"' in text
    return made, blueprint.model.to_json()


def one_input(kind: str, encoder: Mapping[str, Any]) -> Architecture:
    inputs = [{"name": "x", "kind": kind, "encoder": dict(encoder)}]
    trunk = {"depth": 1, "units": 4, "dropout": 0.1}
    heads = [{"name": "y", "kind": "binary", "source": "trunk"}]
    return parse({"inputs": inputs, "merges": [], "trunk": trunk, "heads": heads})


def merged(kind: str) -> Architecture:
    """Return a model with the strategy on inputs that it accepts, and a vector as its result."""
    found = example_merge(kind)
    if len(example_part(kind).shape) == 1:
        return found
    data = found.data()
    data["merges"][-1]["then"] = {"kind": "pooling"}
    return parse(data)


def test_presets_and_every_merge(fresh: FreshPython, tmp_path: Path) -> None:
    check(fresh, {f"merge_{kind}": exported(merged(kind)) for kind in MERGES}, tmp_path)
    (tmp_path / "presets").mkdir()
    presets_ = {name: exported(presets.load(name)) for name in ("wide_and_deep", "two_tower")}
    check(fresh, presets_, tmp_path / "presets", weights=True)


@pytest.mark.matrix
def test_every_preset(fresh: FreshPython, tmp_path: Path) -> None:
    """Create weights and compile in the scripts of the original presets too."""
    for folder, names in (("first", ORIGINALS), ("others", set(presets.names()) - {*ORIGINALS})):
        (tmp_path / folder).mkdir()
        scripts = {name: exported(presets.load(name)) for name in sorted(names)}
        check(fresh, scripts, tmp_path / folder, weights=folder == "first")


def test_every_encoder(fresh: FreshPython, tmp_path: Path) -> None:
    """Change as many options at once as are compatible."""
    kinds = {kind: name for name, i in INPUTS.items() for kind in encoders_for(i.form)}
    scripts: dict[str, tuple[Script, str]] = {}
    for kind, input_kind in kinds.items():
        for fields in [] if borrows(kind) else [*varied(input_kind, kind), {}]:
            with suppress(SpecError):
                scripts[kind] = exported(one_input(input_kind, {"kind": kind, **fields}))
                break
    assert scripts.keys() == {kind for kind in ENCODERS if not borrows(kind)}
    check(fresh, scripts, tmp_path)


@pytest.mark.matrix
def test_every_option_of_every_encoder(fresh: FreshPython, tmp_path: Path) -> None:
    scripts: dict[str, tuple[Script, str]] = {}
    seen: set[str] = set()
    for input_kind, concept in INPUTS.items():
        for kind in encoders_for(concept.form):
            if borrows(kind):
                continue
            for fields in [{}, *([] if kind in seen else varied(input_kind, kind))]:
                with suppress(SpecError):
                    architecture = one_input(input_kind, {"kind": kind, **fields})
                    scripts[f"{input_kind}_{kind}_{len(scripts)}"] = exported(architecture)
            seen.add(kind)
    assert len(scripts) > 2 * len(ENCODERS)
    check(fresh, scripts, tmp_path)


def varied(input_kind: str, kind: str) -> list[dict[str, Any]]:
    """Return sets of fields with other values than the default, several at once if they are
    compatible.
    """
    options = {field.name: others(field) for field in fields_of(ENCODERS[kind])}
    rounds: list[dict[str, Any]] = []
    for values in zip_longest(*options.values()):
        fields = {n: v for n, v in zip(options, values, strict=True) if v is not None}
        try:
            one_input(input_kind, {"kind": kind, **fields})
            rounds.append(fields)
        except SpecError:
            rounds += [{name: value} for name, value in fields.items()]
    return rounds


def others(field: Setting) -> list[Any]:
    if field.type == "choice":
        return [option for option in field.options if option != field.default]
    if field.type == "bool":
        return [not field.default]
    if field.type == "float":
        return [0.25]
    return [min(int(field.maximum or 2), int(field.default or 0) + 1)] * (field.type == "int")


@pytest.mark.matrix
@pytest.mark.parametrize("fitting", [True, False])
def test_any_architecture(fitting: bool, fresh: FreshPython, tmp_path: Path) -> None:
    scripts: dict[str, tuple[Script, str]] = {}

    @settings(
        max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(fitting_architectures() if fitting else architectures())
    def collect(architecture: Architecture) -> None:
        try:
            scripts[f"any_{len(scripts)}"] = exported(architecture)
        except ShapeError:
            with pytest.raises(SpecError, match="shape errors"):
                script(architecture, graph=sketch(architecture).graph)

    collect()
    check(fresh, scripts, tmp_path)


PADDED: dict[str, Any] = {
    "name": "padded",
    "inputs": [
        {"name": "ids", "kind": "tokens", "vocabulary": 30, "length": 8,
         "encoder": {"kind": "bidirectional", "units": 6, "embedding": 6, "dropout": 0.2,
                     "projection": 8}},
        {"name": "history", "kind": "vector", "features": 5,
         "encoder": {"kind": "dense", "units": 8, "normalization": "batch"}},
    ],
    "merges": [{"name": "fusion", "kind": "gated", "units": 8, "sources": ["ids", "history"],
                "source_dropout": 0.1}],
    "trunk": {"depth": 1, "units": 8, "dropout": 0.1},
    "heads": [
        {"name": "yes", "kind": "binary", "source": "trunk"},
        {"name": "amount", "kind": "regression", "source": "history", "loss_weight": 0.5},
    ],
}  # fmt: skip
SIAMESE: dict[str, Any] = {
    "name": "siamese",
    "inputs": [
        {"name": "right", "kind": "image", "height": 8, "width": 8,
         "encoder": {"kind": "shared", "branch": "left"}},
        {"name": "left", "kind": "image", "height": 8, "width": 8,
         "encoder": {"kind": "conv2d", "filters": 4, "projection": 8}},
    ],
    "merges": [{"name": "fusion", "kind": "absolute_difference", "sources": ["left", "right"]}],
    "heads": [{"name": "same", "kind": "multiclass", "classes": 3, "source": "fusion"}],
}  # fmt: skip


def test_names_of_operations_are_given_by_keras_as_it_is_public(
    fresh: FreshPython, tmp_path: Path
) -> None:
    """Include names that Keras would give twice: the first mean of a model is called `mean`."""
    spec = merged("gated_residual").data()
    first, *_ = [input_["name"] for input_ in spec["inputs"]]
    renamed = parse(json.loads(json.dumps(spec).replace(f'"{first}"', '"mean"')))
    made = {
        "mean": exported(renamed),
        "film": exported(presets.load("film_reasoning")),
        "padded": exported(parse(PADDED)),
    }
    check(fresh, made, tmp_path)
    assert all("operations = {" in one.text for one, _ in made.values())
    assert not any("._" in one.text for one, _ in made.values())


LOSSES: list[tuple[Any, dict[str, Any], str, str]] = [
    (PADDED, {"schedule": "cosine", "warmup_epochs": 1, "clip_norm": 0.5, "optimizer": "adamw"},
     "additive:noise=0.5", ""),
    (SIAMESE, {"seed": 3}, "additive:noise=0.5", "marked"),
    (SIAMESE, {"class_weights": "balanced", "patience": 2, "restore_best": True, "seed": 3},
     "additive:noise=0.5", "file"),
    (SIAMESE, {}, "missing:p=0.5", ""),
    (SIAMESE, {}, "missing:p=0.5,of=xor", "file"),
    (SIAMESE, {}, "missing:p=0.5,absent_in_training=true", ""),
]  # fmt: skip


@pytest.mark.parametrize(("data", "given", "asked", "own"), matrix.cases(LOSSES, LOSSES[:1]))
def test_the_script_ends_in_the_loss_of_the_run(
    data: Any, given: Any, asked: str, own: str, fresh: FreshPython, tmp_path: Path
) -> None:
    architecture, source = parse(data), parse_data(asked, 110, 1)
    dataset = load(architecture, source)
    if own == "marked":
        dataset = replace(dataset, held=np.arange(dataset.samples) % 3 == 0)
    save_npz(tmp_path / "data.npz", arrays_of(dataset, source))
    request = RunRequest(
        architecture=architecture,
        data=str(tmp_path / "data.npz") if own else source,
        settings=Settings(epochs=4, batch_size=16, learning_rate=0.01, **given),
    )
    (tmp_path / "script.py").write_text(script_of(request).text, encoding="utf-8")
    ruff(tmp_path)
    fitted = fresh.run(tmp_path / "script.py")["history"]
    epochs = train(request, lambda _: None, lambda: False).history
    for name in ("loss", "val_loss"):
        assert [epoch.logs[name] for epoch in epochs] == pytest.approx(fitted[name], rel=1e-4)
    assert (tmp_path / f"{architecture.name}.keras").exists()


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"schedule": "linear"}, "return LEARNING_RATE * (1 - epoch / EPOCHS)"),
        ({"schedule": "step", "decay_epochs": 3}, "LEARNING_RATE * 0.5 ** math.floor(epoch / 3)"),
        ({"schedule": "exponential", "warmup_epochs": 2}, "0.5 ** ((epoch - 2) / 5)"),
        ({"validation_share": 0.0}, "trained = np.sort(rows)"),
        ({"validation_share": 0.0, "patience": 1}, 'EarlyStopping("loss", mode="min", patience=1)'),
        ({"optimizer": "momentum"}, "SGD(learning_rate=LEARNING_RATE, momentum=0.9)"),
    ],
)
def test_the_script_contains_only_changed_settings(
    given: dict[str, Any], wanted: str, tmp_path: Path
) -> None:
    architecture, data = presets.load("wide_and_deep"), parse_data("xor:noise=0.5", 300, 2)
    text = script(architecture, Settings(**given), data).text
    (tmp_path / "script.py").write_text(text, encoding="utf-8")
    ruff(tmp_path)
    assert wanted in text
    assert wanted not in script(architecture, data=data).text
    assert "python -m components data xor:noise=0.5 --arch wide_and_deep" in text


def test_rates_are_those_of_the_run() -> None:
    for schedule in ("cosine", "linear", "exponential", "step"):
        asked = Settings(schedule=schedule, warmup_epochs=2, epochs=9, decay_epochs=2)
        text = "\n".join(_rate(asked))
        space = {"math": math, "LEARNING_RATE": asked.learning_rate, "EPOCHS": 9}
        exec(text, space)
        rates = [space["rate"](epoch, 0.0) for epoch in range(9)]  # type: ignore[operator]
        assert rates == pytest.approx([rate(asked, epoch) for epoch in range(9)])


def test_variables_are_names_that_python_leaves_free() -> None:
    wanted = ["class", "l", "input", "model", "a" * 70, "a" * 60, "fusion", "input_"]
    found = variables({name: name for name in wanted}, {"model"})
    assert len(set(found.values())) == len(wanted)
    assert found["class"] == "class_"
    assert found["l"] == "l_"
    assert found["model"] == "model_"
    assert found["fusion"] == "fusion"
    assert all(len(name) <= 48 and name.isidentifier() for name in found.values())


def test_values_are_written_as_a_person_writes_them() -> None:
    assert literal(-1e9) == "-1e9"
    assert literal(0.1) == "0.1"
    assert literal("relu") == '"relu"'
    assert flat(Brackets("()", ("3",))) == "(3,)"


def test_adapters_have_their_reason_in_a_comment() -> None:
    vector = {"kind": "vector", "encoder": {"kind": "passthrough"}}
    inputs = [{"name": "a", "features": 4, **vector}, {"name": "b", "features": 6, **vector}]
    merge = {"name": "m", "kind": "add", "sources": ["a", "b"], "fit": "smallest"}
    head = {"name": "y", "kind": "binary", "source": "m"}
    made = script(parse({"inputs": inputs, "merges": [merge], "heads": [head]}))
    (place,) = made.lines["m_fit_b"]
    comment = "# From 6 to 4: Add wants equal widths, and the smallest is 4."
    assert made.text.splitlines()[place - 2] == comment
    assert "import numpy" not in made.text


def test_long_calls_break_where_ruff_breaks_them(tmp_path: Path) -> None:
    arguments = [("x" * 26,), ("x" * 26, "y" * 40), ("x" * 40, "y" * 44)]
    sizes = [(4, 8), (30, 30), (44, 46), (48, 49), (48, 30), (30, 49)]
    lines = [
        line
        for name, called in sizes
        for args in arguments
        for line in assignment("a" * name, CallText("f" * called, args))
    ]
    (tmp_path / "script.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    ruff(tmp_path, FORMAT)
