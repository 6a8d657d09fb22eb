from __future__ import annotations

import copy
import itertools
import random
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.app.parts.editor import drafts, edits
from components.app.parts.editor.drafts import Draft, plain
from components.app.parts.editor.model_editor import ModelEditor
from components.base.errors import SpecError
from components.models.architecture.architecture import TRUNK, Architecture, Trunk, parse
from components.models.architecture.builder import build
from components.models.encoders import ENCODERS
from components.models.heads import HEADS
from components.models.inputs import INPUTS
from components.models.merges import MERGES
from components.models.merges.base import Merge
from sample_data.content import presets
from tests.originals import ORIGINALS
from tests.strategies import NAMES, architectures

Edit = Callable[[Draft], object]


def draft(name: str) -> Draft:
    return drafts.drafted(presets.load(name))


def names(parts: list[Draft]) -> list[str]:
    return [part["name"] for part in parts]


def reads(edited: Draft) -> dict[str, Any]:
    """Return the sources of all merges and heads of a draft."""
    merges = {merge["name"]: merge["sources"] for merge in edited["merges"]}
    return {**merges, **{head["name"]: head["source"] for head in edited["heads"]}}


def joined(*names: str, head: str = "m", **parts: Any) -> Draft:
    """Return a draft with vectors joined by a merge `m`, read by head `y`."""
    inputs = [{"name": name, "kind": "vector"} for name in names]
    merge = {"name": "m", "kind": "concatenate", "sources": list(names)}
    heads = [{"name": "y", "kind": "binary", "source": head}]
    return drafts.drafted(parse({"inputs": inputs, "merges": [merge], "heads": heads, **parts}))


def alone(kind_of_input: str, **encoder: Any) -> Draft:
    """Return a draft with an input `a`, its encoder, and a head `y`."""
    inputs = [{"name": "a", "kind": kind_of_input, "encoder": encoder}]
    heads = [{"name": "y", "kind": "binary", "source": "a"}]
    return drafts.drafted(parse({"inputs": inputs, "heads": heads}))


def every_edit(edited: Draft) -> list[Edit]:
    """Return every edit that the page offers for a draft."""
    every: list[Edit] = [
        edits.add_merge,
        edits.add_branch_heads,
        *(_bound(edits.add_input, kind) for kind in INPUTS),
        *(_bound(edits.add_head, kind) for kind in HEADS),
        *(_bound(edits.set_trunk_depth, depth) for depth in (0, 2)),
    ]
    removers = {
        "inputs": edits.remove_input, "merges": edits.remove_merge, "heads": edits.remove_head,
    }  # fmt: skip
    for part, registry in drafts.LISTS.items():
        for index in range(len(edited[part])):
            every.append(_bound(removers[part], index))
            every += [_bound(edits.rename, part, index, n) for n in ("renamed", TRUNK, "1 <b>")]
            every += [_bound(edits.move, part, index, by) for by in (-1, 1)]
            every += [_bound(edits.set_kind, part, index, kind) for kind in registry]
    for index in range(len(edited["inputs"])):
        every.append(_bound(edits.duplicate_input, index))
        every += [_bound(edits.set_encoder, index, kind) for kind in ENCODERS]
    for index, merge in enumerate(edited["merges"]):
        every += [_bound(_read, index, merge["sources"][:count]) for count in (0, 1)]
        every += [_bound(edits.set_then, index, kind) for kind in ENCODERS]
        for role in range(len(MERGES[merge["kind"]].contract.roles)):
            every += [_bound(edits.set_role, index, role, n) for n in drafts.sources(edited)]
    return every


def _read(edited: Draft, index: int, names: list[str]) -> None:
    edited["merges"][index]["sources"] = names


def _bound(edit: Callable[..., object], *arguments: Any) -> Edit:
    return lambda edited: edit(edited, *arguments)


def checked(edited: Draft, make: Callable[[Architecture], object] = build) -> Architecture | None:
    """Parse and build the draft; return `None` after a check of the place if it has an error."""
    try:
        architecture = parse(edited)
        make(architecture)
    except SpecError as error:
        where = error.where
    else:
        return architecture
    assert where
    drafts.at(edited, where)
    return None


OF_EACH_CONTRACT = {MERGES[kind].contract: kind for kind in reversed(list(MERGES))}.values()
"""First merge of each contract: for the edits, merges differ only in their contract."""
EDITED = [
    pytest.param(name, marks=() if name == "siamese_digits" else pytest.mark.matrix)
    for name in ORIGINALS
]


