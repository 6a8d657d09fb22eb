from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings

from components.base.errors import SpecError, Where
from components.models.architecture.architecture import Architecture, free_name, parse, parse_json
from components.models.architecture.marks import Mark
from components.models.inputs import INPUTS
from sample_data.content import presets
from tests.strategies import AWKWARD, GARBAGE, architectures, mutated

Data = dict[str, Any]

VECTOR = {"kind": "vector", "features": 3}
DENSE = {"kind": "dense", "units": 4}


def valid(**parts: Any) -> Data:
    """Return inputs `a` and `b`, merge `m` and head `y`, with some parts replaced."""
    return {
        "inputs": [{"name": "a", **VECTOR}, {"name": "b", **VECTOR}],
        "merges": [{"name": "m", "kind": "concatenate", "sources": ["a", "b"]}],
        "heads": [{"name": "y", "kind": "binary", "source": "m"}],
        **copy.deepcopy(parts),
    }


def merge(name: str, *sources: str, kind: str = "concatenate", **more: Any) -> Data:
    return {"name": name, "kind": kind, "sources": list(sources), **more}


def head(source: str, name: str = "y") -> Data:
    return {"name": name, "kind": "binary", "source": source}


def vector(name: str, **encoder: Any) -> Data:
    return {"name": name, **VECTOR, **({"encoder": encoder} if encoder else {})}


def refused(data: object) -> SpecError:
    """Return the error of a spec, after checks of its three parts."""
    with pytest.raises(SpecError) as caught:
        parse(data)
    error = caught.value
    assert re.fullmatch(r".*\.", error.rule, re.S), error.rule
    assert error.received
    assert re.fullmatch(r".*[.?]", error.fix, re.S), error.fix
    assert str(error) == f"{error.problem} {error.fix}"
    return error


# JSON and digest


@given(architectures(), architectures())
def test_json_and_digest_stand_for_an_architecture(one: Architecture, other: Architecture) -> None:
    for data in (one.data(), one.model_dump(mode="json")):
        assert parse(data) == one
    assert parse_json(one.json_text()) == one
    every_field = {"kind", *type(one.inputs[0].encoder).model_fields}
    assert {*json.loads(one.json_text())["inputs"][0]["encoder"]} == every_field
    assert parse(one.data()).digest == one.digest
    renamed = one.model_copy(update={"name": f"{one.name[:38]}_2"})
    for changed in (other, renamed):
        assert (one.digest == changed.digest) == (one == changed)


def test_written_json_leaves_out_defaults_and_keeps_kinds() -> None:
    assert parse(valid()).data() == {
        "version": 2,
        "name": "model",
        "inputs": [
            {
                "name": n,
                "kind": "vector",
                "features": 3,
                "encoder": {"kind": "passthrough", "depth": 0},
            }
            for n in "ab"
        ],
        "merges": [merge("m", "a", "b")],
        "trunk": {"depth": 0},
        "heads": [head("m")],
    }


def test_units_are_one_number_or_one_for_each_layer() -> None:
    taper = {"kind": "dense", "depth": 3, "units": [32, 16, 8]}
    trunk = {"depth": 2, "units": [4, 2]}
    data = valid(inputs=[vector("a", **taper), vector("b", **taper)], trunk=trunk)
    data["heads"][0]["source"] = "trunk"
    architecture = parse(data)
    assert architecture.inputs[0].encoder.units == (32, 16, 8)  # type: ignore[attr-defined]
    assert architecture.data()["inputs"][0]["encoder"] == taper
    assert architecture.data()["trunk"] == trunk
    assert parse_json(architecture.json_text()) == architecture


@pytest.mark.parametrize("units", [0, 65537, [], [8, 0], [1] * 9, "many", [8, "x"], None, {}])
def test_units_out_of_range_are_refused(units: Any) -> None:
    error = refused(valid(inputs=[vector("a", **{**DENSE, "units": units}), vector("b")]))
    assert error.where == ("inputs", 0, "encoder", "units")


# Unknown and wrong fields


