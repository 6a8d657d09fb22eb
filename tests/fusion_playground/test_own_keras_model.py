"""The page *Your own Keras model*: each block of its Python, run as it is written."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers as K

from components.base.paths import ROOT
from components.experiments.races.setup import Race
from tests.readme_example import blocks


@pytest.fixture
def names() -> dict[str, Any]:
    """Return the names that the page supposes a person to have."""
    rng = np.random.default_rng(0)
    users, films = rng.normal(size=(40, 12)), rng.normal(size=(40, 20))
    labels = (users[:, 0] * films[:, 0] > 0).astype(int)
    return {
        "model": model(K.Concatenate(name="merge")),
        "other": model(K.Multiply(name="merge")),
        "users": users,
        "films": films,
        "liked": labels,
        "images": rng.random((40, 8, 8, 1)),
        "texts": rng.integers(1, 30, (40, 7)),
        "labels": labels,
        "inputs": {"user": users, "film": films},
        "patients": [f"P{number // 4}" for number in range(40)],
    }


def model(merge: Any) -> keras.Model:
    user, film = keras.Input((12,), name="user"), keras.Input((20,), name="film")
    joined = merge([K.Dense(8, name="taste")(user), K.Dense(8, name="style")(film)])
    return keras.Model([user, film], K.Dense(1, activation="sigmoid")(joined), name="films")


def test_each_block_of_the_page_runs_as_it_says(
    names: dict[str, Any],
    raced: list[Race],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    draw, count, contribute, pays = blocks(ROOT / "docs" / "own_keras_model.md")

    run(draw, names)
    assert names["picture"]._repr_mimebundle_()["image/svg+xml"].startswith("<svg")
    assert Path("model.pdf").read_bytes().startswith(b"%PDF")

    pictures, sentence = run(count, names)[-2:]
    printed = capsys.readouterr().out
    assert f"{names['model'].count_params():,}" in printed
    assert all(
        word in printed for word in ("user", "taste (Dense)", "Parameters", "FLOPs", "Activations")
    )
    assert pictures._repr_mimebundle_()["image/svg+xml"].startswith("<svg")
    assert "Concatenate → Multiply" in sentence

    (found,) = run(contribute, names)
    assert found.price in capsys.readouterr().err
    assert re.search(r"[\d,]+ rows to predict, .+ m?s\.$", found.price)
    assert set(found.table["input"]) >= {"user", "film"}
    assert "It does not say" in found._repr_mimebundle_()["text/html"]

    for sentence in run(pays, names):
        assert sentence.startswith("Fusion pays")
    assert len(raced) == 2


def run(block: str, names: dict[str, Any]) -> list[Any]:
    """Run a block as cells of a notebook, and return the values of its expressions."""
    values: list[Any] = []
    for statement in ast.parse(block).body:
        if isinstance(statement, ast.Expr):
            values.append(eval(ast.unparse(statement), names))
        else:
            exec(ast.unparse(statement), names)
    return values
