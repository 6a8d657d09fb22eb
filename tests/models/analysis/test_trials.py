"""Trials of strategies and encoders on branches, which agree with the built models."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from components.app.pages.strategies.cards import try_merge
from components.base.errors import PlaygroundError
from components.experiments.races.fitted import Fitted
from components.models.analysis import trials
from components.models.analysis.trials import PartView
from components.models.architecture.architecture import Architecture, parse
from components.models.architecture.builder import build
from components.models.architecture.costs import costs_of
from components.models.encoders import ENCODERS
from components.models.inputs import INPUTS
from components.models.inputs.base import Shape
from components.models.language.fields import settings
from components.models.language.graph import Graph
from components.models.merges import MERGES
from sample_data.content import presets
from tests.models.merges.cases import parameters

Data = dict[str, Any]

TWO: Data = {
    "inputs": [
        {"name": "a", "kind": "vector", "features": 6},
        {"name": "b", "kind": "vector", "features": 4},
    ],
    "merges": [{"name": "fusion", "kind": "concatenate", "sources": ["a", "b"]}],
    "heads": [{"name": "y", "kind": "binary", "source": "fusion"}],
}
THREE: Data = {
    **TWO,
    "inputs": [*TWO["inputs"], {"name": "c", "kind": "vector", "features": 5}],
    "merges": [{"name": "fusion", "kind": "concatenate", "sources": ["a", "b", "c"]}],
}
MIXED: Data = {
    "inputs": [
        {"name": "series", "kind": "timeseries", "length": None, "features": 5, "padding": True},
        {"name": "picture", "kind": "image", "height": 8, "width": 8, "channels": 3},
    ],
    "merges": [
        {
            "name": "fusion",
            "kind": "cross_attention",
            "sources": ["series", "picture"],
            "fit": "largest",
        }
    ],
    "heads": [{"name": "y", "kind": "binary", "source": "fusion"}],
}
APART: Data = {
    **TWO,
    "merges": [],
    "heads": [
        {"name": "y", "kind": "binary", "source": "a"},
        {"name": "z", "kind": "binary", "source": "b"},
    ],
}
MODELS = {"two": TWO, "three": THREE, "mixed": MIXED, "apart": APART}
on_every_strategy = pytest.mark.parametrize("kind", list(MERGES))
on_every_encoder = pytest.mark.parametrize("kind", list(ENCODERS))


def model(name: str) -> Architecture:
    return parse(MODELS[name])


def hangs_together(graph: Graph) -> bool:
    return all(source in graph for node in graph.nodes for source in node.sources)


def source_shapes(architecture: Architecture, part: PartView) -> list[Shape]:
    """Return the shapes that the strategy itself gets, after the layers that fit its sources."""
    graph, shapes = part.graph, trials.end_shapes(architecture)
    sources = architecture.merges[-1].sources
    ends = {name: (graph.members(name)[-1].id, shapes[name]) for name in sources}
    for node in part.adapters:
        for name, (end, _) in ends.items():
            if graph[node.id].sources[0] == end:
                ends[name] = (node.id, node.shape)
    return [ends[name][1] for name in sources]


def tried(architecture: Architecture, kind: str) -> tuple[Architecture, Fitted, PartView] | None:
    """Return a strategy that fits, and its part; checked against the reason beside it."""
    fit = try_merge(architecture, kind)
    if fit.why is not None:
        assert fit.why.rule
        assert fit.why.received
        assert fit.why.fix
        assert fit.why.where[:1] in (("inputs",), ("merges",), ("heads",), ("trunk",))
    assert fit.why is not None or fit.architecture is not None
    if fit.architecture is None or fit.part is None:
        return None
    merge, part = fit.architecture.merges[-1], fit.part
    assert type(merge) is MERGES[kind]
    assert part.own.parameters == parameters(merge, source_shapes(fit.architecture, part))
    assert part.fitting.parameters == sum(node.parameters for node in part.adapters)
    assert hangs_together(part.graph)
    return fit.architecture, fit, part


def checked(spec: Architecture, kind: str) -> None:
    """Compare a strategy that was tried with the model that "Use this" makes."""
    result = tried(spec, kind)
    if result is None:
        return
    architecture, fit, part = result
    built, name = build(architecture).graph, architecture.merges[-1].name
    if not fit.pooled:
        spent = costs_of(built).groups[name]
        assert spent.flops == part.own.flops + part.fitting.flops
        assert spent.parameters == part.own.parameters + part.fitting.parameters
        merged = [node for node in built.members(name) if not node.hidden]
        assert {node.id for node in merged} <= {node.id for node in part.graph.nodes}
        assert part.shape == merged[-1].shape


@on_every_strategy
@pytest.mark.parametrize("name", ["two", "mixed"])
def test_a_trial_gives_numbers_or_a_reason(name: str, kind: str) -> None:
    checked(model(name), kind)


def result_of(architecture: Architecture, kind: str) -> tuple[Architecture, Fitted, PartView]:
    """Return a strategy that fits, and its part."""
    result = tried(architecture, kind)
    assert result is not None
    return result


def refused(architecture: Architecture, kind: str) -> PlaygroundError:
    """Return the reason of a strategy that doesn't fit."""
    fit = try_merge(architecture, kind)
    assert fit.architecture is None
    assert fit.why is not None
    return fit.why