@pytest.mark.parametrize(
    ("path", "field", "value", "near"),
    [
        ((), "mergs", 1, "merges"),
        (("inputs", 0), "feature", 1, "features"),
        (("inputs", 1, "encoder"), "unit", 1, "units"),
        (("merges", 0), "source", 1, "sources"),
        (("trunk",), "dept", 1, "depth"),
        (("heads", 0), "los", 1, "loss"),
        (("inputs", 0), "kind", "vectr", "vector"),
        (("inputs", 0, "encoder"), "kind", "dens", "dense"),
        (("merges", 0), "kind", "ad", "add"),
        (("heads", 0), "kind", "binry", "binary"),
    ],
    ids=str,
)
def test_unknown_field_or_kind_is_refused_by_name(
    path: Where, field: str, value: Any, near: str
) -> None:
    data = valid(inputs=[vector("a", **DENSE), vector("b", **DENSE)], trunk={"depth": 0})
    holder: Any = data
    for step in path:
        holder = holder[step]
    holder[field] = value
    error = refused(data)
    assert error.where == (*path, field)
    assert (field if value == 1 else value) in error.received
    assert error.fix == f"Did you mean `{near}`?"


@pytest.mark.parametrize(
    ("change", "where", "fix"),
    [
        ({"heads": []}, ("heads",), "Give at least 1."),
        ({"inputs": []}, ("inputs",), "Give at least 1."),
        (
            {"inputs": [vector(f"i{n}") for n in range(13)]},
            ("inputs",),
            "Give at most 12."
        ),
        ({"inputs": [{"name": "a", "kind": "vector", "features": 0}]},
            ("inputs", 0, "features"), "Use 1 or more."),
        ({"trunk": {"depth": 9}}, ("trunk", "depth"), "Use 8 or less."),
        ({"trunk": {"activation": "rely"}}, ("trunk", "activation"), "Did you mean `relu`?"),
        ({"inputs": [{"name": "a"}]}, ("inputs", 0, "kind"), "Add `kind`."),
        ({"heads": [{"name": "y", "kind": "binary"}]}, ("heads", 0, "source"), "Add `source`."),
        ({"trunk": {"dropout": float("nan")}}, ("trunk", "dropout"), "Write a finite number."),
        ({"name": "é"}, ("name",), "Use a name such as `e`.")
    ]
)  # fmt: skip
def test_wrong_value_is_placed_and_fixed(change: Data, where: Where, fix: str) -> None:
    error = refused(valid(**change))
    assert (error.where, error.fix) == (where, fix)


@pytest.mark.parametrize("missing", ["inputs", "heads"])
def test_missing_part_is_named(missing: str) -> None:
    data = valid()
    del data[missing]
    error = refused(data)
    assert (error.where, error.fix) == ((missing,), f"Add `{missing}`.")


@pytest.mark.parametrize(
    "name", ["", "2a", "_a", "a b", "a-b", "été", "数", "a" * 41, "a\n", "<b>"]
)
@pytest.mark.parametrize("part", ["inputs", "merges", "heads"])
def test_name_that_is_no_identifier_is_refused(part: str, name: str) -> None:
    data = valid()
    data[part][0]["name"] = name
    error = refused(data)
    assert error.where == (part, 0, "name")
    assert "letters, digits and underscores" in error.rule


@pytest.mark.parametrize("name", ["a", "Z9_", "a" * 40, *AWKWARD])
def test_name_of_letters_digits_and_underscores_is_taken(name: str) -> None:
    data = {"inputs": [vector(name)], "heads": [head(name, "output")]}
    assert parse(data).inputs[0].name == name


# Cross-checks


