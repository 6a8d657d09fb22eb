from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.core.errors import SpecError
from components.encoders import ENCODERS
from components.heads import HEADS
from components.inputs import INPUTS
from components.merges import MERGES
from components.merges.base import Merge
from components.model.builder import build
from components.model.spec import TRUNK, Architecture, parse
from components.ui.kit import drafts, edits
from components.ui.kit.drafts import Draft, plain
from components.ui.kit.model_editor import ModelEditor
from sample_data import presets
from tests.strategies import NAMES, architectures

Edit = Callable[[Draft], None]


def draft(name: str) -> Draft:
    return drafts.drafted(presets.load(name))


def names(parts: list[Draft]) -> list[str]:
    return [part["name"] for part in parts]


def reads(made: Draft) -> dict[str, Any]:
    """What every merge and head of a draft reads."""
    merges = {merge["name"]: merge["sources"] for merge in made["merges"]}
    return {**merges, **{head["name"]: head["source"] for head in made["heads"]}}


def joined(*names: str, head: str = "m", **parts: Any) -> Draft:
    """Vectors joined by a merge `m`, read by head `y`."""
    inputs = [{"name": name, "kind": "vector"} for name in names]
    merge = {"name": "m", "kind": "concatenate", "sources": list(names)}
    heads = [{"name": "y", "kind": "binary", "source": head}]
    return drafts.drafted(parse({"inputs": inputs, "merges": [merge], "heads": heads, **parts}))


def every_edit(made: Draft) -> list[tuple[str, Edit]]:
    """Every edit that the page offers for a draft, by name."""
    found: list[tuple[str, Edit]] = [
        ("add merge", edits.add_merge),
        ("add branch heads", edits.add_branch_heads),
        *((f"add input {kind}", _bound(edits.add_input, kind)) for kind in INPUTS),
        *((f"add head {kind}", _bound(edits.add_head, kind)) for kind in HEADS),
        *((f"trunk {depth}", _bound(edits.set_trunk_depth, depth)) for depth in (0, 2)),
    ]
    removers = {
        "inputs": edits.remove_input, "merges": edits.remove_merge, "heads": edits.remove_head,
    }  # fmt: skip
    registries: dict[str, Any] = {"inputs": INPUTS, "merges": MERGES, "heads": HEADS}
    for part, registry in registries.items():
        for place in range(len(made[part])):
            found.append((f"remove {part} {place}", _bound(removers[part], place)))
            found.append((f"rename {part} {place}", _bound(edits.rename, part, place, "renamed")))
            found.append((f"clash {part} {place}", _bound(edits.rename, part, place, TRUNK)))
            found.append((f"spoil {part} {place}", _bound(edits.rename, part, place, "1 <b>")))
            for by in (-1, 1):
                found.append((f"move {part} {place} {by}", _bound(edits.move, part, place, by)))
            for kind in registry:
                found.append((f"{part} {place} {kind}", _bound(edits.set_kind, part, place, kind)))
    for place in range(len(made["inputs"])):
        found.append((f"duplicate {place}", _bound(edits.duplicate_input, place)))
        for kind in ENCODERS:
            found.append((f"encoder {place} {kind}", _bound(edits.set_encoder, place, kind)))
    for place, merge in enumerate(made["merges"]):
        found.append((f"no sources {place}", _bound(_read, place, [])))
        found.append((f"one source {place}", _bound(_read, place, merge["sources"][:1])))
        for kind in ENCODERS:
            found.append((f"then {place} {kind}", _bound(edits.set_then, place, kind)))
        for role in range(len(MERGES[merge["kind"]].contract.roles)):
            for name in drafts.sources(made):
                cast = _bound(edits.set_role, place, role, name)
                found.append((f"role {place} {role} {name}", cast))
    return found


def _read(made: Draft, place: int, names: list[str]) -> None:
    made["merges"][place]["sources"] = names


def _bound(edit: Callable[..., None], *arguments: Any) -> Edit:
    return lambda made: edit(made, *arguments)


def checked(made: Draft) -> Architecture | None:
    """The draft parsed and built, or `None` where its error is one, and is placed in the draft."""
    error: SpecError
    try:
        spec = parse(made)
        build(spec)
        return spec
    except SpecError as caught:
        error = caught
    assert error.where
    here: Any = made
    for step in error.where:
        assert step in (here if isinstance(here, dict) else range(len(here))), error.where
        here = here[step]
    return None


