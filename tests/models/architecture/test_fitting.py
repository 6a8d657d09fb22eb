"""Sources that do not fit: fitted visibly, or explained; with a picture in both cases."""

from __future__ import annotations

from itertools import combinations_with_replacement, product
from typing import Any

import pytest
from hypothesis import given

from components.base.errors import ShapeError
from components.models.architecture.architecture import Architecture, parse
from components.models.architecture.builder import Blueprint, Sketch, build, sketch
from components.models.drawing import diagram
from components.models.inputs import INPUTS
from components.models.inputs.base import default_encoder
from components.models.merges import MERGES
from tests.models.merges.cases import joined, source
from tests.strategies import architectures

Data = dict[str, Any]
pytestmark = pytest.mark.filterwarnings("ignore:.*setParseAction:DeprecationWarning")


def count(kind: str) -> int:
    """Return the number of sources with which a merge is tried."""
    contract = MERGES[kind].contract
    return len(contract.roles) or contract.at_most or 2


def made(architecture: Architecture) -> Blueprint | Sketch:
    """Return the blueprint; otherwise the sketch, after checks of its errors and its picture."""
    try:
        return build(architecture)
    except ShapeError as error:
        first = error
    drawn = sketch(architecture)
    assert str(drawn.errors[0]) == str(first)
    assert first.where[0] in ("inputs", "merges", "trunk", "heads")
    assert first.rule.endswith(".")
    assert first.fix.endswith(".")
    failed = [node for node in drawn.graph.nodes if node.state == "failed"]
    assert len(failed) == len(drawn.errors)
    assert all(set(node.culprits) <= set(node.sources) for node in failed)
    return drawn


# Every strategy on every pair of kinds


FITS = ("refuse", "smallest", "largest", "width")


def pair(merge: Data, kinds: tuple[str, str], depth: int) -> Architecture:
    """Return inputs of two kinds, encoded or unchanged, joined by the merge."""
    inputs = []
    for place in range(count(merge["kind"])):
        kind = kinds[min(place, 1)]
        encoder = default_encoder(INPUTS[kind].form, depth=depth).model_dump(mode="json")
        inputs.append({"name": f"i{place}", "kind": kind, "encoder": encoder})
    fusion = {"name": "fusion", "sources": [i["name"] for i in inputs], **merge}
    head = {"name": "y", "kind": "binary", "source": "fusion"}
    return parse({"inputs": inputs, "merges": [fusion], "heads": [head]})


@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.matrix)])
@pytest.mark.parametrize("kind", MERGES)
def test_strategy_on_every_pair_of_kinds_builds_or_explains(kind: str, step: int) -> None:
    ordered = bool(MERGES[kind].contract.roles)
    forms = {concept.form: kind for kind, concept in INPUTS.items()}.values()
    pairs = product(forms, forms) if ordered else combinations_with_replacement(forms, 2)
    done = 0
    for place, (kinds, depth) in list(enumerate(product(pairs, (0, 1))))[::step]:
        merge = {"kind": kind, "fit": FITS[place % 4], "fit_width": 8}
        found = made(pair(merge, kinds, depth))
        done += all(node.state == "built" for node in found.graph.members("fusion"))
    assert done > 0


@given(architectures())
def test_every_architecture_builds_or_is_sketched(architecture: Architecture) -> None:
    found = made(architecture)
    text = diagram.dot(found.graph)
    assert all(f'"{node.id}"' in text for node in found.graph.drawn().nodes)
    assert {node.group for node in found.graph.nodes} == {group.id for group in found.graph.groups}


# Adapters


def adapters(architecture: Architecture) -> list[tuple[str, str, int]]:
    """Return layer, reason and width of the layers that fit the sources."""
    nodes = build(architecture).graph.nodes
    return [(n.id, n.reason, n.shape[-1] or 0) for n in nodes if n.reason]


@pytest.mark.parametrize(
    ("fit", "changed", "width"),
    [("smallest", "fusion_fit_i1", 4), ("largest", "fusion_fit_i0", 6), ("width", None, 5)],
)
def test_widths_are_fitted_visibly(fit: str, changed: str | None, width: int) -> None:
    architecture = joined({"kind": "add", "fit": fit, "fit_width": 5}, ((4,), (6,)))
    found = adapters(architecture)
    assert [id for id, _, _ in found] == (
        [changed] if changed else ["fusion_fit_i0", "fusion_fit_i1"]
    )
    assert all(given == width and f"to {width}" in reason for _, reason, given in found)
    weights = {"smallest": (6 + 1) * 4, "largest": (4 + 1) * 6, "width": (4 + 1) * 5 + (6 + 1) * 5}
    graph = build(architecture).graph
    assert sum(n.parameters for n in graph.members("fusion")) == weights[fit]


