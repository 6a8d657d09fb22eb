"""Every figure and claim of lessons, strategies and relations, read from the atlas."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import pytest

from components.core.paths import ROOT
from components.merges import MERGES
from components.race.atlas.values import LESSONS, Atlas, AtlasCell, AtlasSection, load
from components.race.statistics import Verdict, verdicts
from sample_data.relations import RELATIONS

FIGURE = re.compile(r"[\d.]+ %")
HARD = ("xor", "xor:form=signs", "dot", "similarity")
ADDITIVE = tuple(kind for kind in MERGES if "additive" in MERGES[kind].traits)
GATES = tuple(kind for kind in MERGES if "gates" in MERGES[kind].traits)
ATTENTION = tuple(kind for kind in MERGES if "attention" in MERGES[kind].traits)


@cache
def atlas() -> Atlas:
    shipped = load()
    assert shipped is not None
    return shipped


def section(data: str) -> AtlasSection:
    return next(s for s in atlas().sections if data in {field.name for field in s.fields})


def cell(kind: str, data: str) -> AtlasCell:
    return section(data).on(data)[kind]


@cache
def judged(data: str) -> dict[str, Verdict]:
    """How each strategy compares with the best on a dataset."""
    cells = section(data).on(data)
    found = verdicts([dict(enumerate(cell.scores)) for cell in cells.values()])
    return {kind: one for kind, one in zip(cells, found, strict=True) if one}


def shown_worse(kind: str, data: str) -> bool:
    """Whether it is shown to be below the best."""
    return judged(data)[kind].tied is False


def best(data: str, kinds: Sequence[str] | None = None) -> str:
    """The strategy with the best mean, of all or of some."""
    known = section(data).on(data)
    return max(known if kinds is None else set(kinds) & set(known), key=lambda k: known[k].mean)


def highest(kinds: Sequence[str], data: Sequence[str]) -> float:
    return max(
        cell(kind, one).mean for kind in kinds for one in data if kind in section(one).on(one)
    )


def percents(*shares: float) -> list[str]:
    return [f"{100 * share:.1f} %" for share in shares]


def means(*places: str) -> list[str]:
    """The means at `strategy/dataset`."""
    return percents(*(cell(*place.split("/")).mean for place in places))


FIGURES = (
    lambda: means(
        "concatenate/redundant", "concatenate/unique", "concatenate/additive", "concatenate/missing"
    ),
    lambda: means(
        "low_rank_bilinear/redundant", "weighted_sum/redundant", "dot/missing",
        "weighted_sum/missing"
    ),
    lambda: percents(highest(ADDITIVE, HARD)),
    lambda: means("multiply/xor", "mixture_of_experts/xor"),
    lambda: means("mlp/xor", "mlp/xor:form=signs", "mlp/dot", "mlp/conditional", "dot/conditional"),
    lambda: means(
        "dot/conditional", "multiply/conditional", "concatenate_product/conditional",
        "concatenate/conditional"
    ),
    lambda: [
        *means("gated/cross_reliability", "dot/cross_reliability", "concatenate/cross_reliability"),
        *percents(*(
            section("cross_reliability").field("cross_reliability").mark(kind)
            for kind in ("additive", "bayes")
        )),
    ],
    lambda: means("mixture_of_experts/unique", "concatenate/unique"),
    lambda: [
        *percents(highest(("cross_attention", "attention"), HARD)), *means("attention/unique")
    ],
    lambda: means(
        "attention/recall", "cross_attention/recall", "self_attention/recall", "bilinear/recall",
        "perceiver/recall", "cls_token/recall"
    ),
    lambda: means("time_concatenate/alignment", "self_attention/alignment"),
)  # fmt: skip
"""The figures of each lesson, in their order."""


@pytest.mark.parametrize("number", range(len(LESSONS)))
def test_the_figures_of_a_lesson_are_those_of_the_atlas(number: int) -> None:
    assert len(FIGURES) == len(LESSONS)
    assert FIGURE.findall(LESSONS[number]) == FIGURES[number]()


def test_joining_is_enough_where_a_sum_is() -> None:
    for data in ("redundant", "unique", "additive", "missing"):
        assert not shown_worse("concatenate", data)
    for kind, data in (("low_rank_bilinear", "redundant"), ("dot", "missing")):
        assert best(data) == "weighted_sum"
        assert judged(data)[kind].tied is False


def test_the_strategies_that_are_said_to_add_are_all_that_do() -> None:
    titles = [MERGES[kind].title for kind in ADDITIVE if kind in section("xor").on("xor")]
    assert all(title in LESSONS[2] for title in titles)


def test_products_are_not_the_only_way() -> None:
    assert means("maximum/xor", "absolute_difference/xor", "gated/xor") == means("multiply/xor") * 3
    for kind in ("maximum", "absolute_difference", "gated"):
        assert "products" not in MERGES[kind].traits
    assert judged("xor")["mixture_of_experts"].tied is False


def test_dense_layers_make_up_for_some_merges() -> None:
    assert not any(shown_worse("mlp", data) for data in ("xor", "xor:form=signs", "dot"))
    assert judged("conditional")["mlp"].tied is False
    assert best("conditional") == "dot"
    others = ("multiply", "concatenate_product", "dot")
    assert best("conditional", sorted(set(MERGES) - {"dot"})) == "multiply"
    joined = cell("concatenate", "conditional")
    assert all(cell(kind, "conditional").low > joined.high for kind in others)


def test_gates_are_not_shown_to_win() -> None:
    assert best("cross_reliability", GATES) == "gated"
    assert best("cross_reliability") == "dot"
    assert best("unique", GATES) == "mixture_of_experts"
    assert not shown_worse("mixture_of_experts", "unique")
    assert not shown_worse("concatenate", "unique")


def test_attention_wins_and_loses_on_sequences() -> None:
    above = ("attention", "cross_attention", "self_attention")
    rest = [kind for kind in section("recall").on("recall") if kind not in ATTENTION]
    other = best("recall", rest)
    assert other == "bilinear"
    for kind in above:
        assert cell(kind, "recall").low > cell(other, "recall").high
    for kind in ("perceiver", "cls_token"):
        assert judged("recall")[kind].tied is False
    assert not shown_worse("time_concatenate", "alignment")
    assert best("alignment", ATTENTION) == "self_attention"
    assert judged("alignment")["self_attention"].tied is False


def test_the_page_has_these_lessons() -> None:
    page = " ".join((ROOT / "docs" / "atlas.md").read_text(encoding="utf-8").split())
    assert all(f"- {lesson}" in page for lesson in LESSONS)


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
    """Whether a strategy is beyond a plain concatenation, or tied with the best where that is so.

    A strategy is weak at data on which it is shown to be below the best. No text speaks of cross
    reliability: a sum is tied with the best there.
    """
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