@pytest.mark.parametrize("name", presets.names())
def test_every_edit_of_a_preset_gives_a_model_or_a_placed_error(name: str) -> None:
    good = 0
    for _, edit in every_edit(draft(name)):
        made = draft(name)
        edit(made)
        good += checked(made) is not None
    assert good > 20


@pytest.mark.parametrize("name", presets.names())
@pytest.mark.parametrize(
    "edit",
    [
        *(_bound(edits.add_head, kind) for kind in HEADS),
        _bound(edits.duplicate_input, 0),
        _bound(edits.remove_input, 0),
        _bound(edits.remove_input, 1),
        _bound(edits.rename, "inputs", 0, "renamed"),
        _bound(edits.rename, "heads", 0, "renamed"),
        _bound(edits.move, "inputs", 0, 1),
        _bound(edits.move, "heads", 0, 1),
    ],
)
def test_plain_edits_of_a_preset_keep_it_whole(name: str, edit: Edit) -> None:
    made = draft(name)
    edit(made)
    assert checked(made) is not None or _takes_no_more(made)


def _takes_no_more(made: Draft) -> bool:
    """Whether a merge of exactly two was given a third source."""
    return any(
        MERGES[merge["kind"]].contract.at_most == 2 < len(merge["sources"])
        for merge in made["merges"]
    )


@pytest.mark.parametrize("part", ["inputs", "merges"])
@pytest.mark.parametrize("kind", MERGES)
def test_edits_survive_merges_without_sources_and_names_that_are_none(kind: str, part: str) -> None:
    made = joined("a", "b")
    edits.set_kind(made, "merges", 0, kind)
    made["merges"][0]["sources"] = []
    edits.rename(made, part, 0, "1 <b>")
    for _, edit in every_edit(made):
        again = copy.deepcopy(made)
        edit(again)
        assert checked(again) is None or "1 <b>" not in drafts.names(again)


@settings(max_examples=25)
@given(architectures(), st.randoms(use_true_random=False), st.integers(1, 6))
def test_edits_in_a_row_can_be_undone_one_by_one(
    spec: Architecture, chance: random.Random, count: int
) -> None:
    editor = ModelEditor.of(spec)
    history = [copy.deepcopy(editor.draft)]
    for _ in range(count):
        _, edit = chance.choice(every_edit(plain(editor.draft)))
        editor.edit(edit)
        checked(plain(editor.draft))
        if editor.draft != history[-1]:
            history.append(copy.deepcopy(editor.draft))
    for before in history[-2::-1]:
        editor.undo()
        assert editor.draft == before
    assert plain(editor.draft) == drafts.drafted(spec)
    for after in history[1:]:
        editor.redo()
        assert editor.draft == after


@settings(max_examples=25)
@given(architectures(), st.data())
def test_rename_changes_a_name_and_nothing_else(spec: Architecture, data: st.DataObject) -> None:
    made = drafts.drafted(spec)
    part = data.draw(st.sampled_from([p for p in ("inputs", "merges", "heads") if made[p]]))
    place = data.draw(st.integers(0, len(made[part]) - 1))
    old, new = made[part][place]["name"], data.draw(NAMES)
    free = new not in spec.names
    edits.rename(made, part, place, new)
    if not free:
        assert new == old or checked(made) is None
        return
    assert parse(made).names == spec.names - {old} | {new}
    edits.rename(made, part, place, old)
    assert parse(made) == spec


@settings(max_examples=25)
@given(architectures())
def test_a_draft_holds_all_and_reads_back(spec: Architecture) -> None:
    assert parse(drafts.drafted(spec)) == spec


# Rename


def test_rename_follows_merges_heads_and_borrowers() -> None:
    made = draft("siamese_digits")
    edits.rename(made, "inputs", 0, "first")
    edits.rename(made, "merges", 0, "apart")
    assert made["inputs"][1]["encoder"]["branch"] == "first"
    assert reads(made) == {"apart": ["first", "right"], "same": "apart"}


def test_rename_to_a_name_taken_is_an_error_and_mended_by_the_next() -> None:
    made = draft("siamese_digits")
    before = reads(made)
    edits.rename(made, "inputs", 0, "right")
    with pytest.raises(SpecError, match="must differ"):
        parse(made)
    edits.rename(made, "inputs", 0, "other")
    assert reads(made) == {**before, "distance": ["other", "right"]}
    assert made["inputs"][1]["encoder"]["branch"] == "other"
    assert checked(made) is not None