@pytest.mark.parametrize("name", EDITED)
def test_every_edit_of_a_preset_gives_a_model_or_a_placed_error(name: str) -> None:
    good = 0
    for edit in every_edit(draft(name)):
        edited = draft(name)
        edit(edited)
        good += checked(edited) is not None
    assert good > 20


@pytest.mark.parametrize("part", ["inputs", "merges"])
@pytest.mark.parametrize("kind", OF_EACH_CONTRACT)
def test_edits_survive_merges_without_sources_and_invalid_names(kind: str, part: str) -> None:
    edited = joined("a", "b")
    edits.set_kind(edited, "merges", 0, kind)
    edited["merges"][0]["sources"] = []
    edits.rename(edited, part, 0, "1 <b>")
    for edit in every_edit(edited):
        again = copy.deepcopy(edited)
        edit(again)
        assert checked(again) is None or "1 <b>" not in drafts.names(again)


@settings(max_examples=15)
@given(architectures(), st.randoms(use_true_random=False), st.integers(1, 6))
def test_edits_in_a_row_can_be_undone_one_by_one(
    architecture: Architecture, chance: random.Random, count: int
) -> None:
    editor = ModelEditor.of(architecture)
    history = [copy.deepcopy(editor.draft)]
    for _ in range(count):
        edit = chance.choice(every_edit(plain(editor.draft)))
        editor.edit(edit)
        checked(plain(editor.draft), make=id)
        if editor.draft != history[-1]:
            history.append(copy.deepcopy(editor.draft))
    for before in history[-2::-1]:
        editor.undo()
        assert editor.draft == before
    assert plain(editor.draft) == drafts.drafted(architecture)
    for after in history[1:]:
        editor.redo()
        assert editor.draft == after


@settings(max_examples=25)
@given(architectures(), st.data())
def test_rename_changes_a_name_and_nothing_else(
    architecture: Architecture, data: st.DataObject
) -> None:
    edited = drafts.drafted(architecture)
    part = data.draw(st.sampled_from([p for p in ("inputs", "merges", "heads") if edited[p]]))
    index = data.draw(st.integers(0, len(edited[part]) - 1))
    old, new = edited[part][index]["name"], data.draw(NAMES)
    free = new not in architecture.names
    edits.rename(edited, part, index, new)
    if not free:
        assert new == old or checked(edited) is None
        return
    assert parse(edited).names == architecture.names - {old} | {new}
    edits.rename(edited, part, index, old)
    assert parse(edited) == architecture


# Rename


def test_rename_to_a_used_name_is_an_error_and_the_next_one_fixes_it() -> None:
    edited = draft("siamese_digits")
    before = reads(edited)
    edits.rename(edited, "inputs", 0, "right")
    with pytest.raises(SpecError, match="name of two parts"):
        parse(edited)
    edits.rename(edited, "inputs", 0, "other")
    assert reads(edited) == {**before, "distance": ["other", "right"]}
    assert edited["inputs"][1]["encoder"]["branch"] == "other"
    assert checked(edited) is not None


# Inputs


def test_added_input_has_the_required_width() -> None:
    edited = draft("siamese_digits")
    edits.add_input(edited, "image", 128)
    edits.add_input(edited, "vector", 128)
    assert edited["inputs"][-2]["encoder"]["projection"] == 128
    assert edited["inputs"][-1]["encoder"]["units"] == 128


