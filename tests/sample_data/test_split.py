"""Held-out rows of own data: their choice, and that nothing is learned from them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from components.base.errors import DataError
from components.experiments.training.data_split import load_and_split
from components.experiments.training.requests import RunRequest, Settings, settings_for
from sample_data import own
from sample_data.own import DataTable, RowSplit, held_rows, split_warnings

ROWS = 40
TEXT = "\n".join(
    [
        "patient,day,x,city,note,label",
        *(
            f"P{i // 4},2024-01-{1 + i % 20:02},{1.5 * i},{'Oslo' if i % 3 == 1 else 'Rome'},"
            f"word{i} seen,{i % 2}"
            for i in range(ROWS)
        ),
    ]
)


def table(text: str = TEXT) -> DataTable:
    return own.read(text.encode(), "mine.csv")


def prepared(given: DataTable, split: RowSplit) -> own.Prepared:
    architecture = own.propose(given)
    return own.prepare(given, architecture, own.propose_mapping(given, architecture), split)


def test_no_group_is_on_both_sides() -> None:
    given = table()
    held = held_rows(given, RowSplit(by="group", column="patient"))
    groups = given.column("patient").values
    assert not set(groups[held]) & set(groups[~held])
    assert 0.2 <= held.mean() <= 0.3


def test_the_last_rows_are_held_out_and_those_of_one_time_stay_together() -> None:
    given = table()
    held = held_rows(given, RowSplit(by="time", column="day", share=0.3))
    days = given.column("day").values
    assert days[held].min() > days[~held].max()
    assert held.sum() == 12


def test_another_split_seed_holds_out_other_rows() -> None:
    one, other = (held_rows(table(), RowSplit(seed=seed)) for seed in (0, 1))
    assert one.sum() == other.sum() == ROWS / 4
    assert (one != other).any()


@pytest.mark.parametrize(
    ("split", "sentence"),
    [
        (RowSplit(by="group"), "Choose the column that names groups"),
        (RowSplit(by="time", column="city"), "needs dates or numbers"),
        (RowSplit(by="group", column="same"), "at least two"),
        (RowSplit(by="time", column="one"), "at least two times"),
        (RowSplit(by="file"), "no file of held-out rows"),
    ],
)
def test_a_column_that_cannot_divide_the_rows_is_refused(split: RowSplit, sentence: str) -> None:
    lines = TEXT.splitlines()
    given = table("\n".join([f"same,one,{lines[0]}", *(f"a,1,{line}" for line in lines[1:])]))
    with pytest.raises(DataError, match=sentence):
        held_rows(given, split)


def test_means_and_words_come_from_training_rows_alone() -> None:
    ready = prepared(table(), RowSplit(by="time", column="x"))
    held = ready.dataset.held
    assert held is not None
    x = 1.5 * np.arange(ROWS)
    scale = next(s for scales in ready.about.scales.values() for s in scales if s.column == "x")
    assert scale.mean == pytest.approx(x[~held].mean())
    assert scale.deviation == pytest.approx(x[~held].std())
    words = {word for names in ready.about.ids.values() for word in names}
    assert "word0" in words
    assert f"word{ROWS - 1}" not in words


def test_a_category_of_held_out_rows_alone_gets_no_id() -> None:
    lines = TEXT.splitlines()
    new = "\n".join([*lines[:-1], lines[-1].replace("Rome", "Lima")])
    ready = prepared(table(new), RowSplit(by="time", column="x"))
    assert ready.about.ids["city"] == ("Oslo", "Rome")
    assert any("no training row has became" in note for note in ready.about.notes)


def test_a_class_that_only_held_out_rows_have_is_noted() -> None:
    text = "x,label\n" + "\n".join(
        f"{1.5 * i},{'new' if i == 39 else 'ab'[i % 2]}" for i in range(40)
    )
    ready = prepared(table(text), RowSplit(by="time", column="x"))
    assert "Only held-out rows have `new` of `label`." in ready.about.notes


def test_a_run_seed_never_changes_the_rows(tmp_path: Path) -> None:
    given = table()
    ready = prepared(given, RowSplit(by="group", column="patient"))
    path = str(own.keep(ready, tmp_path, "mine"))
    splits = [
        load_and_split(
            RunRequest(architecture=own.propose(given), data=path, settings=Settings(seed=seed))
        )[0]
        for seed in (0, 1)
    ]
    assert splits[0].held.tolist() == splits[1].held.tolist()
    assert (
        splits[0].held.tolist()
        == np.flatnonzero(held_rows(given, RowSplit(by="group", column="patient"))).tolist()
    )
    assert splits[0].shuffled().tolist() != splits[1].shuffled().tolist()


def test_a_file_without_marked_rows_holds_out_the_same_for_each_seed(tmp_path: Path) -> None:
    given = table()
    ready = prepared(given, RowSplit())
    path = tmp_path / "bare.npz"
    np.savez(path, **ready.dataset.inputs, **ready.dataset.targets)  # type: ignore[arg-type]
    for seed in (0, 7):
        settings = Settings(seed=seed, validation_share=0.4)
        asked = RunRequest(architecture=own.propose(given), data=str(path), settings=settings)
        split, _ = load_and_split(asked)
        assert len(split.held) == 16
        assert split.held.tolist() == np.flatnonzero(held_rows(given, RowSplit(share=0.4))).tolist()


def test_an_array_file_can_mark_its_held_out_rows() -> None:
    file = io.BytesIO()
    marks = np.arange(30) % 3 == 0
    np.savez(file, x=np.arange(30) * 0.5, label=np.arange(30) % 2, _held=marks)
    given = own.read(file.getvalue(), "mine.npz")
    assert given.names == ("x", "label")
    assert held_rows(given, RowSplit(by="file")).tolist() == marks.tolist()


def test_validation_turned_off_never_trains_on_held_out_rows(tmp_path: Path) -> None:
    given = table()
    path = str(own.keep(prepared(given, RowSplit()), tmp_path, "mine"))
    asked = RunRequest(
        architecture=own.propose(given), data=path, settings=Settings(validation_share=0)
    )
    split, _ = load_and_split(asked)
    assert (len(split.trained), len(split.held)) == (30, 0)
    assert settings_for(asked.settings, path).validation_share == 0.25


def test_columns_that_look_like_groups_or_dates_are_warned_of() -> None:
    sentences = split_warnings(table(), RowSplit())
    assert "patient" in sentences[0]
    assert "day" in sentences[1]
    assert len(split_warnings(table(), RowSplit(by="group", column="patient"))) == 1
    assert not split_warnings(own.read(b"x,y\n1,0\n2,1\n3,0\n4,1\n", "plain.csv"), RowSplit())
