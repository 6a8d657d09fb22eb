from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
from hypothesis import given, settings

from components.core.errors import ShapeError, SpecError
from components.model.builder import build
from components.model.spec import Architecture
from components.ui.kit import edits
from components.ui.kit.edits import Draft, plain
from components.ui.kit.model_editor import REMEMBERED, Workbench, parts
from sample_data import presets
from tests.strategies import architectures


@pytest.fixture
def bench() -> Workbench:
    return Workbench.of(presets.load("image_text_relevance"))


def put(*path: str | int, value: object) -> Callable[[Draft], None]:
    return lambda draft: edits.put(draft, path, value)


def keys(bench: Workbench, part: str) -> list[str]:
    return [key for _, key, _ in parts(bench.draft, part)]


@settings(max_examples=20)
@given(architectures())
def test_starts_with_its_architecture(spec: Architecture) -> None:
    bench = Workbench.of(spec)
    bench.settle(None)
    assert (bench.valid, bench.error) == (spec, None)
    assert plain(bench.draft) == edits.drafted(spec)


def test_valid_change_is_taken(bench: Workbench) -> None:
    bench.edit(put("trunk", "units", value=8))
    bench.settle(build)
    assert bench.error is None
    assert bench.valid.trunk.units == 8


def test_invalid_change_keeps_what_was_valid(bench: Workbench) -> None:
    before = bench.valid
    bench.edit(put("inputs", 0, "height", value=0))
    bench.settle(build)
    assert isinstance(bench.error, SpecError)
    assert bench.error.where == ("inputs", 0, "height")
    assert bench.valid is before
    bench.edit(put("inputs", 0, "height", value=32))
    bench.settle(build)
    assert bench.error is None
    assert bench.valid != before


def test_shapes_are_checked_only_where_keras_is_there(bench: Workbench) -> None:
    before = bench.valid
    bench.edit(put("merges", 0, "kind", value="add"))
    bench.edit(put("inputs", 0, "encoder", "projection", value=3))
    bench.settle(build)
    assert isinstance(bench.error, ShapeError)
    assert bench.valid is before
    bench.settle(None)
    assert bench.error is None
    assert bench.valid.inputs[0].encoder.projection == 3  # type: ignore[attr-defined]


def test_failure_that_is_no_error_of_ours_is_not_hidden(bench: Workbench) -> None:
    def broken(architecture: Architecture) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        bench.settle(broken)


def test_undo_and_redo_go_back_and_forth(bench: Workbench) -> None:
    drafts = [bench.draft]
    for units in (8, 16, 24):
        bench.edit(put("trunk", "units", value=units))
        drafts.append(bench.draft)
    for expected in (*drafts[-2::-1], drafts[0]):
        bench.undo()
        assert bench.draft == expected
    for expected in (*drafts[1:], drafts[-1]):
        bench.redo()
        assert bench.draft == expected


def test_change_after_undo_forgets_what_was_undone(bench: Workbench) -> None:
    bench.edit(put("trunk", "units", value=8))
    bench.undo()
    bench.edit(put("trunk", "units", value=16))
    bench.redo()
    assert bench.draft["trunk"]["units"] == 16


def test_change_does_not_reach_into_the_past(bench: Workbench) -> None:
    before = copy.deepcopy(bench.draft)
    bench.edit(lambda draft: edits.add_input(draft, "vector"))
    bench.undo()
    assert bench.draft == before


def test_change_of_nothing_is_no_step(bench: Workbench) -> None:
    bench.edit(put("trunk", "units", value=bench.draft["trunk"]["units"]))
    assert bench.past == []


def test_failed_change_leaves_the_draft_alone(bench: Workbench) -> None:
    before = copy.deepcopy(bench.draft)
    with pytest.raises(IndexError):
        bench.edit(lambda draft: edits.remove_input(draft, 7))
    assert bench.draft == before
    assert bench.past == []


def test_only_so_many_steps_are_remembered(bench: Workbench) -> None:
    for units in range(1, REMEMBERED + 11):
        bench.edit(put("trunk", "units", value=units))
    for _ in range(REMEMBERED + 11):
        bench.undo()
    assert bench.draft["trunk"]["units"] == 10


def test_opening_another_architecture_can_be_undone(bench: Workbench) -> None:
    bench.selected = "fusion_concatenate"
    before = bench.draft
    bench.open(presets.load("wide_and_deep"))
    bench.settle(None)
    assert (bench.valid.name, bench.selected) == ("wide_and_deep", None)
    bench.undo()
    bench.settle(None)
    assert bench.draft == before
    assert bench.valid.name == "image_text_relevance"


def test_keys_are_unique_and_stay_with_their_parts(bench: Workbench) -> None:
    image, text = keys(bench, "inputs")
    bench.edit(lambda draft: edits.move(draft, "inputs", 0, 1))
    assert keys(bench, "inputs") == [text, image]
    bench.edit(lambda draft: edits.rename(draft, "inputs", 0, "words"))
    bench.edit(lambda draft: edits.set_kind(draft, "inputs", 0, "tokens"))
    bench.edit(lambda draft: edits.duplicate_input(draft, 0))
    first, second, third = keys(bench, "inputs")
    assert (first, third) == (text, image)
    every = [key for part in ("inputs", "merges", "heads") for key in keys(bench, part)]
    assert second not in (text, image)
    assert len(every) == len(set(every))


def test_two_sessions_have_different_keys(bench: Workbench) -> None:
    other = Workbench.of(bench.valid)
    assert not set(keys(bench, "inputs")) & set(keys(other, "inputs"))


@pytest.mark.parametrize(
    ("name", "width"),
    [("siamese_digits", 128), ("image_text_relevance", None), ("independent_predictions", None)],
)
def test_width_wanted_is_that_of_a_merge_of_equal_shapes(name: str, width: int | None) -> None:
    assert Workbench.of(presets.load(name)).width_wanted() == width