def test_unequal_widths_are_fitted_to_the_smallest() -> None:
    spec, fit, part = result_of(model("two"), "add")
    assert not fit.as_is
    assert fit.why is not None
    assert fit.why.culprits == ("b",)
    assert spec.merges[0].fit == "smallest"
    assert source_shapes(spec, part) == [(4,), (4,)]
    assert part.shape == (4,)
    assert [node.id for node in part.adapters] == ["fusion_fit_a"]
    assert part.fitting.parameters == 6 * 4 + 4
    assert (part.own.parameters, part.own.flops) == (0, 4)


def test_a_policy_that_is_there_is_kept_and_one_that_is_not_needed_is_not_set() -> None:
    data = {**TWO, "merges": [{**TWO["merges"][0], "kind": "add", "fit": "largest"}]}
    own, _, part = result_of(parse(data), "multiply")
    film, fit, _ = result_of(model("two"), "film")
    assert (own.merges[0].fit, part.shape) == ("largest", (6,))
    assert film.merges[0].fit == "refuse"
    assert fit.as_is


def test_too_many_sources_and_one_branch_alone_have_a_reason() -> None:
    assert "3 sources" in refused(model("three"), "film").received
    one = parse({"inputs": TWO["inputs"][:1], "heads": [{**TWO["heads"][0], "source": "a"}]})
    for kind in MERGES:
        refused(one, kind)


def test_without_a_merge_all_branches_are_joined() -> None:
    joined, _, _ = result_of(model("apart"), "concatenate")
    assert joined.merges[0].sources == ("a", "b")
    assert {head.source for head in joined.heads} == {"fusion"}


def test_the_last_in_the_list_may_be_read_by_another_merge() -> None:
    joined = {"name": "late", "kind": "add", "sources": ["fusion", "c"], "fit": "smallest"}
    first = {**TWO["merges"][0]}
    heads = [{"name": "y", "kind": "binary", "source": "late"}]
    architecture = parse({**THREE, "merges": [joined, first], "heads": heads})
    for kind in MERGES:
        checked(architecture, kind)
    strict = parse({**THREE, "merges": [{**joined, "fit": "refuse"}, first], "heads": heads})
    assert refused(strict, "concatenate").where[:2] == ("merges", 0)


def test_a_fault_elsewhere_is_not_the_strategys() -> None:
    beside = {"name": "beside", "kind": "add", "sources": ["a", "b"]}
    heads = [*THREE["heads"], {"name": "z", "kind": "binary", "source": "beside"}]
    architecture = parse({**THREE, "merges": [beside, *THREE["merges"]], "heads": heads})
    assert try_merge(architecture, "concatenate").as_is
    assert tried(architecture, "add") is not None


def test_steps_that_a_head_cannot_read_are_pooled() -> None:
    inputs = [
        {"name": name, "kind": "timeseries", "length": 6, "features": features}
        for name, features in (("left", 5), ("right", 3))
    ]
    merge = {"name": "fusion", "kind": "cross_attention", "sources": ["left", "right"]}
    spec, fit, part = result_of(
        parse({**MIXED, "inputs": inputs, "merges": [merge]}), "concatenate"
    )
    assert fit.pooled
    assert part.shape == (6, 8)
    assert build(spec).graph.members("fusion")[-1].shape == (8,)


@on_every_strategy
def test_every_strategy_has_an_example(kind: str) -> None:
    architecture, part = trials.example_merge(kind), trials.example_part(kind)
    branches = [group.title for group in part.graph.groups if group.role == "branch"]
    merge = architecture.merges[-1]
    assert branches == [f"h{place}" for place in range(1, len(merge.sources) + 1)]
    assert part.own.parameters == parameters(merge, source_shapes(architecture, part))
    assert hangs_together(part.graph)


@on_every_encoder
def test_every_encoder_is_shown_on_a_default_input(kind: str) -> None:
    shown, place = trials.example_input(model("two"), kind)
    assert shown.form in ENCODERS[kind].takes
    made = trials.try_encoder(shown, kind, place or 0)
    assert made.error is None
    assert made.shape
    assert made.cost.parameters >= 0
    assert hangs_together(made.graph)
    assert made.graph.group(shown.name).hue == (place or 0)


@pytest.mark.parametrize(("kind", "read"), list(product(ENCODERS, INPUTS)))
def test_an_encoder_is_usable_for_the_branches_it_reads(kind: str, read: str) -> None:
    head = {"name": "y", "kind": "binary", "source": "x"}
    architecture = parse({"inputs": [{"name": "x", "kind": read}], "heads": [head]})
    borrows = any(setting.refers == "inputs" for setting in settings(ENCODERS[kind]))
    reads = INPUTS[read].form in ENCODERS[kind].takes
    assert trials.readable_inputs(architecture, kind) == (("x",) if reads and not borrows else ())


def test_an_encoder_that_borrows_needs_one_that_lends() -> None:
    assert trials.readable_inputs(presets.load("siamese_digits"), "shared") == ("right",)
    assert trials.readable_inputs(model("two"), "shared") == ()


def test_ends_are_what_branches_and_merges_give() -> None:
    assert trials.end_shapes(model("two")) == {"a": (6,), "b": (4,), "fusion": (10,)}
    broken = parse({**TWO, "merges": [{**TWO["merges"][0], "kind": "add"}]})
    assert trials.end_shapes(broken) == {"a": (6,), "b": (4,)}
