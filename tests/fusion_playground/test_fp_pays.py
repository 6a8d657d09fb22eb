"""The function `pays`: the model that arrays become, and the text of its result. Nothing is
trained.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import fusion_playground as fp
from components.base.errors import DataError, PlaygroundError, RunError
from components.experiments.races.setup import Race
from fusion_playground.paying import _moments
from tests.fusion_playground.conftest import DATASETS

RNG = np.random.default_rng(0)
INPUTS = {
    "age": RNG.normal(size=60),
    "lab": RNG.normal(size=(60, 5)),
    "words": RNG.integers(1, 30, (60, 7)),
    "signal": RNG.normal(size=(60, 8, 2)),
    "scan": RNG.random((60, 8, 8, 1)),
    "site": np.where(RNG.random(60) < 0.5, "north", "south"),
}
LABELS = RNG.integers(0, 2, 60)


def test_kinds_follow_from_shapes_and_each_array_is_an_input(raced: list[Race]) -> None:
    found = fp.pays(INPUTS, LABELS, seeds=3)
    model = raced[0].architecture
    assert {branch.name: branch.kind for branch in model.inputs} == {  # type: ignore[attr-defined]
        "age": "vector",
        "lab": "vector",
        "words": "tokens",
        "signal": "timeseries",
        "scan": "image",
        "site": "categorical",
    }
    assert found.pays is True
    assert found.sentence.startswith("Fusion pays 25.0 ± 0.0 points over the best input alone")
    assert len(found.table) == 1 + len(raced[0].entries)
    assert found.sentence in found._repr_markdown_()
    assert "15 rows of the file are held out" in str(found).replace("\n", " ")


def test_a_kind_and_a_merge_can_be_named(raced: list[Race]) -> None:
    two = {name: INPUTS[name] for name in ("words", "lab")}
    fp.pays(two, LABELS, merge="gated", kinds={"words": "vector"}, seeds=3)
    assert [branch.kind for branch in raced[0].architecture.inputs] == ["vector", "vector"]  # type: ignore[attr-defined]
    assert raced[0].entries[0].text == "gated"


def test_numbers_can_name_categories(raced: list[Race]) -> None:
    ward = RNG.integers(0, 4, 60)
    fp.pays({"lab": INPUTS["lab"], "ward": ward}, LABELS, kinds={"ward": "categorical"}, seeds=3)
    assert [branch.kind for branch in raced[0].architecture.inputs] == ["vector", "categorical"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("inputs", "kinds", "rule"),
    [
        (INPUTS, {"lab": "sound"}, "one of the kinds"),
        (INPUTS, {"signal": "spectrogram"}, "Spectrograms and word vectors are time series"),
        (INPUTS, {"other": "vector"}, "one of the kinds"),
        ({**INPUTS, "y": LABELS}, {}, "can't be named y"),
    ],
)
def test_an_unusable_input_is_refused(
    raced: list[Race], inputs: dict[str, object], kinds: dict[str, str], rule: str
) -> None:
    with pytest.raises(ValueError, match=rule):
        fp.pays(inputs, LABELS, kinds=kinds)


def test_arrays_need_the_same_samples(raced: list[Race]) -> None:
    with pytest.raises(DataError):
        fp.pays({**INPUTS, "lab": RNG.normal(size=(59, 5))}, LABELS)


@pytest.mark.parametrize(
    ("inputs", "received"), [(LABELS, "a ndarray"), ({}, "by name"), ({"lab": LABELS}, "lab")]
)
def test_inputs_are_two_or_more_arrays_by_name(
    raced: list[Race], inputs: object, received: str
) -> None:
    with pytest.raises(DataError, match="two or more arrays by name") as caught:
        fp.pays(inputs, LABELS)  # type: ignore[arg-type]
    assert received in str(caught.value)


def test_whole_groups_or_the_last_samples_are_held_out(raced: list[Race]) -> None:
    two = {name: INPUTS[name] for name in ("age", "lab")}
    ward = RNG.integers(0, 10, 60)
    text = str(fp.pays(two, LABELS, groups=[f"w{one}" for one in ward], seeds=3))
    held = DATASETS[raced[0].digest].held
    assert held is not None
    assert not set(ward[held]) & set(ward[~held])
    assert "whole groups of `groups`" in text.replace("\n", " ")

    days = np.datetime64("2026-01-01") + RNG.permutation(60)
    fp.pays({**two, "time": INPUTS["signal"]}, LABELS, time=days, seeds=3)
    held = DATASETS[raced[1].digest].held
    assert held is not None
    assert 0 < held.sum() < 60
    assert days[held].min() > days[~held].max()


MOMENTS = [
    pd.Timestamp(f"2026-{1 + place // 28:02}-{1 + place % 28:02} 12:00") for place in range(60)
]


@pytest.mark.parametrize(
    "times",
    [
        np.arange(60) + np.datetime64("2026-01-01T12:00", "ns"),
        [f"2026-01-01 12:00:00.0000000{place}" for place in range(10, 70)],
        np.arange(60) + 2**60,
        [f"{time:%d.%m.%Y}" for time in MOMENTS],
        [f"{time.day}.{time.month}.{time.year}" for time in MOMENTS],
        pd.Series(MOMENTS).astype("string"),
        [time.tz_localize("Europe/Berlin") for time in MOMENTS],
        [pd.Timestamp("2026-01-01") + pd.Timedelta(place, "ns") for place in range(60)],
        [*MOMENTS[:30], *(time.isoformat().replace("2026", "3026") for time in MOMENTS[30:])],
    ],
    ids=[
        "ns",
        "ns-texts",
        "large",
        "dd.mm.yyyy",
        "d.m.yyyy",
        "string",
        "zone",
        "Timestamp",
        "3026",
    ],
)
def test_times_of_each_form_have_their_order(times: Any) -> None:
    order = RNG.permutation(60)
    shuffled = [list(times)[place] for place in order]
    assert _moments(shuffled).tolist() == order.tolist()
    assert np.isnan(_moments([None, *shuffled])[0])


def test_an_input_that_names_groups_gets_a_warning(raced: list[Race]) -> None:
    inputs = {"lab": INPUTS["lab"], "patient": [f"p{one % 20}" for one in range(60)]}
    found = fp.pays(inputs, LABELS, kinds={"patient": "categorical"}, seeds=3)
    assert "`patient` has 20 different values" in str(found).replace("\n", " ")
    assert "Give `pays` their `groups`" in str(found).replace("\n", " ")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"merge": None}, "`merge` needs the name of a strategy"),
        ({"merge": "gatde"}, "Did you mean `gated`"),
        ({"seeds": 2}, "A verdict on fusion needs at least 3 seeds"),
        ({"seeds": "many"}, "`seeds` of the race"),
        ({"seeds": 51}, "`seeds` of the race"),
        ({"inputs": {"lab": [[1.0], [1.0, 2.0]] * 30, "age": INPUTS["age"]}}, "several shapes"),
        ({"inputs": {"lab": INPUTS["lab"], "age": [None] * 60}}, "`age` needs"),
        ({"y": [[0], [0, 1]] * 30}, "`y` needs"),
        ({"time": ["soon"] * 60}, "`time` needs a number or a date"),
        ({"time": range(60), "groups": range(60)}, "Leave one of them out"),
        ({"groups": ["all"] * 60}, "at least two"),
        ({"groups": range(59)}, "one row for each sample"),
    ],
)
def test_a_wrong_argument_is_named_in_a_sentence(
    raced: list[Race], changed: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(PlaygroundError, match=sentence):
        fp.pays(**{"inputs": INPUTS, "y": LABELS, **changed})
    assert not raced


def test_epochs_that_can_not_be_are_refused(raced: list[Race]) -> None:
    with pytest.raises(RunError, match="`epochs`"):
        fp.pays(INPUTS, LABELS, epochs=0)
