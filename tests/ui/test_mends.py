"""Mends that are offered: each leads to a draft without the error it was offered for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from components.core.errors import PlaygroundError, ShapeError
from components.model.builder import build
from components.model.spec import Architecture, parse
from components.ui.kit import edits, fixes
from components.ui.kit.edits import Draft
from components.ui.kit.fixes import MOST, Mend
from components.ui.kit.model_editor import Workbench
from sample_data import presets
from tests.merges.cases import joined, source
from tests.strategies import architectures

Data = dict[str, Any]


def offered(spec: Architecture) -> tuple[PlaygroundError, tuple[Mend, ...]]:
    """The error of building, and the mends for it."""
    with pytest.raises(ShapeError) as caught:
        build(spec)
    return caught.value, fixes.offered(edits.drafted(spec), caught.value, build)


def labels(spec: Architecture) -> list[str]:
    return [mend.label for mend in offered(spec)[1]]


IMAGE = {"name": "i", "kind": "image", "height": 8, "width": 8}


@pytest.mark.parametrize(
    ("spec", "label"),
    [
        (joined({"kind": "add"}, ((4,), (6,))), "Fit to the smallest width"),
        (joined({"kind": "add"}, ((4,), (6,))), "Fit to the largest width"),
        (joined({"kind": "add"}, ((4,), (6,))), "Merge by concatenate"),
        (joined({"kind": "average"}, ((3,),)), "Split i0 into 3 inputs of one"),
        (joined({"kind": "average"}, ((3,),)), "Take the mean over the features of i0"),
        (joined({"kind": "concatenate"}, ((5, 4), (5, 4))), "Pool fusion to a vector"),
        (joined({"kind": "concatenate", "then": {"kind": "lstm"}}, ((4,), (4,))),
            "Let it pass through"),
        (parse({"inputs": [{**IMAGE, "encoder": {"kind": "conv2d", "depth": 3}}],
            "heads": [{"name": "y", "kind": "binary", "source": "i"}]}), "Set the depth to 1"),
        (parse({"inputs": [source("s", (5, 4))],
            "heads": [{"name": "y", "kind": "binary", "source": "s"}]}), "Encode s by LSTM"),
    ],
)  # fmt: skip
def test_mend_is_offered(spec: Architecture, label: str) -> None:
    assert label in labels(spec)


def test_no_more_mends_than_one_reads() -> None:
    assert 0 < len(labels(joined({"kind": "add"}, ((4,), (6,), (8,), (10,))))) <= MOST


def test_both_ways_to_average_three_sensors_end_in_the_reference() -> None:
    """Readings of one vector, averaged by a merge of one source: the classic mistake."""
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
    spec = parse({"inputs": inputs, "merges": merges, "heads": heads})
    _, found = offered(spec)
    counts = {
        mend.label: build(parse(edits.plain(mended(spec, mend)))).model.count_params()
        for mend in found
    }
    assert counts["Split sensors into 3 inputs of one"] == 22_146
    assert counts["Take the mean over the features of sensors"] == 22_146


def mended(spec: Architecture, mend: Mend) -> Draft:
    """The draft of an architecture after a mend."""
    draft = edits.drafted(spec)
    mend.change(draft)
    return draft


def test_unread_input_can_be_joined_or_removed() -> None:
    draft = edits.drafted(presets.load("image_text_relevance"))
    draft["merges"][0]["sources"] = ["image"]
    error = failing(draft)
    found = fixes.offered(draft, error, build)
    assert [mend.label for mend in found] == ["Add text to fusion", "Remove text"]


def failing(draft: Draft) -> PlaygroundError:
    with pytest.raises(PlaygroundError) as caught:
        build(parse(edits.plain(draft)))
    return caught.value


@given(architectures())
def test_offered_mends_rid_of_the_error(spec: Architecture) -> None:
    try:
        build(spec)
        return
    except ShapeError as raised:
        error = raised
    for mend in fixes.offered(edits.drafted(spec), error, build):
        try:
            build(parse(edits.plain(mended(spec, mend))))
        except PlaygroundError as left:
            still = left.where[:2]
        else:
            still = ()
        assert still != error.where[:2]


def test_mend_of_a_workbench_can_be_undone() -> None:
    bench = Workbench.of(presets.load("image_text_relevance"))
    bench.edit(lambda draft: edits.put(draft, ("inputs", 1, "encoder", "projection"), 32))
    bench.edit(lambda draft: edits.set_kind(draft, "merges", 0, "add"))
    bench.settle(build)
    bench.offer(build)
    assert bench.error is not None
    assert bench.unfit is not None
    wrong = bench.draft
    bench.mend(bench.mends[0])
    bench.settle(build)
    bench.offer(build)
    assert (bench.error, bench.unfit, bench.mends) == (None, None, ())
    assert bench.valid.merges[0].fit == "smallest"
    bench.undo()
    assert bench.draft == wrong
