"""What strategies and relations say of each other, read from the atlas.

A strategy wins where it is the best, tied with it, or beyond a plain concatenation (intervals that
do not overlap); it loses where it is shown to be below the best.
"""

from __future__ import annotations

import pytest

from components.merges import MERGES
from sample_data.relations import RELATIONS
from tests.race.test_lessons import ADDITIVE, best, cell, judged, section

NAMED = {
    "xor": ("xor",),
    "additive": ("additive",),
    "redundant": ("redundant",),
    "noisy copies": ("redundant",),
    "unique": ("unique",),
    "missing": ("missing",),
    "products of features": ("dot", "xor:form=signs"),
    "inner products": ("dot",),
    "conditions": ("conditional",),
    "matching": ("similarity",),
    "similarity": ("similarity",),
    "changing reliability": ("cross_reliability",),
    "lookup by content": ("recall",),
    "synchronous": ("alignment",),
}
"""Words of the texts, and the data of the atlas that they name."""


def claims(text: str, kind: str) -> list[str]:
    """The data that a text names and the strategy was trained on."""
    named = [data for words, several in NAMED.items() if words in text for data in several]
    return [data for data in named if kind in section(data).on(data)]


def wins(kind: str, data: str) -> bool:
    own, joined = cell(kind, data), cell("concatenate", data)
    return own.tied or own.low > joined.high


@pytest.mark.parametrize("kind", list(MERGES))
def test_a_strategy_wins_and_loses_where_it_says(kind: str) -> None:
    merge = MERGES[kind]
    assert [data for data in claims(merge.wins, kind) if not wins(kind, data)] == []
    assert [data for data in claims(merge.loses, kind) if judged(data)[kind].tied] == []


def test_most_texts_are_held_to_the_atlas() -> None:
    held = [kind for kind in MERGES if claims(MERGES[kind].wins + MERGES[kind].loses, kind)]
    assert len(held) > len(MERGES) * 2 / 3
    texts = " ".join(MERGES[kind].wins + MERGES[kind].loses for kind in MERGES)
    assert all(words in texts for words in NAMED)


def test_what_relations_teach() -> None:
    tied = [bool(one.tied) for one in judged("redundant").values()]
    assert sum(tied) > 0.9 * len(tied)
    assert "Most strategies tie" in RELATIONS["redundant"].teaches
    joined = cell("concatenate", "conditional")
    assert all(cell(kind, "conditional").low > joined.high for kind in ("film", "cross_gate"))
    assert "products" in MERGES[best("conditional")].traits
    assert cell("gated", "conditional").tied is False
    field = section("cross_reliability").field("cross_reliability")
    assert field.mark("bayes") - field.mark("additive") < 0.02
    sums = [kind for kind in ADDITIVE if kind in judged("dot")]
    assert not any(judged(data)[kind].tied for kind in sums for data in ("similarity", "dot"))
    assert cell("time_concatenate", "alignment").low > cell("gated", "alignment").high
    assert cell("cross_attention", "recall").low > cell("add", "recall").high
