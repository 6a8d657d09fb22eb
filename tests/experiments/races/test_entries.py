from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.base.errors import SpecError
from components.experiments.races.entries import (
    StrategyEntry,
    entry_of,
    fields_of,
    parse_entries,
    parse_entry,
)
from components.models.merges import MERGES
from sample_data.content import presets
from tests.strategies import value

TOWER = "concatenate:then=dense/depth=2/last_activation=linear/units=32+16"


@st.composite
def entries(draw: st.DrawFn) -> StrategyEntry:
    kind = draw(st.sampled_from(list(MERGES)))
    known = {setting.name: setting for setting in fields_of(kind)}
    names = draw(st.lists(st.sampled_from(sorted(known)), unique=True, max_size=3))
    return StrategyEntry(kind=kind, fields={name: draw(value(known[name], 50)) for name in names})


@given(entries())
def test_an_entry_is_read_back_from_its_text_and_its_json(entry: StrategyEntry) -> None:
    assert parse_entry(entry.text) == entry
    assert StrategyEntry.model_validate_json(entry.model_dump_json()) == entry
    assert hash(parse_entry(entry.text)) == hash(entry)


def test_values_are_those_of_the_fields() -> None:
    entry = parse_entry(" gated:units=8 , fit=largest ")
    assert entry.fields == {"units": 8, "fit": "largest"}
    assert entry.text == "gated:fit=largest,units=8"
    assert entry.title == "Gated multimodal unit (fit sources largest, units 8)"


@pytest.mark.parametrize(
    ("preset", "texts"),
    [
        ("activity_sensors", ["time_concatenate:then=gru/depth=2/units=32"]),
        ("two_tower", [TOWER, TOWER, "dot:normalize=True"]),
        ("crossmodal_transformer", ["cross_attention:units=24"]),
    ],
)
def test_the_merge_of_a_model_is_an_entry_for_any_model(preset: str, texts: list[str]) -> None:
    entries = [entry_of(merge) for merge in presets.load(preset).merges]
    assert [entry.text for entry in entries] == texts
    assert [parse_entry(text) for text in texts] == entries
    merge = {"name": "fusion", "sources": ("a", "b"), "outputs": 3}
    assert entry_of(MERGES["late_sum"].model_validate(merge)).text == "late_sum"


def test_layers_after_the_merge_are_named_or_described() -> None:
    plain = parse_entry("concatenate:then=dense")
    assert plain.title == "Concatenate then Dense"
    deep = parse_entry("concatenate:then=dense/units=16/depth=2")
    assert deep.fields == {"then": {"kind": "dense", "units": 16, "depth": 2}}
    assert deep.title == "Concatenate then Dense (depth 2, units 16)"
    assert parse_entry(deep.text) == deep
    assert StrategyEntry(kind="concatenate", fields={"then": {"kind": "dense"}}) == plain


def test_a_list_keeps_fields_with_their_strategy() -> None:
    found = parse_entries("add,gated:units=8,fit=smallest,late_sum:outputs=1,multiply")
    texts = ["add", "gated:fit=smallest,units=8", "late_sum:outputs=1", "multiply"]
    assert [entry.text for entry in found] == texts
    assert [entry.kind for entry in parse_entries("all")] == list(MERGES)


REFUSED = [
    ("gaited", "no known", "gaited", "`gated`"),
    ("", "no known", "", "Choose one of"),
    ("gated:unit=8", "only have fields of its own", "unit", "`units`"),
    ("gated:name=x", "only have fields of its own", "name", "Choose one of"),
    ("gated:units=0", "can't have this value", "0", "from 1 to 1024"),
    ("gated:units=many", "can't have this value", "many", "from 1 to 1024"),
    ("gated:fit=tight", "can't have this value", "tight", "`refuse`"),
    ("dot:normalize=maybe", "can't have this value", "maybe", "`true`"),
    ("gated:units", "name=value", "units", "gated:fit=smallest"),
    ("gated:units=1,units=2", "set once", "gated:units=1,units=2", "Leave one"),
    ("add:then=danse", "no known", "danse", "`dense`"),
    ("add:then=dense/units=0", "can't have this value", "units", "from 1"),
    ("add:then=dense/wide=3", "can't have this value", "wide", "Choose one of"),
]


@pytest.mark.parametrize(("text", "rule", "received", "fix"), REFUSED)
def test_refusals_say_rule_received_and_fix(text: str, rule: str, received: str, fix: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse_entry(text)
    error = caught.value
    assert rule in error.rule
    assert error.received == received
    assert fix in error.fix
