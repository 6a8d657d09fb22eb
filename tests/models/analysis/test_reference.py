"""Entries of the reference page: every strategy and encoder, as a reader searches them."""

from __future__ import annotations

import re

import pytest

from components.models.analysis import reference
from components.models.analysis.reference import FITS, KEEPS, MANY, PAIRS, READS, ReferenceEntry
from components.models.encoders import ENCODERS
from components.models.encoders.base import Encoder
from components.models.merges import MERGES
from components.models.merges.base import Merge


def kinds(words: str = "", *wanted: str) -> list[str]:
    return [entry.kind for entry in reference.search(reference.strategies(), words, wanted)]


@pytest.mark.parametrize("entry", reference.strategies(), ids=lambda entry: entry.kind)
def test_a_strategy_has_all_its_texts(entry: ReferenceEntry[Merge]) -> None:
    merge = entry.concept
    texts = (merge.formula, merge.weights, merge.source, merge.good_for, merge.weak_at, merge.cost)
    assert all(text and text == text.strip() for text in (*texts, str(merge.contract)))
    assert merge.traits
    assert re.fullmatch(r"([A-Z][^.:=]+\.( |$)){1,2}", merge.plain)
    assert len(merge.plain) <= 110
    assert (merge.weights == "0") == ("no weights" in merge.traits)
    assert entry.summary
    assert any(name.startswith("takes ") for name in entry.filters)
    assert len(entry.filters & {PAIRS, MANY}) == 1


@pytest.mark.parametrize("entry", reference.encoders(), ids=lambda entry: entry.kind)
def test_an_encoder_has_all_its_texts(entry: ReferenceEntry[Encoder]) -> None:
    encoder = entry.concept
    texts = (encoder.source, encoder.good_for, encoder.weak_at)
    assert all(text and text == text.strip() for text in texts)
    for phrase in (encoder.good_for, encoder.weak_at):
        assert phrase[0].islower()
        assert not phrase.endswith(".")
    assert entry.summary
    assert re.fullmatch(r"[A-Z`][^=*]+\.", entry.summary)
    assert "Source:" not in entry.summary
    assert "->" not in entry.summary
    assert any(name.startswith("reads ") for name in entry.filters)


def test_search_finds_titles_first_then_texts() -> None:
    assert kinds("film")[0] == "film"
    assert kinds("FiLM Perez") == ["film"]
    assert "gated" in kinds("montes gomez")
    assert "gated" in kinds("Montes-y-Gómez")
    assert kinds("absolute_difference")[0] == "absolute_difference"
    assert "multiply" in kinds("xor")
    assert kinds("no such thing") == []
    assert "gated" in kinds("gat")
    assert "project_aggregate" not in kinds("gate")


def test_without_words_there_is_everything() -> None:
    assert kinds("  ") == list(MERGES)
    assert [entry.kind for entry in reference.encoders()] == list(ENCODERS)


def test_filters_come_from_contracts_and_traits() -> None:
    assert "film" in kinds("", "takes maps")
    assert "dot" not in kinds("", "takes maps")
    assert "dot" in kinds("", PAIRS)
    assert "dot" not in kinds("", MANY)
    assert "gated" in kinds("", "learns gates")
    assert set(kinds("", "no weights")) == {k for k, c in MERGES.items() if c.weights == "0"}
    both = kinds("", "products", PAIRS)
    assert set(both) == set(kinds("", "products")) & set(kinds("", PAIRS))


def test_filters_are_those_that_something_passes() -> None:
    of_merges = reference.available_filters(reference.strategies())
    assert of_merges[:3] == ("takes vectors", "takes sequences", "takes maps")
    assert {PAIRS, MANY, "learns gates", "attention", "products", "comparison"} <= set(of_merges)
    assert all(kinds("", name) for name in of_merges)
    of_encoders = reference.available_filters(reference.encoders())
    assert KEEPS in of_encoders
    assert FITS not in of_merges
    assert READS not in of_encoders
