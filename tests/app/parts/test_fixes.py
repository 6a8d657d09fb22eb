"""Suggested fixes: each leads to a draft without the error that it was suggested for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from components.app.parts.editor import drafts
from components.app.parts.editor.drafts import Draft
from components.app.parts.editor.fixes import MOST, Fix, search
from components.base.errors import PlaygroundError, ShapeError
from components.models.architecture.architecture import Architecture, parse
from components.models.architecture.builder import build
from sample_data.content import presets
from tests.models.merges.cases import joined, source
from tests.strategies import architectures


def suggested(draft: Draft) -> tuple[Fix, ...]:
    found = search(draft)
    assert found is not None
    return found


def labels(architecture: Architecture) -> list[str]:
    return [fix.label for fix in suggested(drafts.drafted(architecture))]


IMAGE = {"name": "i", "kind": "image", "height": 8, "width": 8}


@pytest.mark.parametrize(
    ("architecture", "label"),
    [
        (joined({"kind": "add"}, ((4,), (6,))), "Project sources to the smallest width"),
        (joined({"kind": "add"}, ((4,), (6,))), "Project sources to the largest width"),
        (joined({"kind": "add"}, ((4,), (6,))), "Change the strategy to Concatenate"),
        (joined({"kind": "average"}, ((3,),)), "Split i0 into 3 inputs of one feature"),
        (joined({"kind": "average"}, ((3,),)), "Average the features of i0"),
        (joined({"kind": "concatenate"}, ((5, 4), (5, 4))), "Pool fusion to a vector"),
        (joined({"kind": "concatenate", "then": {"kind": "lstm"}}, ((4,), (4,))),
            "Remove the layers after the merge"),
        (parse({"inputs": [{**IMAGE, "encoder": {"kind": "conv2d", "depth": 3}}],
            "heads": [{"name": "y", "kind": "binary", "source": "i"}]}), "Set the depth to 1"),
        (parse({"inputs": [source("s", (5, 4))],
            "heads": [{"name": "y", "kind": "binary", "source": "s"}]}), "Encode s with LSTM"),
    ],
)  # fmt: skip
def test_fix_is_suggested(architecture: Architecture, label: str) -> None:
    assert label in labels(architecture)


def test_the_number_of_fixes_is_limited() -> None:
    assert 0 < len(labels(joined({"kind": "add"}, ((4,), (6,), (8,), (10,))))) <= MOST


def test_both_ways_to_average_three_sensors_end_in_the_reference() -> None:
    """Fix a classic mistake: readings in one vector, averaged by a merge of one source."""
    series = {
        "name": "series", "kind": "timeseries", "length": 20, "features": 5,
        "encoder": {"kind": "lstm", "units": 64, "projection": 64},
    }  # fmt: skip
    merges = [
        {"name": "sensors_mean", "kind": "average", "sources": ["sensors"]},
        {"name": "fusion", "kind": "concatenate", "sources": ["sensors_mean", "series"]},
    ]
    heads = [{"name": "anomaly", "kind": "binary", "source": "fusion"}]
    inputs = [source("sensors", (3,)), series]
    architecture = parse({"inputs": inputs, "merges": merges, "heads": heads})
    offered = suggested(drafts.drafted(architecture))
    counts = {
        fix.label: build(parse(drafts.plain(fixed(architecture, fix)))).model.count_params()
        for fix in offered
    }
    assert counts["Split sensors into 3 inputs of one feature"] == 22_146
    assert counts["Average the features of sensors"] == 22_146


def fixed(architecture: Architecture, fix: Fix) -> Draft:
    """Return the draft of an architecture after a fix."""
    draft = drafts.drafted(architecture)
    fix.edit(draft)
    return draft


def test_unread_input_can_be_joined_or_removed() -> None:
    draft = drafts.drafted(presets.load("image_text_relevance"))
    draft["merges"][0]["sources"] = ["image"]
    assert [fix.label for fix in suggested(draft)] == ["Add text to fusion", "Remove text"]


def test_a_list_of_widths_of_another_length_is_fixed() -> None:
    draft = drafts.drafted(presets.load("wide_and_deep"))
    draft["inputs"][1]["encoder"]["units"] = [30, 20, 10]
    first, *_ = suggested(draft)
    assert first.label == "Use one number of units for all layers"
    first.edit(draft)
    assert build(parse(drafts.plain(draft))).model.count_params() == 1_207


def test_fixes_of_the_first_of_two_errors_are_suggested() -> None:
    draft = drafts.drafted(presets.load("wide_and_deep"))
    for branch in draft["inputs"]:
        branch["encoder"] = {**draft["inputs"][1]["encoder"], "units": [30, 20, 10]}
    assert [fix.label for fix in suggested(draft)] == ["Use one number of units for all layers"]


@settings(max_examples=10)
@given(architectures())
def test_suggested_fixes_remove_the_error(architecture: Architecture) -> None:
    try:
        build(architecture)
        return
    except ShapeError as raised:
        error = raised
    for fix in suggested(drafts.drafted(architecture)):
        try:
            build(parse(drafts.plain(fixed(architecture, fix))))
        except PlaygroundError as left:
            still = left.where[:2]
        else:
            still = ()
        assert still != error.where[:2]
