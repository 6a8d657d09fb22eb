"""Figures and claims of lessons, strategies and relations, compared with the atlas."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import pytest

from components.base.paths import ROOT
from components.experiments.races.atlas.values import LESSONS, Atlas, AtlasCell, AtlasSection, load
from components.experiments.races.statistics import LEVEL, Verdict, paired, verdicts
from components.models.merges import MERGES
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
    """Return the verdict on each strategy against the best on a dataset."""
    cells = section(data).on(data)
    found = verdicts([dict(enumerate(cell.scores)) for cell in cells.values()])
    return {kind: one for kind, one in zip(cells, found, strict=True) if one}


def shown_worse(kind: str, data: str) -> bool:
    """Return `True` if the strategy is shown to be below the best."""
    return judged(data)[kind].tied is False


def best(data: str, kinds: Sequence[str] | None = None) -> str:
    """Return the strategy with the best mean, of all or of some."""
    known = section(data).on(data)
    return max(known if kinds is None else set(kinds) & set(known), key=lambda k: known[k].mean)


def highest(kinds: Sequence[str], data: Sequence[str]) -> float:
    return max(
        cell(kind, one).mean for kind in kinds for one in data if kind in section(one).on(one)
    )


def percents(*shares: float) -> list[str]:
    return [f"{100 * share:.1f} %" for share in shares]


def means(*places: str) -> list[str]:
    """Return the means at places such as `strategy/dataset`."""
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
"""Figures of each lesson, in their order."""


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


def test_the_strategies_described_as_additive_are_all_that_add() -> None:
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
    written = (ROOT / "docs" / "atlas.md").read_text(encoding="utf-8")
    page = " ".join(re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", written).split())
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
"""Words of the texts, and the datasets of the atlas that they name."""


def claims(text: str, kind: str) -> list[str]:
    """Return the datasets that a text names and on which the strategy was trained."""
    named = [data for words, several in NAMED.items() if words in text for data in several]
    return [data for data in named if kind in section(data).on(data)]


def good(kind: str, data: str) -> bool:
    """Return `True` if a strategy is beyond a plain concatenation, or tied with the best where
    concatenation is.

    A strategy is weak at data on which it is shown to be below the best. No text mentions cross
    reliability: a sum is tied with the best there.
    """
    own, joined = cell(kind, data), cell("concatenate", data)
    return own.tied if joined.tied else own.low > joined.high


@pytest.mark.parametrize("kind", list(MERGES))
def test_a_strategy_is_good_for_and_weak_at_the_data_in_its_texts(kind: str) -> None:
    merge = MERGES[kind]
    assert [data for data in claims(merge.good_for, kind) if not good(kind, data)] == []
    assert [data for data in claims(merge.weak_at, kind) if judged(data)[kind].tied] == []


@pytest.mark.parametrize("kind", list(MERGES))
def test_each_part_of_a_text_has_a_figure_a_reason_or_a_source(kind: str) -> None:
    """Find each statement on a strategy in the atlas, a reason from its layers, or a source."""
    texts = (MERGES[kind].good_for, MERGES[kind].weak_at)
    parts = [part for text in texts for part in text.split("; ")]
    grounds = ("because", "according to its authors", *NAMED)
    assert [part for part in parts if not any(ground in part for ground in grounds)] == []


def test_most_texts_are_compared_with_the_atlas() -> None:
    texts = {kind: f"{merge.good_for} {merge.weak_at}" for kind, merge in MERGES.items()}
    assert sum(bool(claims(text, kind)) for kind, text in texts.items()) > len(MERGES) * 2 / 3
    assert all(words in " ".join(texts.values()) for words in NAMED)


SENTENCES: dict[str, tuple[str, ...]] = {
    # Of relations.
    "Late sum of logits is enough; no single input is.": (
        "additive: late_sum tied", "additive: late_sum > 75",
    ),
    "Synchronous streams: Concatenate over time, step by step, is ahead of Gated multimodal unit "
    "and Bilinear, which join means over time.": ("alignment: time_concatenate > gated bilinear",),
    "One input sets how the other is read: Dot product and Multiply are ahead of FiLM and Cross "
    "gate, all of them of Concatenate.": (
        "conditional: dot multiply > film cross_gate", "conditional: film cross_gate > concatenate",
    ),
    "The best sum reaches 87.5 %, the Bayes optimum is 89.1 %.": (
        "cross_reliability: additive ceiling 87.5", "cross_reliability: bayes ceiling 89.1",
    ),
    "Multiply and Bilinear are ahead of Concatenate, which stays at chance.": (
        "dot: multiply bilinear > concatenate", "dot: concatenate = 50",
    ),
    "Multiply is ahead of Concatenate by what only all inputs together show.": (
        "mix: multiply > concatenate", "additive: concatenate > multiply",
    ),
    "Lookup by content: Cross-attention is ahead of Add and Concatenate.": (
        "recall: cross_attention > add concatenate",
    ),
    "Average and Concatenate are ahead of Low-rank bilinear, which multiplies it.": (
        "redundant: average concatenate > low_rank_bilinear",
    ),
    "Comparison: Multiply and Absolute difference show what is alike, Add and Concatenate stay at "
    "chance.": (
        "similarity: multiply absolute_difference > add concatenate",
        "similarity: add concatenate = 50",
    ),
    "Branches must interact: trained additive models stay at chance, and so does Concatenate with "
    "a linear head.": ("xor: *additive concatenate = 50",),
    # Of lessons: 1, 2, 3, 6, 7, 10 and 11.
    "The atlas says that no strategy is shown to be better here.": ("redundant: concatenate tied",),
    "Low-rank bilinear stays behind here, because it multiplies the noise.": (
        "redundant: concatenate add average > low_rank_bilinear",
    ),
    "The ceiling is 92.1 %.": ("redundant: bayes ceiling 92.1",),
    "which of these merges solves xor, with no product and no layer behind it?": (
        "xor: maximum = 100", "xor: subtract weighted_sum = 50",
    ),
    "In the atlas the same holds for every strategy: those that only add stay near 50 %.": (
        "xor: *additive = 50",
    ),
    "Concatenate fails with a linear head. Why does it work with dense layers behind it?": (
        "xor: concatenate = 50", "xor: mlp = 100",
    ),
    "In the atlas, where the training is a little longer, it reaches 90 %.": (
        "conditional: mlp = 90",
    ),
    "Which merge gets furthest with at most 500 parameters?": (
        "conditional: dot > add concatenate maximum",
    ),
    "A small model that adds stays at about 61 % here.": ("conditional: add = 61",),
    "In the atlas, with longer training and 24 steps, it is the same: Concatenate over time, "
    "Concatenate and Multiply reach 98 %, each attention stays at 62 or 63 %, near what the signal "
    "alone shows.": (
        "alignment: time_concatenate concatenate multiply = 98", "alignment: *attention = 62.5",
        "alignment: single ceiling 63.7",
    ),
    "Let learners try Add, and ask why it is worse.": (
        "alignment: time_concatenate concatenate multiply > add",
    ),
    "In the atlas, with eight pairs and two questions, Attention, Cross-attention and Token "
    "self-attention lead by far.": (
        "recall: attention cross_attention self_attention > bilinear concatenate add",
    ),
    "Look at Perceiver latents and the CLS token, too: they attend, but": (
        "recall: attention cross_attention self_attention > perceiver cls_token",
    ),
    "The atlas tells the same story with 3,000 samples and 30 epochs: on data that were made for "
    "gates, no gate leads; Dot product has the best mean.": (
        "cross_reliability: dot first",
    ),
    "A model that only adds can reach 87.5 % here, any model 89.1 %.": (
        "cross_reliability: additive ceiling 87.5", "cross_reliability: bayes ceiling 89.1",
    ),
    "In the atlas, the Gated multimodal unit beats Concatenate with a linear head if only these "
    "two are compared, but not among 34 strategies": (
        "cross_reliability: gated alone concatenate",
    ),
    "Sums and Concatenate keep xor hidden; a product, or a layer that bends behind the merge, "
    "shows it.": ("xor: add concatenate = 50", "xor: multiply mlp = 100"),
    # Of plans.
    "A product and a fold let one input change what the other means.": (
        "xor: multiply absolute_difference = 100", "xor: concatenate add = 50",
    ),
    "A merge that multiplies has the right operation from the start.": (
        "dot: multiply bilinear > add concatenate",
    ),
}  # fmt: skip
"""Sentences that rank strategies or give figures, each with the claims that the atlas must support.