# Inputs


@pytest.mark.parametrize("kind", INPUTS)
def test_added_input_joins_the_last_merge(kind: str) -> None:
    made = draft("image_text_relevance")
    edits.add_input(made, kind)
    added = made["inputs"][-1]["name"]
    assert made["merges"][-1]["sources"] == ["image", "text", added]
    assert added not in ("image", "text")


def test_added_input_has_the_width_that_is_wanted() -> None:
    made = draft("siamese_digits")
    edits.add_input(made, "image", 128)
    edits.add_input(made, "vector", 128)
    assert made["inputs"][-2]["encoder"]["projection"] == 128
    assert made["inputs"][-1]["encoder"]["units"] == 128


def test_added_input_is_joined_behind_a_merge_that_takes_no_more() -> None:
    made = draft("siamese_digits")
    edits.add_input(made, "vector")
    assert reads(made) == {
        "distance": ["left", "right"], "fusion": ["distance", "vector"], "same": "fusion",
    }  # fmt: skip
    assert checked(made) is not None


def test_added_input_without_a_merge_has_a_head_of_its_own() -> None:
    made = draft("independent_predictions")
    edits.add_input(made, "vector")
    assert reads(made) == {"churn": "profile", "revenue": "history", "vector_churn": "vector"}


def test_second_input_makes_the_first_merge() -> None:
    head = {"name": "y", "kind": "binary", "source": "a"}
    made = drafts.drafted(parse({"inputs": [{"name": "a", "kind": "vector"}], "heads": [head]}))
    edits.add_input(made, "vector")
    assert reads(made) == {"fusion": ["a", "vector"], "y": "fusion"}


def test_duplicate_stands_behind_its_original_everywhere() -> None:
    made = draft("image_text_relevance")
    edits.duplicate_input(made, 0)
    assert names(made["inputs"]) == ["image", "image_2", "text"]
    assert made["merges"][0]["sources"] == ["image", "image_2", "text"]
    edits.duplicate_input(made, 1)
    assert names(made["inputs"]) == ["image", "image_2", "image_3", "text"]


def test_removed_input_leaves_its_encoder_to_those_that_borrow_it() -> None:
    made = draft("siamese_digits")
    edits.duplicate_input(made, 1)
    encoder = copy.deepcopy(made["inputs"][0]["encoder"])
    edits.remove_input(made, 0)
    first, second = made["inputs"]
    assert first["encoder"] == encoder
    assert second["encoder"]["branch"] == first["name"]


def test_removed_input_lets_a_merge_of_two_collapse() -> None:
    made = draft("image_text_relevance")
    edits.remove_input(made, 1)
    assert reads(made) == {"relevance": "image"}
    assert checked(made) is not None


def test_removed_input_collapses_stages_in_a_row() -> None:
    made = draft("sensor_timeseries_anomaly")
    for _ in range(2):
        edits.remove_input(made, 0)
    assert reads(made) == {"fusion": ["vibration", "series"], "anomaly": "fusion"}
    edits.remove_input(made, 1)
    assert reads(made) == {"anomaly": "vibration"}
    assert checked(made) is not None


def test_removed_input_leaves_a_trunk_on_the_only_branch() -> None:
    made = joined("a", "b", head=TRUNK, trunk={"depth": 2})
    edits.remove_input(made, 0)
    assert (reads(made), made["trunk"]["depth"]) == ({"y": TRUNK}, 2)
    assert checked(made) is not None


def test_removed_input_takes_the_trunk_along_where_nothing_is_left_to_read() -> None:
    heads = [
        {"name": "y", "kind": "binary", "source": TRUNK},
        {"name": "z", "kind": "binary", "source": "c"},
    ]
    merge = {"name": "m", "kind": "concatenate", "sources": ["a", "b"]}
    made = joined("a", "b", "c", merges=[merge], heads=heads, trunk={"depth": 1})
    edits.remove_input(made, 0)
    assert (reads(made), made["trunk"]["depth"]) == ({"y": "b", "z": "c"}, 0)
    assert checked(made) is not None


def test_last_input_and_last_head_stay() -> None:
    made = draft("image_text_relevance")
    edits.remove_input(made, 0)
    kept = copy.deepcopy(made)
    edits.remove_input(made, 0)
    edits.remove_head(made, 0)
    assert made == kept