@pytest.mark.parametrize(
    ("change", "where", "received"),
    [
        ({"inputs": [vector("a"), vector("a")]}, ("inputs", 1, "name"), "a, which input 1 has"),
        ({"merges": [merge("a", "a", "b")]}, ("merges", 0, "name"), "a, which input 1 has"),
        ({"heads": [head("m", "m")]}, ("heads", 0, "name"), "m, which merge 1 has"),
        ({"heads": [head("m", "trunk")]}, ("heads", 0, "name"), "trunk, which the trunk has"),
        ({"inputs": [vector("trunk"), vector("b")]}, ("inputs", 0, "name"),
            "trunk, which the trunk has"),
        ({"merges": [merge("m", "a", "c")]}, ("merges", 0, "sources"), "c"),
        ({"merges": [merge("m", "a", "y")]}, ("merges", 0, "sources"), "y"),
        ({"heads": [head("n")]}, ("heads", 0, "source"), "n"),
        ({"heads": [head("m"), head("y", "z")]}, ("heads", 1, "source"), "y"),
        ({"merges": [merge("m", "m", "a", "b")]}, ("merges", 0, "sources"), "m"),
        ({"merges": [merge("m", "n", "a"), merge("n", "m", "b")]}, ("merges", 0, "sources"),
            "m and n"),
        ({"inputs": [vector("a"), vector("b"), vector("c")]}, ("inputs", 2, "name"),
            "c"),
        ({"merges": [merge("n", "a", "b"), merge("m", "a", "b")]}, ("merges", 0, "name"),
            "n"),
        ({"heads": [head("a"), head("b", "z")]}, ("merges", 0, "name"), "m"),
        ({"trunk": {"depth": 1}}, ("trunk", "depth"), "1"),
        ({"merges": [], "heads": [head("a"), head("b", "z")], "trunk": {"depth": 2}},
            ("trunk", "depth"), "a trunk of depth 2 without a merge"),
        ({"merges": [], "heads": [head("a"), head("trunk", "z")]}, ("heads", 1, "source"),
            "z reads the trunk of several branches without a merge"),
        ({"inputs": [vector("a", kind="lstm"), vector("b")]}, ("inputs", 0, "encoder", "kind"),
            "LSTM")
    ]
)  # fmt: skip
def test_parts_that_do_not_fit_are_placed(change: Data, where: Where, received: str) -> None:
    error = refused(valid(**change))
    assert (error.where, error.received) == (where, received)


@pytest.mark.parametrize("kind", ["tf.expand_dims", "expand_dims", "tf.reduce_mean", "Lambda"])
def test_raw_function_between_layers_is_explained(kind: str) -> None:
    error = refused(valid(inputs=[vector("a", kind=kind), vector("b")]))
    assert "keras.ops" in error.rule
    assert error.received == kind
    assert "`mean`" in error.fix
    assert error.where == ("inputs", 0, "encoder", "kind")


def test_layers_behind_a_merge_are_not_shared() -> None:
    then = {"kind": "shared", "branch": "a"}
    error = refused(valid(merges=[merge("m", "a", "b", then=then)]))
    assert error.where == ("merges", 0, "then", "kind")


@pytest.mark.parametrize("kind", INPUTS)
def test_encoder_that_cannot_read_a_form_suggests_those_that_can(kind: str) -> None:
    wrong = "dense" if INPUTS[kind].form != "vector" else "conv2d"
    error = refused(
        {"inputs": [{"name": "a", "kind": kind, "encoder": {"kind": wrong}}], "heads": [head("a")]}
    )
    fixed = re.fullmatch(r"Choose `(\w+)`\.", error.fix)
    assert fixed
    fits = {"name": "a", "kind": kind, "encoder": {"kind": fixed[1]}}
    assert parse({"inputs": [fits], "heads": [head("a")]}).inputs[0].name == "a"


@pytest.mark.parametrize(
    ("branch", "lender", "rule", "fix"),
    [
        ("b", {}, "can only share the encoder of another input", "Choose `a`."),
        ("c", {}, "can only share the encoder of another input", "Choose `a`."),
        ("m", {}, "can only share the encoder of another input", "Choose `a`."),
        ("a", {"features": 4}, "same kind and shape", "Duplicate the input"),
        (
            "a",
            {"kind": "categorical", "categories": 3},
            "same kind and shape",
            "Duplicate the input",
        ),
        ("a", {"encoder": {"kind": "shared", "branch": "b"}}, "no encoder of its own", "Duplicate"),
    ],
)
def test_shared_encoder_that_cannot_be_shared(
    branch: str, lender: Data, rule: str, fix: str
) -> None:
    first = {"name": "a", "kind": "vector", **lender}
    if first["kind"] == "vector":
        first = {**VECTOR, **first}
    data = valid(inputs=[first, vector("b", kind="shared", branch=branch)])
    error = refused(data)
    assert rule in error.rule
    assert error.fix.startswith(fix)
    lender_fails = "encoder" in lender
    assert error.where == ("inputs", 0 if lender_fails else 1, "encoder", "branch")