ADD, REMOVE = _bound(edits.add_input, "vector"), _bound(edits.remove_input, 0)
REMOVE_MERGE, DEEP = _bound(edits.remove_merge, 0), _bound(edits.set_trunk_depth, 2)
RENAME = [_bound(edits.rename, "inputs", 0, "first"), _bound(edits.rename, "merges", 0, "apart")]
TALL: dict[str, Any] = {"head": TRUNK, "trunk": {"depth": 2}}
SENSORS = "sensor_timeseries_anomaly"
TWO_HEADS = [
    {"name": "y", "kind": "binary", "source": TRUNK},
    {"name": "z", "kind": "binary", "source": "c"},
]
APART: dict[str, Any] = {
    "merges": [{"name": "m", "kind": "concatenate", "sources": ["a", "b"]}],
    "heads": TWO_HEADS, "trunk": {"depth": 1},
}  # fmt: skip
REWIRED: list[tuple[Draft, list[Edit], dict[str, Any]]] = [
    (draft("siamese_digits"), RENAME, {"apart": ["first", "right"], "same": "apart"}),
    (draft("image_text_relevance"), [ADD],
        {"fusion": ["image", "text", "vector"], "relevance": "fusion"}),
    (draft("siamese_digits"), [ADD],
        {"distance": ["left", "right"], "fusion": ["distance", "vector"], "same": "fusion"}),
    (draft("independent_predictions"), [ADD],
        {"churn": "profile", "revenue": "history", "vector_churn": "vector"}),
    (draft("independent_predictions"), [edits.add_merge],
        {"fusion": ["profile", "history"], "churn": "fusion", "revenue": "fusion"}),
    (alone("vector", kind="dense"), [ADD], {"fusion": ["a", "vector"], "y": "fusion"}),
    (draft(SENSORS), [REMOVE, REMOVE], {"fusion": ["vibration", "series"], "anomaly": "fusion"}),
    (draft(SENSORS), [REMOVE, REMOVE, _bound(edits.remove_input, 1)], {"anomaly": "vibration"}),
    (draft(SENSORS), [REMOVE_MERGE],
        {"fusion": ["temperature", "pressure", "vibration", "series"], "anomaly": "fusion"}),
    (draft("image_text_relevance"), [REMOVE_MERGE],
        {"relevance": "image", "text_relevance": "text"}),
    (joined("a", "b", **TALL), [REMOVE], {"y": TRUNK}),
    (joined("a", "b", **TALL), [REMOVE_MERGE], {"y": "a", "b_y": "b"}),
    (joined("a", "b", "c", **APART), [REMOVE], {"y": "b", "z": "c"}),
    (joined("a", "b", "c"), [edits.add_merge],
        {"fusion": ["a", "b"], "m": ["fusion", "c"], "y": "m"}),
    (joined("a", "b"), [_bound(_read, 0, []), REMOVE_MERGE], {"y": "a", "b_y": "b"}),
    (draft("wide_and_deep"), [DEEP],
        {"fusion": ["wide", "deep"], "output": TRUNK, "auxiliary": "deep"}),
]  # fmt: skip
"""Draft, consecutive edits, and the sources of its merges and heads after them."""


@pytest.mark.parametrize(("edited", "changes", "after"), REWIRED)
def test_after_an_edit_merges_and_heads_read_the_remaining_parts(
    edited: Draft, changes: list[Edit], after: dict[str, Any]
) -> None:
    for change in changes:
        change(edited)
    assert reads(edited) == after
    assert checked(edited) is not None
    assert bool(edited["trunk"]["depth"]) == (TRUNK in after.values())


def test_duplicate_follows_its_original_everywhere() -> None:
    edited = draft("image_text_relevance")
    edited["inputs"][0]["label"] = "Bild"
    edits.duplicate_input(edited, 0)
    assert names(edited["inputs"]) == ["image", "image_2", "text"]
    assert list(drafts.titles(edited).values()) == ["Bild", "image_2", "text", "fusion"]
    assert edited["merges"][0]["sources"] == ["image", "image_2", "text"]
    edits.duplicate_input(edited, 1)
    assert names(edited["inputs"]) == ["image", "image_2", "image_3", "text"]


def test_removed_input_leaves_its_encoder_to_those_that_borrow_it() -> None:
    edited = draft("siamese_digits")
    edits.duplicate_input(edited, 1)
    encoder = copy.deepcopy(edited["inputs"][0]["encoder"])
    edits.remove_input(edited, 0)
    first, second = edited["inputs"]
    assert first["encoder"] == encoder
    assert second["encoder"]["branch"] == first["name"]


def test_last_input_and_last_head_stay_and_a_move_stops_at_the_ends() -> None:
    edited = joined("a", "b", "c")
    for by, order in ((-1, ["a", "b", "c"]), (1, ["b", "a", "c"])):
        edits.move(edited, "inputs", 0, by)
        assert names(edited["inputs"]) == order
    edits.move(edited, "inputs", 2, 1)
    assert names(edited["inputs"]) == order
    for _ in range(2):
        edits.remove_input(edited, 0)
    kept = copy.deepcopy(edited)
    edits.remove_input(edited, 0)
    edits.remove_head(edited, 0)
    assert edited == kept


# Kinds and encoders


def test_any_kind_of_input_can_become_any_other() -> None:
    for old, kind in itertools.product(INPUTS, INPUTS):
        edited = joined("a", "b")
        edits.add_input(edited, old)
        edits.set_kind(edited, "inputs", 2, kind)
        branch = parse(edited).inputs[2]
        assert (branch.name, branch.form in branch.encoder.takes) == (old, True)


