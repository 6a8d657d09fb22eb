"""Labels of units: orders that are given or guessed, and notes on them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from components.base.errors import DataError
from components.experiments.inspection.outputs import OutputFacts, OwnOutput, output_of
from components.experiments.inspection.unit_labels import UnitLabels, classes_by_name
from sample_data.core.arrays import Array

RNG = np.random.default_rng(4)
UNITS = RNG.integers(0, 4, size=60)
LEVELS = np.array(["low", "mid", "high", "top"])


def read(y: Any, width: int = 4, units: Array = UNITS, classes: Any = ()) -> OwnOutput:
    """Return the reading of labels, for a model that predicts `units` surely."""
    outputs = np.eye(width)[units] if width > 1 else units.astype(float)
    return output_of("out", outputs, y, None, OutputFacts(classes=tuple(classes)))


def is_read(output: OwnOutput, units: Array) -> bool:
    return bool((output.truths[0] == units).all())


@pytest.mark.parametrize(
    ("y", "units", "sentence"),
    [
        (UNITS, UNITS, "are the numbers of its units."),
        (UNITS + 1, UNITS, "are counted from 1: unit 0 is `1`, 1 is `2`, 2 is `3`, 3 is `4`."),
        (UNITS.astype(object), UNITS, "are the numbers of its units."),
        (
            np.sort(LEVELS)[UNITS],
            UNITS,
            "in sorted order: unit 0 is `high`, 1 is `low`, 2 is `mid`",
        ),
        (np.eye(4)[UNITS], UNITS, "The columns of y are the units of `out`."),
    ],
    ids=["numbers", "from 1", "objects", "names", "one-hot"],
)
def test_a_note_says_which_label_is_which_unit(y: Array, units: Array, sentence: str) -> None:
    output = read(y)
    assert is_read(output, units)
    assert sentence in output.note


@pytest.mark.parametrize(
    ("y", "meaning"),
    [
        (UNITS[UNITS < 2] == 1, "a low `out` means `False`, a high one `True`"),
        (UNITS[UNITS < 2] + 1, "counted from 1: a low `out` means `1`, a high one `2`"),
        (np.array(["no", "yes"])[UNITS[UNITS < 2]], "a low `out` means `no`, a high one `yes`"),
    ],
)
def test_an_output_of_one_number_has_a_low_and_a_high_label(y: Array, meaning: str) -> None:
    assert meaning in read(y, 1, UNITS[UNITS < 2]).note


@pytest.mark.parametrize(("width", "start"), [(4, 1), (5, 0)])
def test_where_label_0_is_missing_the_model_tells_from_where_labels_count(
    width: int, start: int
) -> None:
    units = UNITS % 3 + (1 - start)
    output = read(units + start, width, units)
    assert is_read(output, units)
    assert "No sample has the label 0, so this is a guess" in output.note
    assert "for 100 % of 60 samples, and for 0 % if" in output.note


def test_a_model_that_does_not_tell_has_labels_from_0() -> None:
    assert is_read(read(UNITS % 3 + 1, 4, RNG.integers(0, 4, size=60)), UNITS % 3 + 1)


def test_given_classes_are_in_the_order_of_the_units() -> None:
    rows = UNITS < 3
    output = read(LEVELS[UNITS][rows], units=UNITS[rows], classes=LEVELS)
    assert is_read(output, UNITS[rows])
    assert output.note.endswith("unit 0 is `low`, 1 is `mid`, 2 is `high`, 3 is `top`.")


def test_an_order_that_fits_far_better_is_reported() -> None:
    output = read(LEVELS[UNITS])
    assert output.labels is not None
    note = output.labels.better(output.truths[0], UNITS)
    assert "far better: unit 0 is `low`, 1 is `mid`, 2 is `high`, 3 is `top`." in note
    assert "right for 100 % of 60 samples" in note


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_another_order_is_not_reported_for_errors_without_one(share: float) -> None:
    labels = UnitLabels("out", tuple(LEVELS))
    for seed in range(20):
        rng = np.random.default_rng(seed)
        truth = rng.integers(0, 4, size=200)
        predicted = np.where(rng.random(200) < share, truth, rng.integers(0, 4, size=200))
        assert not labels.better(truth, predicted)


def test_a_note_on_many_units_lists_the_first_and_the_last() -> None:
    note = read(np.arange(1, 101), 100, np.arange(100)).note
    assert note.endswith("unit 0 is `1`, 1 is `2`, 2 is `3`, …, 99 is `100`.")


def test_several_labels_of_a_sample_are_named() -> None:
    y = np.stack([UNITS > 1, UNITS > 0], axis=1)
    note = output_of("out", np.where(y, 0.9, 0.2), y).note
    assert note.startswith("`out` is read as 2 labels")


@pytest.mark.parametrize(
    ("y", "classes", "sentence"),
    [
        (LEVELS[UNITS % 3], (), "3 different labels"),
        (LEVELS[UNITS], LEVELS[:3], "its classes are 3 labels"),
        (UNITS, LEVELS, "0 has none"),
        (np.array(["low", None] * 30, object), (), "'low' and None"),
        (LEVELS[UNITS][:, None].repeat(4, axis=1), (), "texts in 4 columns"),
    ],
)
def test_labels_without_a_unit_are_refused(y: Array, classes: Any, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        read(y, classes=classes)


@pytest.mark.parametrize(
    ("classes", "names", "sentence"),
    [
        (["a", "b"], ["one", "two"], "one list of classes"),
        ({"on": ["a", "b"]}, ["one", "two"], "Did you mean `one`"),
        ("ab", ["one"], "the label of each unit"),
        (2, ["one"], "the label of each unit"),
        (["a", "b", "a"], ["one"], "a is there twice"),
    ],
)
def test_classes_need_the_form_of_labels_by_output(
    classes: Any, names: list[str], sentence: str
) -> None:
    with pytest.raises(DataError, match=sentence):
        classes_by_name(classes, names)
