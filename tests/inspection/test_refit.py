"""Retrained without each input: what is planned, what it is trained on, and what it says."""

from __future__ import annotations

from statistics import fmean, stdev

import numpy as np
import pytest

from components.core.errors import RunError
from components.inspection.basis.results import InputRefit, Inspection
from components.inspection.explanation import text_report
from components.inspection.refit import (
    ReducedModel,
    RefitPlan,
    plan_refit,
    reduced_models,
    refit_groups,
    refit_labels,
)
from components.inspection.refit_evaluation import evaluate_refit
from components.inspection.refit_text import explain_refit, loss_text, problems, refit_lines
from components.model.spec import parse
from components.race.outcomes import Outcome
from components.training.data_split import load_and_split
from components.training.events import Epoch
from components.training.loop import train
from components.training.requests import RunRequest, parse_request
from sample_data.synthetic import DataSpec, parse_data
from tests.training.support import VECTORS, request, vector
from tests.ui.examples import inspection_of

ASKED = request(VECTORS, samples=80, seed=4)


def finished(**accuracies: float) -> Outcome:
    logs = {f"val_{head}/accuracy": value for head, value in accuracies.items()}
    return Outcome("finished", (Epoch(epoch=1, logs=logs, seconds=0.1),))


def outcomes(plan: RefitPlan, whole: list[float], **without: list[float]) -> dict[str, Outcome]:
    known = dict(zip(plan.whole, whole, strict=False))
    for one in plan.without:
        known |= dict(zip(one.digests, without[one.input], strict=False))
    return {digest: finished(y=value) for digest, value in known.items()}


def test_the_first_whole_run_is_the_run_itself_and_seeds_are_paired() -> None:
    plan = plan_refit(ASKED, 3)
    assert plan.whole[0] == ASKED.digest
    assert [one.input for one in plan.without] == ["left", "right"]
    assert len(set(plan.digests)) == 9
    assert RefitPlan.model_validate_json(plan.model_dump_json()) == plan
    asked = [one for group in refit_groups(ASKED, 3) for one in group]
    assert {one.digest for one in asked} == set(plan.digests) == set(refit_labels(plan))
    by_seed = {
        (one.settings.seed, one.data.seed) for one in asked if isinstance(one.data, DataSpec)
    }
    assert by_seed == {(4, 0), (5, 1), (6, 2)}


def test_the_seeds_that_a_verdict_needs_are_trained_first() -> None:
    groups = refit_groups(ASKED, 5)
    assert [len(group) for group in groups] == [3, 3, 3, 2, 2, 2]
    assert [len(group) for group in refit_groups(ASKED, 3)] == [3, 3, 3]


@pytest.mark.parametrize("seeds", [2, 21])
def test_refits_need_seeds_in_their_range(seeds: int) -> None:
    with pytest.raises(RunError, match="Refits need 3 to 20 seeds"):
        plan_refit(ASKED, seeds)