@pytest.mark.parametrize(
    "change",
    [
        {"heads": [head("trunk")]},
        {"merges": [], "heads": [head("a"), head("b", "z")]},
        {"merges": [merge("m", "a", "b", "a")]},
        {"merges": [], "inputs": [vector("a")], "heads": [head("trunk")], "trunk": {"depth": 1}},
        {"inputs": [vector("a", kind="shared", branch="b"), vector("b", **DENSE)]},
    ],
)
def test_unusual_parts_that_fit_are_taken(change: Data) -> None:
    data = valid(**change)
    assert len(parse(data).heads) == len(data["heads"])


def test_merges_are_ordered_behind_what_they_read() -> None:
    merges = [merge("last", "mid", "a"), merge("mid", "first", "b"), merge("first", "a", "b")]
    architecture = parse(valid(merges=merges, heads=[head("last")]))
    assert [place for place, _ in architecture.ordered_merges()] == [2, 1, 0]


@given(architectures())
def test_ordered_merges_hold_all_merges_each_behind_its_sources(architecture: Architecture) -> None:
    ordered = architecture.ordered_merges()
    assert sorted(place for place, _ in ordered) == list(range(len(architecture.merges)))
    done = {i.name for i in architecture.inputs}
    for place, item in ordered:
        assert architecture.merges[place] is item
        assert set(item.sources) <= done
        done.add(item.name)


@pytest.mark.parametrize(
    ("depth", "name", "stands_for"), [(0, "trunk", "m"), (1, "trunk", "trunk"), (0, "a", "a")]
)
def test_trunk_of_no_depth_passes_on_its_source(depth: int, name: str, stands_for: str) -> None:
    architecture = parse(valid(trunk={"depth": depth}, heads=[head("trunk")]))
    assert architecture.reads(name) == stands_for


def test_free_name_counts_on_and_stays_short() -> None:
    architecture = parse(valid(inputs=[vector("image_2"), vector("a" * 40)],
                       merges=[merge("m", "image_2", "a" * 40)]))  # fmt: skip
    assert free_name(architecture, "image") == "image"
    assert free_name(architecture, "image_2") == "image_3"
    assert free_name(architecture, "trunk") == "trunk_2"
    assert free_name(architecture, "a" * 40) == "a" * 36 + "_2"


# Garbage


@settings(max_examples=80)
@given(GARBAGE | mutated())
def test_garbage_raises_spec_errors_alone(data: object) -> None:
    got = read(parse, data)
    if isinstance(got, SpecError):
        assert got.rule.endswith(".")
        assert got.fix
        return
    assert parse(got.data()) == got


def read(reader: Callable[[Any], Architecture], given_: Any) -> Architecture | SpecError:
    try:
        return reader(given_)
    except SpecError as error:
        return error


@pytest.mark.parametrize(
    "text",
    ["", "{", "[" * 100_000, "nul", b"\xff\xfe\x00", "1" * 5000],
    ids=lambda text: repr(text[:20]),
)
def test_text_that_is_no_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(SpecError, match="not JSON"):
        parse_json(text)


@pytest.mark.parametrize("data", [None, [], "text", 3, b"{}"])
def test_data_that_is_no_object_is_refused(data: object) -> None:
    assert "model in JSON" in refused(data).rule


# Emphasis


def test_emphasis_is_kept_and_is_no_part_of_the_model() -> None:
    plain = presets.load("image_text_relevance")
    marked = plain.with_marks((Mark(part="image", note="frozen", color="gold"),))
    assert parse_json(marked.json_text()) == marked != plain
    assert marked.digest == plain.digest
    assert marked.unmarked == plain


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("colour", "gold", "Mark 1 of the model has no field `colour`."),
        ("color", "ultraviolet", "can't be `ultraviolet`"),
        ("note", "x" * 61, "Give at most 60 letters."),
        ("part", "<b>", "A name starts with a letter"),
    ],
)
def test_bad_emphasis_is_one_sentence(field: str, value: str, words: str) -> None:
    data = presets.load("image_text_relevance").data()
    with pytest.raises(SpecError, match=re.escape(words)):
        parse({**data, "marks": [{"part": "image", field: value}]})


def test_emphasis_is_on_one_line_without_control_characters() -> None:
    assert Mark(part="image", note="a\n\x00 b\u202e").note == "a b"
