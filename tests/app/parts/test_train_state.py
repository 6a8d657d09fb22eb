"""The state of the Train page: own data, reset, and the proposal of a quick first run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components.app.parts.editor.train_state import Own, TrainState
from components.base.errors import DataError
from components.experiments.training.requests import Settings
from sample_data import own
from sample_data.loading.synthetic import DataSpec
from sample_data.own import Prepared
from sample_data.relations import RELATIONS
from tests.app.pages.examples import pair


def test_own_data_without_a_file_says_so() -> None:
    with pytest.raises(DataError, match="No data file"):
        TrainState(source="own").chosen_data(pair())


def keep_in(folder: Path) -> Callable[[Prepared, str], Path]:
    return lambda prepared, title: own.keep(prepared, folder, title)


def test_own_data_is_kept_once_for_a_model_and_mapping(tmp_path: Path) -> None:
    rows = "\n".join(f"{i % 7},{i % 5},{i % 3},{i % 2}" for i in range(60))
    table = own.read(f"a_x,a_y,b,label\n{rows}".encode(), "mine.csv")
    state = TrainState(source="own", own=Own(table, keep_in(tmp_path)))
    proposed = state.fitting
    assert proposed is not None
    path = state.chosen_data(proposed)
    assert path == state.chosen_data(proposed)
    assert [str(p) for p in tmp_path.glob("*.npz")] == [path]
    with pytest.raises(DataError):
        state.chosen_data(pair(features=9))
    Path(str(path)).unlink()
    assert Path(str(state.chosen_data(proposed))).exists(), "A file that made room is kept again."


def test_a_mapping_of_another_model_is_not_used(tmp_path: Path) -> None:
    rows = "\n".join(f"{i % 7},{i % 5},{i % 2}" for i in range(60))
    table = own.read(f"left,right,y\n{rows}".encode(), "mine.csv")
    chosen = Own(table, keep_in(tmp_path))
    chosen.mapping = own.propose_mapping(table, chosen.proposed)
    mapped = chosen.mapped(pair())
    assert set(mapped.inputs) == {"left", "right"}
    assert mapped.inputs["left"].columns == ("left",)


def test_reset_keeps_runs_and_files() -> None:
    changed = TrainState(source="collection", relation="xor", run="abc")
    changed.settings["epochs"] = 3
    changed.reset()
    assert (changed.source, changed.run, changed.settings["epochs"]) == ("relation", "abc", 20)


@pytest.mark.parametrize(
    "wrong",
    [
        {"source": "cloud"},
        {"relation": "unheard_of"},
        {"settings": {"epochs": 0}},
        {"proposed": {"epochs": "few"}},
        {"file": {"name": None}},
        {"colors": {"a": "violet"}},
    ],
)
def test_a_form_that_cannot_be_read_changes_nothing(wrong: dict[str, Any]) -> None:
    changed = TrainState()
    changed.use(DataSpec(relation=RELATIONS["additive"](), samples=40))
    changed.use_settings(Settings(epochs=3))
    state = TrainState()
    assert not state.restore({**changed.form(), **wrong})
    assert state == TrainState()


def test_the_chosen_runs_survive_a_reload_and_a_reset() -> None:
    state, reloaded = TrainState(selected=("a", "b"), overlaid=("a",)), TrainState()
    assert reloaded.restore(state.form())
    reloaded.reset()
    assert (reloaded.selected, reloaded.overlaid) == (("a", "b"), ("a",))


def test_the_lines_of_runs_keep_their_colours_after_a_reload() -> None:
    state, reloaded = TrainState(run="first"), TrainState()
    state.give_colors(["first"])
    state.run, state.overlaid = "second", ("first",)
    state.give_colors(["second", "first"])
    assert state.colors["second"] != state.colors["first"]
    assert reloaded.restore(json.loads(json.dumps(state.form())))
    reloaded.give_colors(["second", "first"])
    assert reloaded.colors == state.colors


def test_a_form_has_the_colours_of_the_runs_in_the_charts_alone() -> None:
    state = TrainState(run="shown", colors={"shown": 2, "before": 1})
    assert state.form()["colors"] == {"shown": 2}


def test_a_form_of_before_colours_were_kept_is_read() -> None:
    form = TrainState(overlaid=("a",)).form()
    del form["colors"]
    reloaded = TrainState()
    assert reloaded.restore(form)
    assert reloaded.overlaid == ("a",)


def test_a_proposal_survives_a_reload_and_data_and_settings_of_a_link_stay() -> None:
    state, reloaded = TrainState(), TrainState()
    state.propose(300, 5)
    assert reloaded.restore(state.form())
    reloaded.propose(500, 8)
    assert (reloaded.data["samples"], reloaded.settings["epochs"]) == (500, 8)
    reloaded.use(DataSpec(relation=RELATIONS["xor"](), samples=500))
    reloaded.use_settings(Settings(epochs=8))
    reloaded.propose(300, 5)
    assert (reloaded.data["samples"], reloaded.settings["epochs"]) == (500, 8)
