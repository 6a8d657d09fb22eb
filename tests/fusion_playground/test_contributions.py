"""The function `fp.contributions`: contributions of a person's own model in a notebook."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers as K

import fusion_playground as fp
from components.base.errors import DataError, FileError, SpecError
from components.experiments.inspection.basis.results import parse_inspection
from sample_data.core.arrays import Array

RNG = np.random.default_rng(7)
X = {"age": RNG.normal(size=(50, 1)), "image": RNG.normal(size=(50, 2))}
Y = (X["age"][:, 0] * X["image"][:, 0] > 0).astype(int)


def model(x: dict[str, Array]) -> Array:
    chance: Array = 1 / (1 + np.exp(-3 * x["age"][:, 0] * x["image"][:, 0]))
    return chance


@pytest.fixture(scope="module")
def found() -> fp.Contributions:
    return fp.contributions(model, X, Y)


def test_a_notebook_shows_charts_sentences_and_their_limits(
    found: fp.Contributions,
) -> None:
    bundle = found._repr_mimebundle_()
    assert bundle["text/html"].count("<img ") == 2
    for text in ("It does not say", "Shapley share", "<code>age</code>"):
        assert text in bundle["text/html"]
    assert all(sentence in bundle["text/plain"] for sentence in found.sentences)


def test_a_notebook_without_our_rules_aligns_the_cells_left(found: fp.Contributions) -> None:
    html = found._repr_mimebundle_()["text/html"]
    cells = re.findall(r"<t[hd]\b[^>]*>", html)
    assert cells
    assert all("text-align: left" in cell and "padding" in cell for cell in cells)
    assert "<style" not in html


def test_the_price_is_printed(capsys: Any) -> None:
    found = fp.contributions(model, X, Y)
    assert found.price in capsys.readouterr().err


@pytest.mark.parametrize("ending", ["svg", "png", "csv", "txt", "json"])
def test_it_is_saved_in_every_format(found: fp.Contributions, ending: str, tmp_path: Path) -> None:
    assert found.save(tmp_path / f"found.{ending}").stat().st_size > 500


def test_the_json_is_that_of_an_inspection(found: fp.Contributions, tmp_path: Path) -> None:
    text = found.save(tmp_path / "found.json").read_text("utf-8")
    assert parse_inspection(text) == found.inspection


def test_another_ending_and_theme_are_refused(found: fp.Contributions, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"\.svg"):
        found.save(tmp_path / "found.bmp")
    with pytest.raises(SpecError):
        fp.contributions(model, X, Y, theme="pink")  # type: ignore[arg-type]


@pytest.mark.parametrize("limit", ["a", None, 0, float("nan")])
def test_a_time_limit_is_a_number_of_seconds(limit: Any) -> None:
    with pytest.raises(DataError, match="a number of seconds above 0"):
        fp.contributions(model, X, Y, time_limit=limit)


def test_the_table_has_a_row_for_each_number(found: fp.Contributions) -> None:
    table = found.table.set_index(["measure", "input"])["value"]
    (head,) = found.heads.values()
    shares = table["Shapley share"].sum()
    assert shares == pytest.approx(head.quality - head.nothing)


def test_an_xray_shows_the_diagram_the_spaces_and_what_is_read(tmp_path: Path) -> None:
    inputs = {name: keras.Input(array.shape[1:], name=name) for name, array in X.items()}
    joined = K.Concatenate()([K.Dense(4)(one) for one in inputs.values()])
    found = fp.xray(keras.Model(inputs, K.Dense(1, activation="sigmoid")(joined)), X, Y, sample=3)
    assert found._repr_mimebundle_()["text/html"].count("<img ") == 2
    assert found.text.startswith("Sample 3.")
    assert len(found.table) >= 5
    for ending in ("svg", "png", "csv"):
        assert found.save(tmp_path / f"x.{ending}").stat().st_size > 200