def test_move_stops_at_the_ends() -> None:
    made = draft("image_text_relevance")
    edits.move(made, "inputs", 0, -1)
    assert names(made["inputs"]) == ["image", "text"]
    edits.move(made, "inputs", 0, 1)
    assert names(made["inputs"]) == ["text", "image"]
    edits.move(made, "inputs", 1, 1)
    assert names(made["inputs"]) == ["text", "image"]


# Kinds and encoders


@pytest.mark.parametrize("kind", INPUTS)
@pytest.mark.parametrize("old", INPUTS)
def test_any_kind_of_input_can_become_any_other(old: str, kind: str) -> None:
    made = joined("a", "b")
    edits.set_kind(made, "inputs", 0, old)
    edits.set_kind(made, "inputs", 0, kind)
    given_ = parse(made).inputs[0]
    assert given_.name == "a"
    assert given_.form in given_.encoder.takes


def test_kind_keeps_what_both_kinds_have() -> None:
    made = draft("image_text_relevance")
    edits.set_kind(made, "inputs", 1, "timeseries")
    text = made["inputs"][1]
    assert (text["length"], text["features"], text["encoder"]["kind"]) == (100, 100, "lstm")
    edits.set_encoder(made, 1, "gru")
    assert made["inputs"][1]["encoder"] == {**text["encoder"], "kind": "gru"}


def test_kind_brings_values_into_its_range() -> None:
    made = joined("a", "b")
    made["inputs"][0]["features"] = 60_000
    edits.set_kind(made, "inputs", 0, "timeseries")
    assert made["inputs"][0]["features"] == 8192


def test_encoder_of_depth_0_wakes_up() -> None:
    made = draft("wide_and_deep")
    edits.set_encoder(made, 0, "dense")
    assert made["inputs"][0]["encoder"]["depth"] == 1
    edits.set_encoder(made, 0, "passthrough")
    assert made["inputs"][0]["encoder"] == {"kind": "passthrough", "depth": 0}


def test_shared_encoder_is_that_of_an_input_of_the_same_shape() -> None:
    made = draft("image_text_relevance")
    assert not drafts.can_share(made, 1)
    edits.duplicate_input(made, 1)
    assert drafts.can_share(made, 1)
    edits.set_encoder(made, 1, "shared")
    assert made["inputs"][1]["encoder"]["branch"] == "text_2"
    assert checked(made) is not None


def test_encoder_behind_a_merge_keeps_what_both_have() -> None:
    made = joined("a", "b")
    edits.set_then(made, 0, "dense")
    made["merges"][0]["then"].update(units=24, depth=3)
    edits.set_then(made, 0, "residual_dense")
    then = made["merges"][0]["then"]
    assert (then["kind"], then["units"], then["depth"]) == ("residual_dense", 24, 3)
    assert checked(made) is not None
    edits.set_then(made, 0, "passthrough")
    assert made["merges"][0]["then"] == {"kind": "passthrough", "depth": 0}
    edits.set_then(made, 0, "dense")
    assert made["merges"][0]["then"]["depth"] == 1


@pytest.mark.parametrize("kind", MERGES)
def test_kind_of_a_merge_keeps_what_every_merge_has(kind: str) -> None:
    made = joined("a", "b", "c")
    merge = made["merges"][0]
    merge.update(fit="width", fit_width=12, source_dropout=0.2, key="m7")
    edits.set_then(made, 0, "dense")
    kept = {field: merge[field] for field in (*Merge.model_fields, "key")}
    edits.set_kind(made, "merges", 0, kind)
    after = made["merges"][0]
    assert {field: after[field] for field in kept} == kept
    assert after.keys() == {*MERGES[kind].model_fields, "key"}


# Merges, trunk and heads


def test_first_merge_joins_all_branches_and_is_read() -> None:
    made = draft("independent_predictions")
    edits.add_merge(made)
    assert reads(made) == {
        "fusion": ["profile", "history"], "churn": "fusion", "revenue": "fusion",
    }  # fmt: skip


def test_merge_of_three_gives_two_to_a_new_stage() -> None:
    made = joined("a", "b", "c")
    edits.add_merge(made)
    assert reads(made) == {"fusion": ["a", "b"], "m": ["fusion", "c"], "y": "m"}


def test_merge_of_two_is_joined_once_more() -> None:
    made = joined("a", "b")
    edits.add_merge(made)
    assert reads(made) == {"m": ["a", "b"], "fusion": ["m", "a"], "y": "fusion"}
    assert checked(made) is not None


