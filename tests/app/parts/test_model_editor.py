from __future__ import annotations

import copy
from collections.abc import Callable

import pytest

from components.app.parts.editor import drafts, edits
from components.app.parts.editor.drafts import Draft
from components.app.parts.editor.model_editor import PAGE, UNDO_STEPS, ModelEditor
from components.base.errors import ShapeError, SpecError
from components.models.architecture.builder import build
from sample_data.content import presets


@pytest.fixture
def editor() -> ModelEditor:
    return ModelEditor.of(presets.load("image_text_relevance"))


def put(*path: str | int, value: object) -> Callable[[Draft], None]:
    return lambda draft: drafts.put(draft, path, value)


def keys(editor: ModelEditor, part: str) -> list[str]:
    return [item["key"] for item in editor.draft[part]]


def test_invalid_change_keeps_what_was_valid(editor: ModelEditor) -> None:
    before = editor.valid
    editor.edit(put("inputs", 0, "height", value=0))
    editor.check(build)
    assert isinstance(editor.error, SpecError)
    assert editor.error.where == ("inputs", 0, "height")
    assert editor.valid is before
    editor.edit(put("inputs", 0, "height", value=32))
    editor.check(build)
    assert editor.error is None
    assert editor.valid != before


def test_shapes_are_checked_only_where_keras_is_there(editor: ModelEditor) -> None:
    before = editor.valid
    editor.edit(put("merges", 0, "kind", value="add"))
    editor.edit(put("inputs", 0, "encoder", "projection", value=3))
    editor.check(build)
    assert isinstance(editor.error, ShapeError)
    assert editor.valid is before
    editor.check(None)
    assert editor.error is None
    assert editor.valid.inputs[0].encoder.projection == 3


def test_undo_stops_at_the_start_and_a_change_ends_what_could_be_redone(
    editor: ModelEditor,
) -> None:
    before = copy.deepcopy(editor.draft)
    for units in (8, 16):
        editor.edit(put("trunk", "units", value=units))
    for _ in range(3):
        editor.undo()
    assert editor.draft == before
    for units in (8, 16, 16):
        editor.redo()
        assert editor.draft["trunk"]["units"] == units
    editor.undo()
    editor.edit(put("trunk", "units", value=32))
    editor.redo()
    assert editor.draft["trunk"]["units"] == 32


def test_an_edit_changes_the_page_once_no_branch_lacks_a_head() -> None:
    """Expect a redraw of the menu of heads, which then no longer offers a head for each branch."""
    editor = ModelEditor.of(presets.load("wide_and_deep"))
    output, auxiliary = keys(editor, "heads")
    change = editor.edit_and_check(put("heads", 1, "source", value="wide"), build)
    assert drafts.headless(editor.draft) == ["deep"]
    assert change.parts == {auxiliary}
    change = editor.edit_and_check(put("heads", 0, "source", value="deep"), build)
    assert drafts.headless(editor.draft) == []
    assert change.parts == {output, PAGE}


def test_failed_and_empty_changes_are_no_steps(editor: ModelEditor) -> None:
    before = copy.deepcopy(editor.draft)
    editor.edit(put("trunk", "units", value=editor.draft["trunk"]["units"]))
    with pytest.raises(IndexError):
        editor.edit(lambda draft: edits.remove_input(draft, 7))
    assert editor.draft == before
    assert editor.past == []


def test_the_number_of_undo_steps_is_limited(editor: ModelEditor) -> None:
    for units in range(1, UNDO_STEPS + 11):
        editor.edit(put("trunk", "units", value=units))
    for _ in range(UNDO_STEPS + 11):
        editor.undo()
    assert editor.draft["trunk"]["units"] == 10


def test_opening_another_architecture_can_be_undone(editor: ModelEditor) -> None:
    editor.selected = "fusion_concatenate"
    before = editor.draft
    editor.open(presets.load("wide_and_deep"))
    editor.check(None)
    assert editor.valid.name == "wide_and_deep"
    assert editor.selected is None
    editor.undo()
    editor.check(None)
    assert editor.draft == before
    assert editor.valid.name == "image_text_relevance"


def test_keys_are_unique_and_stay_with_their_parts(editor: ModelEditor) -> None:
    image, text = keys(editor, "inputs")
    editor.edit(lambda draft: edits.move(draft, "inputs", 0, 1))
    assert keys(editor, "inputs") == [text, image]
    editor.edit(lambda draft: edits.rename(draft, "inputs", 0, "words"))
    editor.edit(lambda draft: edits.set_kind(draft, "inputs", 0, "tokens"))
    editor.edit(lambda draft: edits.duplicate_input(draft, 0))
    first, second, third = keys(editor, "inputs")
    assert (first, third) == (text, image)
    every = [key for part in ("inputs", "merges", "heads") for key in keys(editor, part)]
    assert second not in (text, image)
    assert len(every) == len(set(every))
    assert not set(every) & set(keys(ModelEditor.of(editor.valid), "inputs"))


@pytest.mark.parametrize(
    ("name", "width"),
    [("siamese_digits", 128), ("image_text_relevance", None), ("independent_predictions", None)],
)
def test_source_width_is_that_of_a_merge_of_equal_shapes(name: str, width: int | None) -> None:
    assert ModelEditor.of(presets.load(name)).source_width() == width


def removed(editor: ModelEditor, part: str, index: int) -> str:
    """Remove a part, and return the sentence about the removal, which disappears with the next
    change.
    """
    remove = {"inputs": edits.remove_input, "merges": edits.remove_merge}[part]
    editor.remove(part, keys(editor, part)[index], lambda draft: remove(draft, index))
    sentence = editor.removal
    editor.undo()
    assert editor.removal == ""
    return sentence


def test_a_removal_says_what_else_goes_with_it(editor: ModelEditor) -> None:
    assert removed(editor, "inputs", 1) == (
        "The input `text` was removed, and with it the merge `fusion`: a merge needs two sources. "
        "The head `relevance` now reads `image`."
    )
    assert removed(editor, "merges", 0) == (
        "The merge `fusion` was removed. The head `relevance` now reads `image`."
    )
    editor.edit(lambda draft: edits.add_input(draft, "vector"))
    assert removed(editor, "inputs", 2) == "The input `vector` was removed."
    for _ in range(2):
        editor.edit(lambda draft: edits.remove_input(draft, 0))
    assert removed(editor, "inputs", 0) == ""
