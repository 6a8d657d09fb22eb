"""The sidebar's blocks: content, folding, changes, and the places of errors."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from components.app.parts.editor import drafts, edits
from components.models.analysis.families import FAMILIES
from components.models.analysis.model_view import model_view
from components.models.architecture.architecture import parse
from components.models.architecture.builder import build, compile_arguments
from components.models.encoders import ENCODERS
from components.models.language.fields import settings
from components.models.merges import MERGES
from components.models.merges.base import Merge
from sample_data.content import presets
from tests.app.pages.desk import Desk
from tests.app.pages.examples import CROWDED
from tests.matrix import cases
from tests.originals import ORIGINALS

MOST_WIDGETS = 60


@pytest.fixture
def crowded(desk: Desk) -> Desk:
    """Open a model of six inputs, three merges and two heads."""
    desk.editor.open(parse(CROWDED))
    desk.app.run()
    return desk


def shown(desk: Desk, base: str) -> Any:
    return desk.widgets()[base].value


# Size


def test_a_list_of_many_starts_folded_and_one_of_few_open(crowded: Desk) -> None:
    assert len(crowded.widgets()) + len(crowded.app.sidebar.get("expander")) <= MOST_WIDGETS
    for index in range(6):
        assert f"{crowded.key('inputs', index)}.kind" not in crowded.widgets()
    for index in range(3):
        assert f"{crowded.key('merges', index)}.kind" in crowded.widgets()


def test_a_block_opens_and_folds(crowded: Desk) -> None:
    key = crowded.key("inputs", 1)
    folded = crowded.widgets()[f"{key}.fold"].label
    assert "caption" in folded
    assert "Tokens · LSTM" in folded
    crowded.press(f"{key}.fold")
    assert shown(crowded, f"{key}.kind") == "tokens"
    assert shown(crowded, f"{key}.lstm.depth") == 1
    crowded.press(f"{key}.fold")
    assert f"{key}.kind" not in crowded.widgets()
    assert crowded.widgets()[f"{key}.fold"].label == folded
    crowded.act("inputs", 1, "Move up")
    assert [part["name"] for part in crowded.draft["inputs"]][:2] == ["caption", "photo"]


def test_an_added_part_is_open_and_most_others_fold(desk: Desk) -> None:
    for kind in ("vector", "tokens"):
        desk.pick("add.input", kind)
    opened = [f"{desk.key('inputs', index)}.kind" in desk.widgets() for index in range(4)]
    assert opened == [False, False, False, True]


def test_a_folded_block_with_an_error_is_open(crowded: Desk) -> None:
    key = crowded.key("inputs", 4)
    crowded.editor.edit(lambda draft: edits.rename(draft, "inputs", 4, "photo"))
    crowded.app.run()
    assert shown(crowded, f"{key}.name") == "photo"
    assert len(crowded.errors()) == 1


# Merges


def test_the_strategys_first_field_is_visible_and_the_rest_is_folded(desk: Desk) -> None:
    key = desk.key("merges", 0)
    desk.put(f"{key}.kind", "low_rank_fusion")
    own = settings(MERGES["low_rank_fusion"], skip=tuple(Merge.model_fields))
    first, *rest = [f"{key}.low_rank_fusion.{setting.name}" for setting in own]
    rest += [f"{key}.low_rank_fusion.{name}" for name in ("fit", "source_dropout")]
    assert first in desk.widgets()
    assert desk.widgets().keys().isdisjoint(rest)
    desk.open_all()
    assert desk.widgets().keys() >= {first, *rest}


def test_strategies_are_listed_by_family(desk: Desk) -> None:
    options = desk.widgets()[f"{desk.key('merges', 0)}.kind"].options
    assert len(options) == len(MERGES)
    families = [option.partition(" · ")[0] for option in options]
    assert list(dict.fromkeys(families)) == [family.title for family in FAMILIES.values()]
    assert sum(a != b for a, b in pairwise(families)) == len(FAMILIES) - 1


def test_a_strategy_is_chosen_among_the_pictures_of_families(desk: Desk) -> None:
    desk.app.button(key=f"{desk.key('merges', 0)}.families").click().run()
    desk.app.button(key="strategy.multiply").click().run()
    assert desk.draft["merges"][0]["kind"] == "multiply"


def test_roles_are_played_by_one_source_each_and_swapped(desk: Desk) -> None:
    key = desk.key("merges", 0)
    desk.put(f"{key}.kind", "film")
    assert f"{key}.sources" not in desk.widgets()
    labels = [desk.widgets()[f"{key}.film.role.{number}"].label for number in (0, 1)]
    assert labels == ["Is modulated", "Conditions"]
    desk.put(f"{key}.film.role.0", "text")
    assert desk.draft["merges"][0]["sources"] == ["text", "image"]
    assert shown(desk, f"{key}.film.role.1") == "image"
    assert desk.errors() == []
    desk.put(f"{key}.kind", "concatenate")
    desk.pick("add.input", "vector")
    desk.put(f"{key}.kind", "film")
    assert len(desk.errors()) == 1
    desk.put(f"{key}.sources", ["image", "vector"])
    assert desk.draft["merges"][0]["sources"] == ["image", "vector"]
    assert f"{key}.sources" not in desk.widgets()


def test_the_layers_after_a_merge_begin_with_those_that_can_read_its_output(desk: Desk) -> None:
    titles = {encoder.title: kind for kind, encoder in ENCODERS.items()}
    offered = desk.widgets()[f"{desk.key('merges', 0)}.then.kind"].options
    kinds = [titles[title] for title in offered]
    assert kinds[0] == "passthrough"
    assert not {"shared", "embedding"} & set(kinds)
    fits = ["vector" in ENCODERS[kind].takes for kind in kinds]
    assert fits == sorted(fits, reverse=True)


def test_layers_after_a_merge_that_cannot_read_it_have_an_error_and_a_fix(desk: Desk) -> None:
    key = desk.key("merges", 0)
    desk.put(f"{key}.then.kind", "lstm")
    assert len(desk.errors()) == 1
    desk.press("fix.0")
    assert desk.errors() == []
    desk.editor.edit(lambda draft: edits.set_then(draft, 0, "embedding"))
    desk.open_all()
    assert len(desk.errors()) == 1


def test_sources_are_fitted_to_a_width(desk: Desk) -> None:
    desk.open_all()
    key = desk.key("merges", 0)
    assert f"{key}.concatenate.fit_width" not in desk.widgets()
    desk.put(f"{key}.concatenate.fit", "width")
    desk.put(f"{key}.concatenate.fit_width", 16)
    desk.put(f"{key}.kind", "add")
    assert [shown(desk, f"{key}.add.{name}") for name in ("fit", "fit_width")] == ["width", 16]


def test_an_error_of_shapes_is_in_its_block_with_fixes_that_work(desk: Desk) -> None:
    desk.pick("add.input", "vector")
    desk.put(f"{desk.key('merges', 0)}.kind", "add")
    assert desk.editor.error is not None
    assert desk.editor.error.where == ("merges", 0, "sources")
    assert desk.errors() == [str(desk.editor.error)]
    for number, fix in enumerate(desk.editor.fixes):
        assert desk.widgets()[f"fix.{number}"].label == fix.label
    desk.press("fix.0")
    assert desk.errors() == []
    assert "fix.0" not in desk.widgets()
    desk.press("undo")
    assert len(desk.errors()) == 1


def test_a_field_that_is_folded_away_has_its_error_at_the_end_of_the_block(desk: Desk) -> None:
    desk.editor.edit(lambda draft: drafts.put(draft, ("inputs", 0, "encoder", "kernel_size"), 99))
    desk.app.run()
    assert len(desk.errors()) == 1
    desk.open_all()
    assert len(desk.errors()) == 1


def test_clearing_all_sources_leaves_everything_usable(desk: Desk) -> None:
    key = desk.key("merges", 0)
    desk.put(f"{key}.sources", [])
    assert len(desk.errors()) == 1
    desk.put(f"{key}.sources", ["text", "image"])
    assert desk.errors() == []


# Presets and encoders


def test_the_button_of_the_gallery_says_that_a_preset_was_changed(desk: Desk) -> None:
    title = f"Gallery: {presets.about(presets.DEFAULT).title}"
    assert desk.widgets()["preset"].label == title
    desk.put("trunk.depth", 1)
    assert desk.widgets()["preset"].label == f"{title}, changed"


def test_a_shared_encoder_is_offered_where_an_input_of_the_same_shape_has_one(desk: Desk) -> None:
    encoder, shared = f"{desk.key('inputs', 0)}.encoder.kind", ENCODERS["shared"].title
    assert shared not in desk.widgets()[encoder].options
    desk.act("inputs", 0, "Duplicate")
    assert shared in desk.widgets()[encoder].options


# Heads


def test_one_head_for_each_branch_is_added_at_once(desk: Desk) -> None:
    desk.pick("add.head", "each")
    assert [head["source"] for head in desk.draft["heads"][1:]] == ["image", "text"]
    assert "One for each branch" not in desk.widgets()["add.head"].options


# Fields


def test_a_length_is_cleared_and_set_again(desk: Desk) -> None:
    desk.open_all()
    base = f"{desk.key('inputs', 1)}.embeddings.length"
    assert shown(desk, base) == "100"
    for length in (None, 12):
        desk.put(base, length)
        assert desk.editor.valid.inputs[1].shape == (length, 100)
    desk.put(base, "5 steps")
    assert len(desk.errors()) == 1
    desk.put(base, 0)
    assert "Use 1 or more" in desk.errors()[0]


MODELS = (
    *ORIGINALS,
    "film_reasoning",
    "tickets",
    "neumf",
    "vgg_towers",
    "deep_and_cross",
    "siamese_distance",
)
"""Presets with roles, widths of each layer, second branches, paired convolutions, a cross network,
and a distance; `tests/sample_data/gallery` compares them with plain Keras."""

OFTEN = [("siamese_digits",)]


@pytest.mark.parametrize("name", cases([(name,) for name in MODELS], OFTEN))
def test_presets_are_made_by_widgets_alone(desk: Desk, name: str) -> None:
    desk.open_preset("wide_and_deep" if name != "wide_and_deep" else presets.DEFAULT)
    wanted = presets.load(name)
    desk.build(wanted)
    assert desk.errors() == []
    valid = desk.editor.valid
    blueprint, model = build(valid), build(wanted)
    assert model_view(valid).graph == blueprint.graph
    assert blueprint.graph.nodes == model.graph.nodes
    assert blueprint.graph.groups == model.graph.groups
    assert compile_arguments(valid) == compile_arguments(wanted)
