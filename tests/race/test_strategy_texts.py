"""What strategies and relations say of each other, read from the atlas.

A strategy is good for data on which it is beyond a plain concatenation (intervals that do not
overlap), or tied with the best where concatenation is so too; it is weak at data on which it is
shown to be below the best. No text speaks of cross reliability: a sum is tied with the best there.
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
    "similarity": ("similarity",),
    "lookup by content": ("recall",),
    "synchronous": ("alignment",),
}
"""Words of the texts, and the data of the atlas that they name."""


def claims(text: str, kind: str) -> list[str]:
    """The data that a text names and the strategy was trained on."""
    named = [data for words, several in NAMED.items() if words in text for data in several]
    return [data for data in named if kind in section(data).on(data)]


def good(kind: str, data: str) -> bool:
    own, joined = cell(kind, data), cell("concatenate", data)
    return own.tied if joined.tied else own.low > joined.high


@pytest.mark.parametrize("kind", list(MERGES))
def test_a_strategy_is_good_for_and_weak_at_what_it_says(kind: str) -> None:
    merge = MERGES[kind]
    assert [data for data in claims(merge.good_for, kind) if not good(kind, data)] == []
    assert [data for data in claims(merge.weak_at, kind) if judged(data)[kind].tied] == []


@pytest.mark.parametrize("kind", list(MERGES))
def test_each_part_of_a_text_has_a_figure_a_reason_or_a_source(kind: str) -> None:
    """What is said of a strategy stands in the atlas, follows from its layers, or is cited."""
    texts = (MERGES[kind].good_for, MERGES[kind].weak_at)
    parts = [part for text in texts for part in text.split("; ")]
    grounds = ("because", "by its authors", *NAMED)
    assert [part for part in parts if not any(ground in part for ground in grounds)] == []


def test_most_texts_are_held_to_the_atlas() -> None:
    texts = {kind: f"{merge.good_for} {merge.weak_at}" for kind, merge in MERGES.items()}
    assert sum(bool(claims(text, kind)) for kind, text in texts.items()) > len(MERGES) * 2 / 3
    assert all(words in " ".join(texts.values()) for words in NAMED)


def test_what_relations_teach() -> None:
    means = [cell.mean for cell in section("redundant").on("redundant").values()]
    assert sum(mean > max(means) - 0.04 for mean in means) > 0.9 * len(means)
    assert "Strategies differ little" in RELATIONS["redundant"].teaches
    joined = cell("concatenate", "conditional")
    assert all(cell(kind, "conditional").low > joined.high for kind in ("film", "cross_gate"))
    assert "products" in MERGES[best("conditional")].traits
    assert cell("gated", "conditional").tied is False
    field = section("cross_reliability").field("cross_reliability")
    assert field.mark("bayes") - field.mark("additive") < 0.02
    sums = [kind for kind in ADDITIVE if kind in judged("dot")]
    assert not any(judged(data)[kind].tied for kind in sums for data in ("similarity", "dot"))
    assert all(cell(kind, "similarity").tied for kind in ("multiply", "absolute_difference"))
    assert cell("multiply", "dot").low > cell("concatenate", "dot").high
    assert cell("time_concatenate", "alignment").low > cell("gated", "alignment").high
    assert cell("cross_attention", "recall").low > cell("add", "recall").high