def test_refits_count_against_the_runs_of_a_race(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSION_RACE_RUNS", "8")
    with pytest.raises(RunError, match="FUSION_RACE_RUNS sets the limit"):
        plan_refit(ASKED, 3)


@pytest.mark.parametrize("relation", ["dot", "conditional", "missing"])
def test_a_model_without_an_input_is_trained_on_the_same_data(relation: str) -> None:
    data = DataSpec(relation=parse_data(relation), samples=60)
    asked = ASKED.model_copy(update={"data": data})
    (_, without) = refit_groups(asked, 2)[:2]
    read = parse_request(without[0].json_text())
    assert read == without[0]
    assert (
        read.digest
        == without[0].digest
        != RunRequest(architecture=read.architecture, data=data, settings=read.settings).digest
    )
    split, whole = load_and_split(asked)
    own_split, own = load_and_split(read)
    assert list(own.inputs) == ["right"]
    np.testing.assert_array_equal(own.inputs["right"], whole.inputs["right"])
    np.testing.assert_array_equal(own.targets["y"], whole.targets["y"])
    np.testing.assert_array_equal(own_split.held, split.held)


def test_a_product_is_lost_without_either_factor() -> None:
    pair = parse(
        {
            "inputs": [vector(n, 2, 8, activation="linear") for n in ("left", "right")],
            "merges": [{"name": "m", "kind": "multiply", "sources": ["left", "right"]}],
            "heads": [{"name": "y", "kind": "binary", "source": "m"}],
        }
    )
    data = DataSpec(relation=parse_data("xor:form=bits"), samples=400)
    asked = ASKED.model_copy(
        update={
            "architecture": pair,
            "data": data,
            "settings": ASKED.settings.model_copy(update={"epochs": 20, "learning_rate": 0.02}),
        }
    )
    plan = plan_refit(asked, 3)
    reports = {}
    for group in refit_groups(asked, 3):
        for one in group:
            result = train(one, lambda _: None, lambda: False)
            reports[one.digest] = Outcome("finished", result.history, result.report)
    refit = evaluate_refit(plan, asked, reports)
    losses = [one.loss for one in refit.heads["y"].inputs]
    assert losses == pytest.approx([0.5, 0.5], abs=0.12)


def test_losses_are_paired_over_seeds_with_their_interval() -> None:
    plan = plan_refit(ASKED, 5)
    whole, left = [0.90, 0.92, 0.88, 0.91, 0.89], [0.80, 0.79, 0.81, 0.82, 0.78]
    known = outcomes(plan, whole, left=left, right=[0.9, 0.9, 0.9, 0.9, 0.9])
    refit = evaluate_refit(plan, ASKED, known)
    assert (refit.done, refit.failed, refit.total) == (15, 0, 15)
    one, other = refit.heads["y"].inputs
    losses = [a - b for a, b in zip(whole, left, strict=True)]
    half = 2.7764 * stdev(losses) / 5**0.5
    assert one.loss == pytest.approx(fmean(losses))
    assert (one.low, one.high) == pytest.approx((fmean(losses) - half, fmean(losses) + half), 1e-4)
    assert (one.tied, other.tied) == (False, True)
    assert one.p is not None
    assert one.p < 0.01
    text = explain_refit(refit.heads["y"], "accuracy")
    assert "`right` 0.000 (-0.020 to 0.020), no difference shown" in text.values
    assert "Trained without `left`, the model loses 0.100 accuracy." in text.meaning
    assert text.meaning.endswith(
        "Without `right`, no difference is shown; with 5 seeds, one of about 0.028 would have been "
        "(power .8)."
    )
    first = evaluate_refit(plan, ASKED, outcomes(plan, whole[:4], left=left[:3], right=left[:3]))
    assert [(row.seeds, row.tied) for row in first.heads["y"].inputs] == [(3, True), (3, True)]
    two = evaluate_refit(plan, ASKED, outcomes(plan, whole, left=left, right=left[:2]))
    assert [row.tied for row in two.heads["y"].inputs] == [None, None]
    inspection = inspection_of("xor").model_copy(update={"refit": refit})
    assert Inspection.model_validate_json(inspection.json_text()) == inspection
    assert "\n".join(refit_lines(refit.heads["y"], "accuracy")) in text_report(inspection)


def test_only_seeds_that_both_models_have_are_compared() -> None:
    plan = plan_refit(ASKED, 3)
    known = outcomes(plan, [0.9, 0.8], left=[0.7, 0.7, 0.7], right=[0.9])
    known[plan.whole[2]] = Outcome("failed", message="A loss must stay a finite number.")
    refit = evaluate_refit(plan, ASKED, known)
    assert (refit.done, refit.failed, refit.message[:6]) == (6, 1, "A loss")
    one, other = refit.heads["y"].inputs
    assert one.losses == pytest.approx({0: 0.2, 1: 0.1})
    assert (other.losses, other.tied, loss_text(other)) == ({0: 0.0}, None, "0.000")
    nothing = evaluate_refit(plan, ASKED, {}).heads["y"]
    assert [loss_text(one) for one in nothing.inputs] == ["–", "–"]
    assert "A verdict needs at least 3 seeds." in explain_refit(nothing, "accuracy").meaning


def test_a_head_that_reads_one_input_only_says_so() -> None:
    apart = parse(
        {
            "inputs": [vector("left"), vector("right")],
            "heads": [
                {"name": n, "kind": "binary", "source": s}
                for n, s in (("y", "left"), ("z", "right"))
            ],
        }
    )
    asked = request(apart, samples=80)
    refit = evaluate_refit(plan_refit(asked, 3), asked, {})
    assert problems(refit) == (
        "Without `left` there is none: `y` reads no other input.",
        "Without `right` there is none: `z` reads no other input.",
    )
    assert [loss_text(one) for one in refit.heads["y"].inputs] == ["none", "–"]


def test_a_model_of_one_input_is_not_refitted() -> None:
    alone = parse(
        {"inputs": [vector("left")], "heads": [{"name": "y", "kind": "binary", "source": "left"}]}
    )
    (reason,) = reduced_models(alone).values()
    assert "A model needs at least one input." in str(reason)
    with pytest.raises(RunError, match=r"without one of its inputs\. Received `left`\."):
        plan_refit(request(alone, samples=80), 3)


def test_an_input_that_cannot_be_left_out_has_the_reason() -> None:
    without = (ReducedModel(input="left", problem="A reason."), plan_refit(ASKED, 3).without[1])
    plan = plan_refit(ASKED, 3).model_copy(update={"without": without})
    first, second = evaluate_refit(plan, ASKED, {}).heads["y"].inputs
    assert first == InputRefit(name="left", problem="A reason.")
    assert second == InputRefit(name="right")