def test_kind_keeps_common_fields_within_its_range() -> None:
    edited = draft("image_text_relevance")
    edits.set_kind(edited, "inputs", 1, "timeseries")
    text = edited["inputs"][1]
    assert (text["length"], text["features"], text["encoder"]["kind"]) == (100, 100, "lstm")
    edits.set_encoder(edited, 1, "gru")
    assert edited["inputs"][1]["encoder"] == {**text["encoder"], "kind": "gru"}
    edited["inputs"][1] |= {"kind": "vector", "features": 60_000}
    edits.set_kind(edited, "inputs", 1, "timeseries")
    assert edited["inputs"][1]["features"] == 8192


def test_shared_encoder_is_that_of_an_input_of_the_same_shape() -> None:
    edited = draft("image_text_relevance")
    assert not drafts.can_share(edited, 1)
    edits.duplicate_input(edited, 1)
    assert drafts.can_share(edited, 1)
    edits.set_encoder(edited, 1, "shared")
    assert edited["inputs"][1]["encoder"]["branch"] == "text_2"
    assert checked(edited) is not None


def test_encoder_after_a_merge_keeps_common_fields() -> None:
    edited = joined("a", "b")
    edits.set_then(edited, 0, "dense")
    edited["merges"][0]["then"].update(units=24, depth=3)
    edits.set_then(edited, 0, "residual_dense")
    then = edited["merges"][0]["then"]
    assert (then["kind"], then["units"], then["depth"]) == ("residual_dense", 24, 3)
    assert checked(edited) is not None
    edits.set_then(edited, 0, "passthrough")
    assert edited["merges"][0]["then"] == {"kind": "passthrough", "depth": 0}
    edits.set_then(edited, 0, "dense")
    assert edited["merges"][0]["then"]["depth"] == 1


@pytest.mark.parametrize("kind", MERGES)
def test_kind_of_a_merge_keeps_the_fields_of_every_merge(kind: str) -> None:
    edited = joined("a", "b", "c")
    merge = edited["merges"][0]
    merge.update(fit="width", fit_width=12, source_dropout=0.2, key="m7")
    edits.set_then(edited, 0, "dense")
    kept = {field: merge[field] for field in (*Merge.model_fields, "key")}
    edits.set_kind(edited, "merges", 0, kind)
    after = edited["merges"][0]
    assert {field: after[field] for field in kept} == kept
    assert after.keys() == {*MERGES[kind].model_fields, "key"}


# Merges, trunk and heads


def test_merge_of_two_is_joined_once_more_with_every_field_written_out() -> None:
    edited = joined("a", "b")
    edits.add_merge(edited)
    assert reads(edited) == {"m": ["a", "b"], "fusion": ["m", "a"], "y": "fusion"}
    assert checked(edited) is not None
    for merge in edited["merges"]:
        assert merge.keys() == set(MERGES[merge["kind"]].model_fields)
        assert merge["then"] == {"kind": "passthrough", "depth": 0}


@pytest.mark.parametrize(
    ("sources", "role", "name", "expected"),
    [
        (["a", "b"], 0, "c", ["c", "b"]),
        (["a", "b"], 0, "b", ["b", "a"]),
        (["a", "b"], 1, "b", ["a", "b"]),
        (["a", "b", "c"], 1, "c", ["a", "c"]),
        (["a"], 1, "b", ["a", "b"]),
        (["a"], 1, "a", ["b", "a"]),
        ([], 1, "a", ["b", "a"]),
    ],
)
def test_each_role_gets_one_source(
    sources: list[str], role: int, name: str, expected: list[str]
) -> None:
    edited = joined("a", "b", "c")
    edits.set_kind(edited, "merges", 0, "film")
    edited["merges"][0]["sources"] = sources
    edits.set_role(edited, 0, role, name)
    assert edited["merges"][0]["sources"] == expected


def test_role_stays_empty_without_a_remaining_source() -> None:
    edited = draft("wide_and_deep")
    edits.set_kind(edited, "merges", 0, "film")
    edited["inputs"] = edited["inputs"][:1]
    edits.set_role(edited, 0, 1, "wide")
    assert edited["merges"][0]["sources"] == ["deep", "wide"]
    edited["merges"][0]["sources"] = []
    edits.set_role(edited, 0, 1, "wide")
    assert edited["merges"][0]["sources"] == ["wide"]