`DATA: A B > C D` claims that every interval on the left is above every one on the right; `= 98`
that means are within a point and a half of a figure; `> 75` that they are above it; `tied` that
they are not shown to be below the best; `first` that none has a higher mean; `alone` that a
difference is shown between two, but not with the correction for all; `ceiling` names a mark.
`*additive` stands for all strategies with that trait.
"""
NEAR = 1.2
"""Tolerated difference between a mean and its figure in a text, in points."""


def named(words: str, data: str) -> list[str]:
    """Return the strategies that a claim names."""
    known = section(data).on(data)
    return [
        kind
        for word in words.split()
        for kind in (known if word.startswith("*") else [word])
        if word == kind or (kind in MERGES and word[1:] in MERGES[kind].traits)
    ]


def holds(claim: str) -> bool:
    """Return `True` if the atlas supports a claim."""
    data, words = claim.split(": ")
    left, sign, right = re.fullmatch(r"(.+?) (>|=|tied|first|alone|ceiling) ?(.*)", words).groups()  # type: ignore[union-attr]
    if sign == "ceiling":
        marks: dict[str, float] = {
            mark.kind: mark.value for mark in section(data).field(data).marks
        }
        return abs(100 * marks[left] - float(right)) < 0.05
    ours = [cell(kind, data) for kind in named(left, data)]
    assert ours, claim
    if sign == "tied":
        return all(one.tied for one in ours)
    if sign == "first":
        return best(data) == left
    if sign == "=":
        return all(abs(100 * one.mean - float(right)) <= NEAR for one in ours)
    if right.isdecimal():
        return all(100 * one.low > float(right) for one in ours)
    theirs = [cell(kind, data) for kind in named(right, data)]
    assert theirs, claim
    if sign == "alone":
        p, others = paired(ours[0].scores, theirs[0].scores), len(section(data).lines) - 1
        return p is not None and p < LEVEL <= p * others and ours[0].mean > theirs[0].mean
    return all(one.low > other.high for one in ours for other in theirs)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_says_what_the_atlas_says(sentence: str) -> None:
    assert [claim for claim in SENTENCES[sentence] if not holds(claim)] == []


RANKS = re.compile(r"\b(wins?|beats?|ahead|behind|leads?|at chance|reach(es)?)\b")


def test_every_sentence_that_ranks_strategies_is_compared_with_the_atlas() -> None:
    """Check each sentence of a relation and each that names the atlas; a checked sentence still
    exists.
    """
    folders = [ROOT / "sample_data" / "content" / folder for folder in ("lessons", "plans")]
    files = [path.read_text(encoding="utf-8") for folder in folders for path in folder.iterdir()]
    taught = [relation.teaches for _, relation in RELATIONS.items()]
    texts = [" ".join(text.split()) for text in (*files, *taught)]
    assert [one for one in SENTENCES if not any(one in text for text in texts)] == []
    for one in SENTENCES:
        texts = [text.replace(one, "") for text in texts]
    assert not [text for text in texts if re.search("the atlas", text, re.I)]
    assert not [text for text in texts[len(files) :] if RANKS.search(text)]


def test_the_page_which_strategy_has_the_figures_of_the_atlas() -> None:
    text = (ROOT / "docs/which_strategy.md").read_text(encoding="utf-8")
    fields = {field.title: field.name for one in atlas().sections for field in one.fields}
    titles = {merge.title.partition(" (")[0]: kind for kind, merge in MERGES.items()}
    rows = re.findall(r"\| ([^|]+) \| ([\w -]+) \|$", text, re.MULTILINE)
    measured = [(reached, fields[data]) for reached, data in rows if data in fields]
    assert len(measured) == 12
    for reached, data in measured:
        found = re.findall(r"([A-Z][\w -]+?) ([\d.]+ %)", reached)
        figures = [figure for _, figure in found]
        assert figures
        assert figures == means(*(f"{titles[t]}/{data}" for t, _ in found))
    (points,) = re.findall(r"at most ([\d.]+) points below the best", text)
    parts = [part for part in atlas().sections if part.name in ("vectors", "tasks")]
    gaps = [
        cell(best(field.name), field.name).mean - cell("concatenate_product", field.name).mean
        for part in parts
        for field in part.fields
    ]
    assert points == f"{100 * max(gaps):.1f}"
