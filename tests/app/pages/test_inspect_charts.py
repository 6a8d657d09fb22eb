"""Parts of the Inspect page, without a page: options of charts, tables, texts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from components.app.pages.inspect.charts import (
    SHOWN,
    missing_chart,
    readout_chart,
    sample_chart,
    sample_title,
)
from components.app.pages.inspect.results import explain_samples, samples_csv
from components.experiments.inspection.basis.results import (
    CoalitionValue,
    HeadInspection,
    Inspection,
    Number,
    SampleShares,
)
from components.experiments.inspection.explanation import explain_head, measures_csv
from components.experiments.inspection.head_charts import (
    MOST_BARS,
    beside_steps,
    ceiling_lines,
    chart_height,
    coalition_chart,
    coalition_text,
    drawn_coalitions,
    explain_coalitions,
    quality_axis,
    two_digits,
    waterfall,
    waterfall_steps,
    waterfall_text,
)
from components.experiments.inspection.measures import MEASURES
from components.experiments.inspection.measures.alone import Alone
from components.experiments.inspection.measures.cooperation import Cooperation
from components.experiments.inspection.missing_rates import RATES
from components.experiments.inspection.verdict import chance_of
from components.experiments.races.statistics import interval
from components.models.drawing.palette import THEMES
from sample_data.ceilings import Ceilings
from tests.app.pages.examples import CEILINGS, gate, inspection_of
from tests.experiments.inspection.models import bayes, whole

LIGHT = THEMES["light"]


@pytest.fixture(scope="module")
def xor() -> Inspection:
    return inspection_of("xor")


@pytest.fixture(scope="module")
def redundant() -> Inspection:
    return inspection_of("redundant")


def test_shares_lead_from_chance_to_the_accuracy(xor: Inspection) -> None:
    head = xor.heads["y"]
    below = head.nothing - 0.1
    chance, nothing, left, right, end = waterfall_steps(head, below, LIGHT)
    assert [chance.name, nothing.name] == ["chance", "no input"]
    assert (chance.start, chance.end) == (0, below) == (0, nothing.start)
    assert (nothing.end, nothing.text) == (left.start, "+0.10")
    assert left.end == right.start
    assert right.end == pytest.approx(head.quality)
    assert (end.start, end.end) == (0, head.quality)
    assert (left.color, right.color) == tuple(t.solid for t in LIGHT.branches[:2])


def made_up(nothing: float, shares: Sequence[float], **more: Any) -> HeadInspection:
    """Return a head with these shares and four samples, three of them of one class."""
    samples = tuple(
        SampleShares(
            row=row, truth=row > 2, predicted=0, confidence=None, base=0, pushes=(), score=0
        )
        for row in range(4)
    )
    return HeadInspection(
        quality=nothing + sum(shares),
        nothing=nothing,
        inputs=tuple(f"in_{number}" for number in range(len(shares))),
        measures={
            "shapley_share": tuple(Number(value=share) for share in shares),
            "cooperation": (Number(value=0.0),),
        },
        coalitions=(),
        samples=samples,
        **{"target": "binary", **more},
    )


@pytest.mark.parametrize(
    ("head", "ceilings", "names"),
    [
        (made_up(0.5, (0.3, 0.1)), CEILINGS, ["chance", "in_0", "in_1"]),
        (made_up(0.5004, (0.3, 0.1)), CEILINGS, ["chance", "in_0", "in_1"]),
        (made_up(0.5006, (0.3, 0.1)), CEILINGS, ["chance", "no input", "in_0", "in_1"]),
        (made_up(0.45, (0.3, -0.1)), CEILINGS, ["chance", "no input", "in_0", "in_1"]),
        (made_up(0.75, (0.2,)), None, ["chance", "in_0"]),
        (made_up(0.6, (0.2,)), None, ["chance", "no input", "in_0"]),
        (made_up(-0.2, (0.9,), target="values"), None, ["chance", "no input", "in_0"]),
        (made_up(-3.0, (2.0,), metric="minus error"), None, ["no input", "in_0"]),
        (inspection_of("xor").heads["y"], None, None),
        (inspection_of("redundant").heads["y"], CEILINGS, None),
        (whole(bayes("additive", 40, inputs=7)).heads["y"], CEILINGS, None),
    ],
)
def test_the_steps_add_up_from_chance_to_the_quality(
    head: HeadInspection, ceilings: Ceilings | None, names: list[str] | None
) -> None:
    chance = chance_of(head, ceilings)
    *steps, end = waterfall_steps(head, chance, LIGHT)
    assert sum(step.end - step.start for step in steps) == pytest.approx(head.quality, abs=0.001)
    assert (steps[0].end, end.end) == (chance, head.quality)
    if names:
        assert [step.name for step in steps] == names
    ends = f"from {steps[0].name} {two_digits(chance)} to {head.quality_name} {end.text}: "
    assert ends in waterfall_text(head, chance)


def test_cooperation_is_beside_the_steps_on_its_own_axis(
    redundant: Inspection,
) -> None:
    """Keep negative values below 0: they were drawn upwards, from the quality to 1.31 of an
    accuracy.
    """
    head = redundant.heads["y"]
    (value,) = Cooperation.values(head)
    assert value < 0
    (together,) = beside_steps(head, LIGHT)
    assert (together.start, together.end, together.hatched) == (0, value, True)
    option: Any = waterfall(head, CEILINGS, LIGHT, "y: shares")
    steps, aside = option["yAxis"]
    assert (steps["min"], steps["max"]) == (0, 1)
    assert aside["min"] == -aside["max"] < value
    (bar,) = option["series"][2]["data"]
    assert (bar["value"], bar["label"]["position"]) == (value, "bottom")
    assert waterfall_text(head, 0.5).endswith(f"Cooperation {two_digits(value, '+')}")


def test_the_ends_of_the_axis_of_cooperation_have_one_digit(redundant: Inspection) -> None:
    """Shorten labels: ECharts wrote -0.6000000000 for three steps of 0.2, and had no room
    for it.
    """
    head = redundant.heads["y"]
    kind = next(kind for kind, measure in MEASURES.items() if measure is Cooperation)
    measures = {**head.measures, kind: (Number(value=-0.5),)}
    changed = head.model_copy(update={"measures": measures})
    option: Any = waterfall(changed, None, LIGHT, "y: shares")
    aside = option["yAxis"][1]
    assert [str(aside[end]) for end in ("min", "interval", "max")] == ["-0.6", "0.6", "0.6"]


def test_the_chart_has_room_for_all_bars_and_ceilings(redundant: Inspection) -> None:
    head = redundant.heads["y"]
    option: Any = waterfall(head, CEILINGS, LIGHT, "y: shares")
    start, bars, _, levels = option["series"]
    ends = [a + b["value"] for a, b in zip(start["data"], bars["data"], strict=True)]
    assert option["yAxis"][0]["max"] >= max(ends + start["data"])
    marks = [mark["yAxis"] for mark in levels["markLine"]["data"]]
    assert marks == sorted(line.value for line in ceiling_lines(CEILINGS))
    json.dumps(option)
    without: Any = waterfall(head, None, LIGHT, "y")
    assert without["series"][-1]["markLine"]["data"] == []


def test_each_measure_has_its_meaning_and_its_limits(
    xor: Inspection, redundant: Inspection
) -> None:
    together = {one.title: one for one in explain_head(xor.heads["y"])}
    assert "more than the sum" in together["Cooperation"].meaning
    assert "needs interaction" in together["EMAP gap"].meaning
    same = {one.title: one for one in explain_head(redundant.heads["y"])}
    assert "repeat each other, or accuracy can't rise further" in same["Cooperation"].meaning
    assert "not shown to lose accuracy" in same["EMAP gap"].meaning
    assert together.keys() == same.keys()
    assert all(one.limit for one in together.values())
    rows = measures_csv(xor).splitlines()
    head = xor.heads["y"]
    assert rows[0] == "head,measure,input,value,standard error"
    (together_now,) = Cooperation.of(head)
    assert f"y,Cooperation,,{together_now.value},{together_now.error}" in rows
    assert sum(row.startswith("y,coalition,") for row in rows) == 4


def head_of(left: tuple[float, float], right: tuple[float, float]) -> HeadInspection:
    """Return a head with these values and errors of its inputs, for Shapley shares and for
    shuffling.
    """
    head = inspection_of("xor").heads["y"]
    numbers = tuple(Number(value=value, error=error) for value, error in (left, right))
    changed = {"shapley_share": numbers, "permutation": numbers}
    return head.model_copy(update={"measures": {**head.measures, **changed}})


@pytest.mark.parametrize(
    ("left", "right", "shares", "shuffled"),
    [
        ((0.506, 0.005), (0.502, 0.008), "No difference is shown", "no difference between them"),
        ((0.41, 0.02), (0.50, 0.02), "`in_1` has the largest", "`in_1` is shuffled, this model"),
        ((0.41, 0.04), (0.50, 0.04), "No difference is shown", "if `in_1` or `in_0` is shuffled"),
        ((0.01, 0.01), (0.0, 0.0), "No difference is shown", "not shown to lose accuracy"),
    ],
)
def test_ties_have_no_winner(
    left: tuple[float, float], right: tuple[float, float], shares: str, shuffled: str
) -> None:
    explained = {one.title: one.meaning for one in explain_head(head_of(left, right))}
    assert shares in explained["Shapley share"]
    assert shuffled in explained["Permutation"]
    assert ("relies on it most" in explained["Permutation"]) == ("largest" in shares)


def test_dots_say_which_inputs_each_bar_knows() -> None:
    inspection = whole(bayes("additive", 40, inputs=3))
    head = inspection.heads["y"]
    option: Any = coalition_chart(head, LIGHT)
    bars, links, *dots = option["series"]
    coalitions = drawn_coalitions(head)
    assert [bar["value"] for bar in bars["data"]] == [round(one.value, 4) for one in coalitions]
    assert [len(one.inputs) for one in coalitions] == [0, 1, 1, 1, 2, 2, 2, 3]
    for row, name in enumerate(inspection.inputs):
        filled = [dot["itemStyle"]["color"] != LIGHT.quiet for dot in dots[row]["data"]]
        assert filled == [name in one.inputs for one in coalitions]
        assert all(dot["value"][1] == row for dot in dots[row]["data"])
    assert links["data"].count(["-", "-"]) == len(coalitions)
    words = coalition_text(head)
    assert words.startswith(f"accuracy if only some inputs are known: no input {head.nothing:.2f}")
    assert words.endswith(f"in_0 + in_1 + in_2 {head.quality:.2f}")


@pytest.mark.parametrize("inputs", [5, 7])
def test_the_sets_of_many_inputs_that_differ_most_from_a_sum_are_drawn(inputs: int) -> None:
    head, few = whole(bayes("redundant", 40, inputs=inputs)).heads["y"], inspection_of("xor")
    drawn = drawn_coalitions(head)
    sizes = [len(one.inputs) for one in drawn]
    assert len(drawn) == MOST_BARS
    assert sizes == sorted(sizes)
    assert sizes.count(1) == sizes.count(inputs - 1) == inputs
    assert {sizes[0], sizes[-1]} == {0, inputs}
    option: Any = coalition_chart(head, LIGHT)
    assert len(option["yAxis"][1]["data"]) == inputs
    assert chart_height(head, 330) > chart_height(few.heads["y"], 330) == 330
    assert f"{MOST_BARS} of all {2**inputs}" in explain_coalitions(head)
    assert "that this model knows" in explain_coalitions(few.heads["y"])
    alone = dict(zip(head.inputs, Alone.values(head), strict=True))

    def surplus(one: CoalitionValue) -> float:
        sums = sum(alone[name] - head.nothing for name in one.inputs)
        return abs(one.value - head.nothing - sums)

    middle = [one for one in head.coalitions if 1 < len(one.inputs) < inputs - 1]
    shown = [surplus(one) for one in middle if one in drawn]
    hidden = [surplus(one) for one in middle if one not in drawn]
    assert min(shown, default=float(inputs)) >= max(hidden, default=0.0)


def test_pushes_lead_to_the_score_of_each_sample(xor: Inspection) -> None:
    head = xor.heads["y"]
    option: Any = sample_chart(head, ("no", "yes"), LIGHT)
    *bars, marks = option["series"]
    assert [bar["name"] for bar in bars] == ["no input", *xor.inputs]
    sums = np.sum([bar["data"] for bar in bars], axis=0)
    assert sums.tolist() == pytest.approx(marks["data"], abs=1e-3)
    assert len(option["yAxis"]["data"]) == SHOWN
    label = option["yAxis"]["axisLabel"]
    assert label["lineHeight"] > label["fontSize"], "the two lines of a name do not overlap"
    first, columns = head.samples[0], samples_csv(head).splitlines()
    assert len(columns) == 1 + len(head.samples)
    assert columns[1].startswith(f"{first.row + 1},{first.truth},")
    sample = first.model_copy(update={"truth": 0.0, "predicted": 1.0, "confidence": 0.9})
    assert (
        sample_title(head, sample, ("no", "yes"))
        == f"row {first.row + 1}: true no, predicted yes (90%)"
    )
    right = sample.model_copy(update={"predicted": 0.0})
    assert sample_title(head, right, ()) == f"row {first.row + 1}: right, predicted 0 (90%)"
    assert ("are wrong" in explain_samples(head)) == (first.truth != first.predicted)


def test_gates_have_means_by_class_and_a_mark_for_the_sample(xor: Inspection) -> None:
    option: Any = readout_chart(gate(xor), "y", ("no", "yes"), 7, LIGHT)
    no, yes, mark = option["series"]
    assert (no["name"], yes["name"]) == ("mean of class no", "mean of class yes")
    assert (no["data"], yes["data"], mark["data"]) == ([0.2, 0.8], [0.6, 0.4], [7.0, -7.0])
    (mean,) = readout_chart(gate(xor), "other", (), None, LIGHT)["series"]
    assert (mean["name"], mean["data"]) == ("mean of all samples", [0.5, 0.5])


def test_an_axis_has_even_steps_and_no_number_reads_as_minus_zero() -> None:
    small = quality_axis([-0.001, 0.47, 1.0])
    assert (small["min"], small["max"], small["interval"]) == (0.0, 1.0, 0.2)
    assert quality_axis([-0.1, 0.4])["min"] == -0.2
    assert quality_axis([0.3, 0.59])["max"] == 0.8
    assert quality_axis([0.5, 1.1])["max"] > 1.1
    assert "interval" not in quality_axis([-7.0, 1.0])
    assert (two_digits(-0.001), two_digits(0.0, "+"), two_digits(-0.1, "+")) == (
        "0.00",
        "+0.00",
        "-0.10",
    )


def test_a_line_of_several_runs_has_the_interval_of_their_seeds(xor: Inspection) -> None:
    several, one = interval([0.8, 0.99, 0.9]), interval([0.7])
    lines = {"0 %": [several] * len(RATES), "30 %": [one] * len(RATES)}
    option = missing_chart(lines, xor.heads["y"], LIGHT)
    drawn = {series["id"]: series["data"] for series in option["series"]}
    assert several.low is not None
    assert several.high is not None
    assert drawn["0 %.low"] == [several.low] * len(RATES)
    assert drawn["0 %.band"] == pytest.approx([several.high - several.low] * len(RATES))
    assert set(drawn["30 %.band"]) == {None}
    assert several.high > 1 == option["yAxis"]["max"]
    assert drawn["30 %"] == [0.7] * len(RATES)