@pytest.mark.parametrize("kind", HEADS)
def test_added_head_reads_what_the_first_reads(kind: str) -> None:
    edited = draft("wide_and_deep")
    edits.add_head(edited, kind)
    edits.add_head(edited, kind)
    assert [head["source"] for head in edited["heads"][-2:]] == ["fusion", "fusion"]
    assert names(edited["heads"][-2:]) == [kind, f"{kind}_2"]
    assert checked(edited) is not None


def test_each_branch_without_a_head_gets_one_like_the_first() -> None:
    edited = draft("wide_and_deep")
    edited["heads"][0].update(outputs=3, loss="huber")
    assert drafts.headless(edited) == ["wide"]
    edits.add_branch_heads(edited)
    added = edited["heads"][-1]
    assert (added["name"], added["source"]) == ("wide_regression", "wide")
    assert (added["outputs"], added["loss"], added["loss_weight"]) == (3, "huber", 0.3)
    assert checked(edited) is not None
    assert drafts.headless(edited) == []


def test_only_branch_has_its_head_where_the_trunk_has_no_layers() -> None:
    edited = joined("a", "b")
    edits.remove_input(edited, 1)
    edited["heads"][0]["source"] = TRUNK
    assert drafts.headless(edited) == []
    edited["trunk"]["depth"] = 1
    assert drafts.headless(edited) == ["a"]


# Widths of each layer


def test_a_list_of_widths_sets_the_depth_and_follows_it() -> None:
    edited = alone("vector", kind="dense", units=24)
    path: drafts.Path = ("inputs", 0, "encoder")
    dense = ENCODERS["dense"]

    def widths_after(field: str, value: Any) -> tuple[int, Any]:
        edits.set_field(edited, path, dense, field, value)
        architecture = checked(edited)
        assert architecture is not None
        return edited["inputs"][0]["encoder"]["depth"], architecture.inputs[0].encoder.units  # type: ignore[attr-defined]

    assert widths_after("units", [32, 16, 8]) == (3, (32, 16, 8))
    assert widths_after("depth", 4) == (4, (32, 16, 8, 8))
    assert widths_after("depth", 2) == (2, (32, 16))
    assert widths_after("depth", 1) == (1, 32)
    assert widths_after("depth", 2) == (2, 32)
    edits.set_field(edited, (TRUNK,), Trunk, "units", [4, 2])
    assert (edited["trunk"]["depth"], edited["heads"][0]["source"]) == (2, TRUNK)
    assert checked(edited) is not None


def test_a_list_of_widths_can_count_from_the_second_block() -> None:
    edited = alone("timeseries", kind="statistics")
    path: drafts.Path = ("inputs", 0, "encoder")
    edits.set_field(edited, path, ENCODERS["statistics"], "units", [8, 4])
    assert edited["inputs"][0]["encoder"]["depth"] == 3
    assert checked(edited) is not None
    edits.set_encoder(edited, 0, "lstm")
    assert edited["inputs"][0]["encoder"]["units"] == [8, 4, 4]
    assert checked(edited) is not None
    edits.set_encoder(edited, 0, "transformer")
    units = ENCODERS["transformer"].model_fields["units"].default
    assert edited["inputs"][0]["encoder"]["units"] == units
    assert checked(edited) is not None


# Emphasis


def test_emphasis_follows_its_part_and_goes_with_it() -> None:
    editor = ModelEditor.of(presets.load("image_text_relevance"))
    for part, layer in (("image", ""), ("image", "image_flatten"), ("text", "")):
        editor.edit(partial(edits.set_mark, part=part, layer=layer, field="note", value="frozen"))
    editor.edit(lambda draft: edits.rename(draft, "inputs", 0, "photo"))
    editor.check(None)
    places = [(mark.part, mark.layer) for mark in editor.marks]
    assert places == [("photo", ""), ("photo", "photo_flatten"), ("text", "")]
    editor.edit(lambda draft: edits.remove_input(draft, 0))
    editor.check(None)
    assert [mark.part for mark in editor.marks] == ["text"]
    editor.undo()
    editor.check(None)
    assert len(editor.marks) == 3
    assert editor.valid.marks == ()
    assert editor.marked(editor.valid).marks == editor.marks


def test_empty_emphasis_is_removed() -> None:
    edited = draft("image_text_relevance")
    edits.set_mark(edited, "image", "", "hidden", True)
    edits.set_mark(edited, "text", "", "hidden", True)
    edits.set_mark(edited, "text", "", "color", "gold")
    edits.show_all(edited)
    assert [(mark["part"], mark["hidden"]) for mark in edited["marks"]] == [("text", False)]