@pytest.mark.parametrize(
    ("given_", "layer"),
    [
        (((5, 4), (4,)), "GlobalAveragePooling1D"),
        (((3, 3, 4), (4,)), "GlobalAveragePooling2D"),
        (((3, 3, 4), (9, 4)), "Reshape"),
    ],
)
def test_ranks_are_fitted_visibly(given_: tuple[tuple[int, ...], ...], layer: str) -> None:
    architecture = joined({"kind": "add", "fit": "smallest", "then": _pool(given_)}, given_)
    graph = build(architecture).graph
    (node,) = (n for n in graph.members("fusion") if n.reason)
    assert node.layer == layer
    assert "Add takes a" in node.reason


def _pool(given_: tuple[tuple[int, ...], ...]) -> Data:
    passing = {"kind": "passthrough"}
    return passing if any(len(shape) == 1 for shape in given_) else {"kind": "pooling"}


def test_lengths_and_sizes_are_never_changed() -> None:
    for given_ in (((5, 4), (6, 4)), ((3, 3, 4), (3, 4, 4))):
        with pytest.raises(ShapeError, match="same length or size"):
            build(joined({"kind": "add", "fit": "smallest"}, given_))


def test_given_width_is_kept_by_every_strategy() -> None:
    architecture = joined({"kind": "concatenate", "fit": "width", "fit_width": 3}, ((4,), (6,)))
    assert build(architecture).graph["fusion_concatenate"].shape == (6,)


def test_modality_dropout_silences_whole_sources() -> None:
    architecture = joined({"kind": "add", "source_dropout": 0.5}, ((4,), (4,)))
    drops = [n for n in build(architecture).graph.members("fusion") if n.layer == "Dropout"]
    assert [n.id for n in drops] == ["fusion_drop_i0", "fusion_drop_i1"]
    assert all(n.arguments["noise_shape"] == (None, 1) for n in drops)


# Sketches


def test_average_of_one_vector_is_explained() -> None:
    with pytest.raises(ShapeError) as caught:
        build(joined({"kind": "average"}, ((3,),)))
    error = caught.value
    assert "never the features of one" in error.rule
    assert "give each reading an input of its own" in error.fix
    assert "the encoder `mean`" in error.fix
    assert error.where == ("merges", 0, "sources")


def test_sketch_shows_the_valid_part_and_the_failing_edge() -> None:
    inputs = [source("a", (4,)), source("b", (6,)), source("c", (4,))]
    merges = [
        {"name": "fusion", "kind": "add", "sources": ["a", "b", "c"]},
        {"name": "late", "kind": "concatenate", "sources": ["fusion", "c"]},
    ]
    heads = [{"name": "y", "kind": "binary", "source": "late"}]
    drawn = sketch(parse({"inputs": inputs, "merges": merges, "heads": heads}))
    (error,) = drawn.errors
    assert error.culprits == ("b",)
    assert [n.state for n in drawn.graph.nodes] == ["built"] * 3 + ["failed", "waiting", "waiting"]
    failed = drawn.graph["fusion"]
    assert (failed.layer, failed.sources, failed.culprits) == ("Add", ("a", "b", "c"), ("b",))
    assert failed.reason == str(error)
    text = diagram.dot(drawn.graph)
    (red,) = (
        line for line in text.splitlines() if "penwidth=2.6" in line or 'penwidth="2.6"' in line
    )
    assert '"b"' in red
    assert '"fusion"' in red


def test_sketch_of_an_encoder_that_fails_keeps_its_first_layers() -> None:
    tight = {"name": "a", "kind": "image", "height": 8, "width": 8}
    inputs = [{**tight, "encoder": {"kind": "conv2d", "depth": 3}}, source("b", (4,))]
    merges = [{"name": "m", "kind": "concatenate", "sources": ["a", "b"]}]
    heads = [{"name": "y", "kind": "binary", "source": "m"}]
    drawn = sketch(parse({"inputs": inputs, "merges": merges, "heads": heads}))
    branch = [(n.layer, n.state) for n in drawn.graph.members("a")]
    assert branch[0] == ("InputLayer", "built")
    assert branch[1] == ("Conv2D", "built")
    assert branch[-1] == ("Conv2D", "failed")
    assert drawn.graph["m"].state == "waiting"
    assert drawn.graph["y"].state == "waiting"


def test_layers_behind_a_merge_must_read_its_output() -> None:
    architecture = joined({"kind": "add", "then": {"kind": "lstm"}}, ((4,), (4,)))
    with pytest.raises(ShapeError) as caught:
        build(architecture)
    assert caught.value.where == ("merges", 0, "then", "kind")
    assert caught.value.received == "fusion"
    assert "`dense`" in caught.value.fix