def test_added_stage_has_every_field_written_out() -> None:
    made = joined("a", "b")
    edits.add_merge(made)
    for merge in made["merges"]:
        assert merge.keys() == set(MERGES[merge["kind"]].model_fields)
        assert merge["then"] == {"kind": "passthrough", "depth": 0}


def cast(sources: list[str], role: int, name: str) -> list[str]:
    """The sources of a FiLM of branches a, b and c after one is cast."""
    made = joined("a", "b", "c")
    edits.set_kind(made, "merges", 0, "film")
    made["merges"][0]["sources"] = sources
    edits.set_role(made, 0, role, name)
    found: list[str] = made["merges"][0]["sources"]
    return found


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
def test_roles_are_cast_one_source_each(
    sources: list[str], role: int, name: str, expected: list[str]
) -> None:
    assert cast(sources, role, name) == expected


def test_role_stays_empty_where_nobody_is_left() -> None:
    made = draft("wide_and_deep")
    edits.set_kind(made, "merges", 0, "film")
    made["inputs"] = made["inputs"][:1]
    edits.set_role(made, 0, 1, "wide")
    assert made["merges"][0]["sources"] == ["deep", "wide"]
    made["merges"][0]["sources"] = []
    edits.set_role(made, 0, 1, "wide")
    assert made["merges"][0]["sources"] == ["wide"]


def test_removed_merge_without_sources_leaves_its_heads_a_branch() -> None:
    made = joined("a", "b")
    made["merges"][0]["sources"] = []
    edits.remove_merge(made, 0)
    assert reads(made) == {"y": "a", "b_y": "b"}


def test_removed_stage_hands_its_sources_on() -> None:
    made = draft("sensor_timeseries_anomaly")
    edits.remove_merge(made, 0)
    assert reads(made)["fusion"] == ["temperature", "pressure", "vibration", "series"]


def test_removed_last_merge_leaves_heads_on_branches() -> None:
    made = draft("image_text_relevance")
    edits.remove_merge(made, 0)
    assert reads(made) == {"relevance": "image", "text_relevance": "text"}
    assert checked(made) is not None


def test_removed_merge_takes_the_trunk_along() -> None:
    made = joined("a", "b", head=TRUNK, trunk={"depth": 2})
    edits.remove_merge(made, 0)
    assert (reads(made), made["trunk"]["depth"]) == ({"y": "a", "b_y": "b"}, 0)


def test_trunk_with_layers_is_read_by_the_heads_of_its_merge() -> None:
    made = draft("wide_and_deep")
    edits.set_trunk_depth(made, 2)
    assert reads(made) == {"fusion": ["wide", "deep"], "output": TRUNK, "auxiliary": "deep"}
    edits.set_trunk_depth(made, 0)
    assert checked(made) is not None


@pytest.mark.parametrize("kind", HEADS)
def test_added_head_reads_what_the_first_reads(kind: str) -> None:
    made = draft("wide_and_deep")
    edits.add_head(made, kind)
    assert made["heads"][-1]["source"] == "fusion"
    assert made["heads"][-1]["name"] == kind
    assert checked(made) is not None


def test_each_branch_without_a_head_gets_one_like_the_first() -> None:
    made = draft("wide_and_deep")
    made["heads"][0].update(outputs=3, loss="huber")
    assert drafts.headless(made) == ["wide"]
    edits.add_branch_heads(made)
    added = made["heads"][-1]
    assert (added["name"], added["source"]) == ("wide_regression", "wide")
    assert (added["outputs"], added["loss"], added["loss_weight"]) == (3, "huber", 0.3)
    assert checked(made) is not None
    assert drafts.headless(made) == []


def test_only_branch_has_its_head_where_the_trunk_has_no_layers() -> None:
    made = joined("a", "b")
    edits.remove_input(made, 1)
    made["heads"][0]["source"] = TRUNK
    assert drafts.headless(made) == []
    made["trunk"]["depth"] = 1
    assert drafts.headless(made) == ["a"]


def test_values_are_read_and_put_at_paths() -> None:
    made = draft("wide_and_deep")
    drafts.put(made, ("inputs", 1, "encoder", "units"), 7)
    assert drafts.at(made, ("inputs", 1, "encoder", "units")) == 7
    assert drafts.sources(made) == ["wide", "deep", "fusion"]
    assert drafts.fresh(made, "wide") == "wide_2"
    assert drafts.fresh(made, TRUNK) == "trunk_2"
    assert drafts.fresh(made, "new") == "new"
