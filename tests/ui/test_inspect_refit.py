"""Retrained without each input on the Inspect page: what it costs, its states, its result."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from components.inspection.basis.results import Inspection
from components.inspection.refit import RefitPlan, plan_refit
from components.inspection.refit_evaluation import evaluate_refit
from components.race.outcomes import Outcome
from components.render.palette import THEMES
from components.runs.run_service import service
from components.runs.sweeps import Sweep
from components.training.events import Epoch, Failed, Finished, Started
from components.training.requests import RunRequest, Settings
from components.ui.inspect.kept_refit import plans
from components.ui.inspect.refit_chart import chart_height, refit_chart, refit_text
from components.ui.inspect.refit_section import cost_text, refit_table, refits_csv
from sample_data.relations import RELATIONS
from sample_data.synthetic import DataSpec
from tests.training.support import VECTORS
from tests.ui.desk import VISITOR, html, well
from tests.ui.test_inspect_page import inspected, opened, page, xor

__all__ = ["page", "xor"]
BUTTON = "Retrain without each input"
WHOLE, LEFT, RIGHT = (0.9, 0.92, 0.91), (0.7, 0.71, 0.705), (0.9, 0.92, 0.91)


@pytest.fixture
def asked(request: pytest.FixtureRequest) -> RunRequest:
    """What no other test has asked for."""
    seed = sum(map(ord, request.node.name))
    data = DataSpec(relation=RELATIONS["xor"](), samples=40, seed=seed)
    return RunRequest(architecture=VECTORS, data=data, settings=Settings(epochs=1))


def trained(asked: RunRequest, accuracy: float = 0.9, sweep: str = "") -> str:
    store = service().store
    run = store.create(asked, VISITOR, "mine", service().id, sweep=sweep)
    logs = {"val_y/accuracy": accuracy}
    start = Started(epochs=1, estimated_bytes=1, parameters=1)
    store.append(run, start, Epoch(epoch=1, logs=logs, seconds=0.1), Finished(seconds=2.0))
    return run


def planned(page: AppTest, asked: RunRequest, run: str, seeds: int = 5) -> AppTest:
    """The page once the plan is there."""
    plans.wait((asked, seeds))
    return opened(page, run)


def sweep_of(run: str) -> Sweep:
    sweep = service().store.sweeps.refit_of(run)
    assert sweep is not None
    return sweep


def test_it_says_what_it_costs_and_trains_on_a_click_only(page: AppTest, asked: RunRequest) -> None:
    run = trained(asked)
    planned(page, asked, run)
    well(page)
    shown = [caption.value for caption in page.caption]
    assert "3 models × 5 seeds: 15 trainings, 1 of them in the store, up to 28 s" in shown
    assert service().store.sweeps.refit_of(run) is None
    plans.wait((asked, 3))
    page.number_input(key=f"refit_seeds.{run}").set_value(3).run()
    page.button(key="refit").click().run()
    well(page)
    sweep = sweep_of(run)
    assert (sweep.state, len(sweep.digests)) == ("running", 9)
    assert [bar.proto.text for bar in page.get("progress")] == ["1 of 9 trainings ended"]
    assert BUTTON not in [button.label for button in page.button]
    page.button(key="stop_refit").click().run()
    well(page)
    assert sweep_of(run).state == "stopped"
    assert any("The refits were stopped: 1 of 9" in caption.value for caption in page.caption)
    assert not page.button(key="refit").disabled


def test_the_result_is_shown_with_its_verdict_and_in_the_measures(
    page: AppTest, xor: Inspection, asked: RunRequest
) -> None:
    run, plan = trained(asked), plan_refit(asked, 3)
    sweep = finished(plan, asked, run)
    service().store.keep_model(run, b"a model")
    inspected(run, xor)
    planned(page, asked, run)
    well(page)
    text = html(page)
    assert '<div class="refits">' in text
    assert "0.205 (0.193 to 0.217)" in text
    assert "0.000 (0.000 to 0.000), no difference shown" in text
    assert "Retrained without it" in text
    verdict = "Trained without `left`, the model loses 0.205 accuracy."
    assert any(verdict in part.value for part in page.markdown)
    assert service().store.sweeps.get(sweep).state == "finished"


def finished(plan: RefitPlan, asked: RunRequest, run: str) -> str:
    """Refits of a run that have finished."""
    from components.inspection.refit import refit_groups

    store, groups = service().store, refit_groups(asked, plan.seeds)
    sweep = store.sweeps.create(groups, plan.model_dump_json(), VISITOR, "mine", service().id, run)
    requests = {one.digest: one for group in groups for one in group}
    left, right = plan.without
    for digests, values in ((plan.whole, WHOLE), (left.digests, LEFT), (right.digests, RIGHT)):
        for digest, value in zip(digests, values, strict=True):
            if digest != asked.digest:
                trained(requests[digest], value, sweep)
    store.sweeps.change_state(sweep, "finished")
    return sweep


def test_a_training_that_failed_says_why(page: AppTest, asked: RunRequest) -> None:
    run, plan = trained(asked), plan_refit(asked, 3)
    sweep = finished(plan, asked, run)
    store = service().store
    failed = store.latest([plan.whole[1]])[plan.whole[1]]
    store.upkeep.remove_runs([failed.id])
    request = failed.request
    again = store.create(request, VISITOR, service=service().id, sweep=sweep)
    store.append(again, Failed(message="A loss must stay a finite number.", seconds=1.0))
    planned(page, asked, run)
    assert [error.value for error in page.error] == ["A loss must stay a finite number."]
    assert any("A verdict needs at least 3 seeds." in part.value for part in page.markdown)


def test_readers_see_refits_of_a_shared_run_and_start_none(
    page: AppTest, asked: RunRequest
) -> None:
    store = service().store
    run = store.create(asked, "another person")
    start = Started(epochs=1, estimated_bytes=1, parameters=1)
    store.append(
        run, start, Epoch(epoch=1, logs={"val_y/accuracy": 0.9}, seconds=0.1), Finished(seconds=1)
    )
    store.share(run)
    opened(page, run)
    well(page)
    assert BUTTON not in [button.label for button in page.button]
    assert '<div class="refits">' not in html(page)
    finished(plan_refit(asked, 3), asked, run)
    opened(page, run)
    well(page)
    assert '<div class="refits">' in html(page)
    assert BUTTON not in [button.label for button in page.button]


def test_the_chart_the_table_and_the_file_have_the_same_numbers(asked: RunRequest) -> None:
    plan = plan_refit(asked, 3)
    left, right = plan.without
    values = {
        **dict(zip(plan.whole, WHOLE, strict=True)),
        **dict(zip(left.digests, LEFT, strict=True)),
        right.digests[0]: 0.8,
    }
    outcomes = {
        digest: Outcome("finished", (Epoch(epoch=1, logs={"val_y/accuracy": v}, seconds=0.1),))
        for digest, v in values.items()
    }
    refit = evaluate_refit(plan, asked, outcomes)
    head = refit.heads["y"]
    option = refit_chart(head, "y", "accuracy", THEMES["light"])
    series = {one["id"]: one["data"] for one in option["series"]}
    assert list(series) == ["interval.0", "seeds.0", "mean.0", "seeds.1", "mean.1", "zero"]
    assert series["mean.0"] == [[pytest.approx(0.205), 0]]
    assert series["interval.0"] == [[head.inputs[0].low, 0], [head.inputs[0].high, 0]]
    assert chart_height(head) > 150
    assert "left 0.205 (0.193 to 0.217), right 0.100" in refit_text(head, "accuracy")
    assert "0.705" in refit_table(head, "accuracy")
    rows = refits_csv(refit).splitlines()
    assert rows[0].startswith("head,input,seed,lost")
    assert [row.split(",")[:3] for row in rows[1:]] == [
        ["y", "left", "0"],
        ["y", "left", "1"],
        ["y", "left", "2"],
        ["y", "left", "mean"],
        ["y", "right", "0"],
        ["y", "right", "mean"],
    ]
    assert cost_text(plan, 0, 3.0) == "3 models × 3 seeds: 9 trainings, 9 of them in the store"
