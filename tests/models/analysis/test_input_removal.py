"""Architecture without one of its inputs."""

from __future__ import annotations

from typing import Any

import pytest

from components.base.errors import SpecError
from components.models.analysis.input_removal import without_input
from components.models.analysis.model_view import built_view
from components.models.architecture.architecture import Architecture, parse
from sample_data.content import presets
from tests.experiments.training.support import vector

IMPOSSIBLE = {("film_reasoning", "picture")}
"""Inputs of presets without which the remaining layers can't be built."""


def merge(name: str, kind: str, *sources: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "kind": kind, "sources": sources, **fields}


def binary(name: str, source: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "kind": "binary", "source": source, **fields}


def three(*merges: dict[str, Any], **parts: Any) -> Architecture:
    last = {"heads": [binary("y", str(merges[-1]["name"]))]} if merges else {}
    return parse({"inputs": [vector(n) for n in "abc"], "merges": merges, **last, **parts})


def parts(architecture: Architecture) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return kind and sources of each merge."""
    return {m.name: (m.kind, m.sources) for m in architecture.merges}  # type: ignore[attr-defined]


def test_a_merge_that_named_the_input_joins_the_others() -> None:
    left = without_input(three(merge("m", "concatenate", "a", "b", "c")), "b")
    assert [branch.name for branch in left.inputs] == ["a", "c"]
    assert parts(left) == {"m": ("concatenate", ("a", "c"))}


def test_a_merge_with_one_source_passes_it_on_with_the_layers_after_it() -> None:
    then = {"kind": "dense", "depth": 2, "units": 5}
    whole = three(merge("m", "multiply", "a", "b", then=then), merge("n", "add", "m", "c"))
    whole = whole.model_copy(update={"merges": (whole.merges[0],), "inputs": whole.inputs[:2]})
    whole = parse({**whole.data(), "heads": [binary("y", "m")]})
    left = without_input(whole, "b")
    assert parts(left) == {"m": ("average", ("a", "a"))}
    assert left.merges[0].then == whole.merges[0].then
    total = built_view(left).costs.total.parameters
    assert total == (8 * 16 + 16) + (16 * 5 + 5) + (5 * 5 + 5) + (5 + 1)


def test_a_comparison_of_one_input_goes_if_there_is_more_to_read() -> None:
    first, second = merge("near", "dot", "a", "b"), merge("all", "concatenate", "near", "a", "c")
    left = without_input(three(first, second), "b")
    assert parts(left) == {"all": ("concatenate", ("a", "c"))}
    alone = without_input(three(first, merge("all", "concatenate", "near", "c")), "c")
    assert parts(alone) == {"near": ("dot", ("a", "b")), "all": ("average", ("near", "near"))}


def test_a_head_without_layers_gets_them_if_its_logits_are_gone() -> None:
    whole = parse(
        {
            "inputs": [vector("a"), vector("b")],
            "merges": [merge("votes", "late_sum", "a", "b")],
            "heads": [binary("y", "votes", dense=False)],
        }
    )
    assert without_input(whole, "a").heads[0].dense


def test_heads_and_the_trunk_go_with_all_that_they_read() -> None:
    whole = three(
        merge("m", "add", "b", "c"),
        merge("n", "add", "m", "c"),
        trunk={"depth": 1, "units": 4},
        heads=[binary("y", "trunk"), binary("own", "a")],
    )
    left = without_input(whole, "a")
    assert [head.name for head in left.heads] == ["y"]
    assert left.trunk == whole.trunk
    only_a = parse(
        {"inputs": [vector("a"), vector("b")], "heads": [binary("y", "a"), binary("z", "b")]}
    )
    assert [head.name for head in without_input(only_a, "b").heads] == ["y"]


def test_an_encoder_that_others_share_stays_with_the_first_of_them() -> None:
    shared = {"kind": "shared", "branch": "a"}
    inputs = [vector("a"), *({**vector(n), "encoder": shared} for n in "bc")]
    left = without_input(three(merge("m", "add", "a", "b", "c"), inputs=inputs), "a")
    assert left.inputs[0].encoder == three(merge("m", "add", "a", "b", "c")).inputs[0].encoder
    assert left.inputs[1].encoder.branch == "b"  # type: ignore[attr-defined]


def test_branches_that_read_its_data_go_with_it() -> None:
    second = {**vector("again"), "reads": "a"}
    inputs = [vector("a"), vector("b"), second]
    left = without_input(three(merge("m", "add", "a", "b", "again"), inputs=inputs), "a")
    assert [branch.name for branch in left.inputs] == ["b"]
    assert parts(left) == {"m": ("average", ("b", "b"))}


def test_the_only_input_cannot_be_removed() -> None:
    alone = parse({"inputs": [vector("a")], "heads": [binary("y", "a")]})
    with pytest.raises(SpecError, match=r"A model needs at least one input\."):
        without_input(alone, "a")


@pytest.mark.parametrize("name", presets.names())
def test_presets_without_each_input(name: str) -> None:
    whole = presets.load(name)
    for branch in whole.data_inputs:
        if (name, branch.name) in IMPOSSIBLE:
            with pytest.raises(SpecError):
                without_input(whole, branch.name)
        else:
            left = without_input(whole, branch.name)
            assert branch.name not in {one.name for one in left.data_inputs}
            assert len(left.data_inputs) == len(whole.data_inputs) - 1
