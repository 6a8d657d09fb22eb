"""Every figure and every claim of the lessons, read from the atlas."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import pytest

from components.core.paths import ROOT
from components.merges import MERGES
from components.race.atlas.values import LESSONS, Atlas, AtlasCell, AtlasSection, load
from components.race.statistics import Verdict, verdicts

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
