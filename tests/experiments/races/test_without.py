"""The model of a run without each input: the plan, the training data and the sentences."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean, stdev

import numpy as np
import pytest

from components.base.errors import PlaygroundError, RunError
from components.experiments.races.entries import parse_entries
from components.experiments.races.evaluation import RaceResult, evaluate
from components.experiments.races.kinds import make_race, parse_race
from components.experiments.races.kinds.without import (
    Loss,
    loss_text,
    losses,
    problems,
    race_without,
)
from components.experiments.races.plan import plan_race, run_groups
from components.experiments.races.tables import text_of
from components.experiments.races.text import explain, how_to_read, notes, strategy_notes, verdict
from components.experiments.training.data_split import load_and_split
from components.experiments.training.requests import RunRequest, parse_request
from components.models.architecture.architecture import parse
from sample_data.content import presets
from sample_data.loading.synthetic import DataSpec, parse_data
from tests.experiments.races.support import outcome
from tests.experiments.training.support import VECTORS, request, vector

ASKED = request(VECTORS, samples=80, seed=4)
WHOLE, LEFT = [0.90, 0.92, 0.88, 0.91, 0.89], [0.80, 0.79, 0.81, 0.82, 0.78]


def result_of(scores: Mapping[str, list[float]], seeds: int = 5) -> RaceResult:
    """Return the result of runs that reached those values, by the text of the entry and by seed."""
    plan = plan_race(race_without(ASKED, seeds))
    known = {
        run.digest: outcome(values[run.seed])
        for run in plan.runs
        if run.seed < len(values := scores.get(run.entry.text, []))
    }
    return evaluate(plan, known)


def of_inputs(result: RaceResult) -> tuple[Loss, ...]:
    return losses(result.setup, result.tables[0])


def raced(left: list[float], right: list[float], whole: list[float] = WHOLE) -> RaceResult:
    return result_of({"without": whole, "without:input=left": left, "without:input=right": right})


def test_the_first_whole_run_is_the_run_itself_and_seeds_are_paired() -> None:
    race = race_without(ASKED, 5)
    plan, groups = plan_race(race), run_groups(plan_race(race))
    assert plan.digests[0] == ASKED.digest
    assert [entry.title for entry in race.entries] == [
        "All inputs",
        "Without left",
        "Without right",
    ]
    assert parse_race(race.json_text()) == race
    assert [len(group) for group in groups] == [4, 4, 4, 1, 1, 1]
    asked = {digest: one for group in groups for digest, one in group.items()}
    assert {one.digest for one in asked.values()} == set(plan.digests)
    assert {
        (one.settings.seed, one.data.seed)
        for one in asked.values()
        if isinstance(one.data, DataSpec)
    } == {(4, 0), (5, 1), (6, 2), (7, 3), (8, 4)}


@pytest.mark.parametrize("relation", ["dot", "conditional", "missing"])
def test_a_model_without_an_input_is_trained_on_the_same_data(relation: str) -> None:
    data = DataSpec(relation=parse_data(relation), samples=60)
    asked = ASKED.model_copy(update={"data": data})
    without = next(iter(run_groups(plan_race(race_without(asked, 3)))[1].values()))
    read = parse_request(without.json_text())
    assert read == without
    bare = RunRequest(architecture=read.architecture, data=data, settings=read.settings)
    assert read.digest == without.digest != bare.digest
    split, whole = load_and_split(asked)
    own_split, own = load_and_split(read)
    assert list(own.inputs) == ["right"]
    np.testing.assert_array_equal(own.inputs["right"], whole.inputs["right"])
    np.testing.assert_array_equal(own.targets["y"], whole.targets["y"])
    np.testing.assert_array_equal(own_split.held, split.held)
    with pytest.raises(RunError, match="needs a run whose model has all of them"):
        race_without(read)


def test_losses_are_paired_over_seeds_with_their_interval() -> None:
    result = raced(LEFT, [0.9] * 5)
    assert (result.done, result.failed, result.total) == (15, 0, 15)
    one, other = of_inputs(result)
    lost = [a - b for a, b in zip(WHOLE, LEFT, strict=True)]
    half = 2.7764 * stdev(lost) / 5**0.5
    assert one.span is not None
    assert one.span.mean == pytest.approx(fmean(lost))
    assert (one.span.low, one.span.high) == pytest.approx(
        (fmean(lost) - half, fmean(lost) + half), 1e-4
    )
    assert (one.row.tied, other.row.tied) == (False, True)
    assert one.row.p is not None
    assert one.row.p < 0.01
    assert loss_text(other, result.setup) == "0.0 points (-2.0 to 2.0), no difference shown"


def test_the_verdict_is_on_each_input_and_calls_none_the_best() -> None:
    result = raced(LEFT, [0.9] * 5)
    (table,) = result.tables
    assert verdict(result, table) == (
        "Trained without left, the model loses 10.0 points of accuracy. Without right, no "
        "difference is shown. Five seeds would detect a gap of about 3.1 points in 8 of 10 races."
    )
    assert (table.judged, table.best, {row.rank for row in table.rows}) == (True, (), {None})
    assert [line.label for line in explain(result, table)] == ["What it takes"]
    assert "Holm's correction for the number of inputs" in how_to_read(result)
    assert notes(result) == ()
    left = strategy_notes(table.row("without:input=left"), result)[0]
    assert "; 10.0 points below the model with all inputs: a difference is shown (p = " in left
    assert "without:input=left" in text_of(result)
    gained = raced(WHOLE, [0.99] * 5, LEFT)
    assert verdict(gained, gained.tables[0]).startswith(
        "Trained without left, the model gains 10.0 points of accuracy. Trained without right,"
    )


def test_a_verdict_comes_after_four_seeds_of_each_model_and_at_the_end() -> None:
    first = raced(LEFT[:4], [0.9] * 4)
    assert verdict(first, first.tables[0]).startswith("After 4 of 5 seeds: Trained without left")
    two = raced(LEFT, LEFT[:2])
    assert [one.row.tied for one in of_inputs(two)] == [None, None]
    assert verdict(two, two.tables[0]) == (
        "Lost so far: 10.0 points (7.2 to 12.8) without left, 11.5 points (-7.6 to 30.6) without "
        "right. The first verdict comes after 4 seeds of each model."
    )
    nothing = raced([], [], [])
    assert verdict(nothing, nothing.tables[0]).startswith("No run has finished yet.")


def test_only_seeds_that_both_models_have_are_compared() -> None:
    plan = plan_race(race_without(ASKED, 3))
    scores = {
        "without": [0.9, 0.8],
        "without:input=left": [0.7, 0.7, 0.7],
        "without:input=right": [0.9],
    }
    known = {
        run.digest: outcome(values[run.seed] if run.seed < len(values) else None)
        for run in plan.runs
        if (values := scores[run.entry.text])
    }
    result = evaluate(plan, known)
    one, other = of_inputs(result)
    assert one.seeds == pytest.approx({0: 0.2, 1: 0.1})
    assert (other.seeds, other.row.tied, loss_text(other, result.setup)) == (
        {0: 0.0},
        None,
        "0.0 points",
    )
    assert (result.done, result.failed, result.tables[0].complete) == (6, 3, True)
    assert "at least 2 models with 3 seeds each" in verdict(result, result.tables[0])


def test_each_head_has_its_own_verdict_and_one_that_reads_one_input_says_so() -> None:
    heads = [
        {"name": name, "kind": "binary", "source": source}
        for name, source in (("y", "left"), ("z", "right"))
    ]
    apart = parse({"inputs": [vector("left"), vector("right")], "heads": heads})
    plan = plan_race(race_without(request(apart, samples=80), 3))
    assert [plan.of_head(name).runs == plan.runs for name in "yz"] == [True, True]
    of_y, of_z = (evaluate(plan.of_head(name), {}) for name in "yz")
    assert (of_y.head, of_z.head, of_y.total) == ("y", "z", 9)
    assert [*problems(of_y.tables[0])] == ["Without left there is none: `y` reads no other input."]
    assert [loss_text(one, of_y.setup) for one in of_inputs(of_y)] == ["none", "–"]
    assert [loss_text(one, of_z.setup) for one in of_inputs(of_z)] == ["–", "none"]


def test_an_input_that_cannot_be_left_out_is_a_row_with_the_reason() -> None:
    asked = RunRequest(architecture=presets.load("film_reasoning"), data="pictures.npz")
    plan = plan_race(race_without(asked, 3))
    assert [bool(one.problem) for one in plan.strategies] == [False, False, True]
    assert {run.entry.input for run in plan.runs} == {"", "question"}
    assert len(plan.runs) == len(plan.digests) == 6
    result = evaluate(plan, {run.digest: outcome(None) for run in plan.runs})
    on_dataset, problem = result.tables[0], plan.strategies[2].problem
    assert (result.complete, result.total, on_dataset.complete) == (True, 6, True)
    assert [*problems(on_dataset)] == [f"Without picture there is none: {problem}"]
    assert problem in text_of(result)


def test_a_model_of_one_input_has_no_race() -> None:
    alone = parse(
        {"inputs": [vector("left")], "heads": [{"name": "y", "kind": "binary", "source": "left"}]}
    )
    with pytest.raises(RunError, match=r"without one of them \(left\)\."):
        plan_race(race_without(request(alone, samples=80), 3))


@pytest.mark.parametrize(
    ("entries", "rule"),
    [
        ("without:input=left", "needs `without` first"),
        ("without,add", "can't have strategies"),
        ("without,without:input=lft", r"no input of this name \(lft\)"),
        ("without:name=left", "can have only the field `input`"),
        ("without,without", "can appear only once"),
        ("without,without:input=left", "keeps its widths"),
    ],
)
def test_entries_that_make_no_race_are_refused(entries: str, rule: str) -> None:
    with pytest.raises(PlaygroundError, match=rule):
        make_race(
            architecture=VECTORS,
            entries=parse_entries(entries),
            data=(ASKED.data,),
            matched="keep" in rule,
        )
