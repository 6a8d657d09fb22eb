"""The Inspect page's script in Streamlit's test runner: what is chosen, its states, its result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.inspection.basis.results import Inspection
from components.inspection.measures.cooperation import Cooperation
from components.inspection.measures.shapley_share import ShapleyShare
from components.model.builder import build_with_weights
from components.runs.run_service import service
from components.training.events import Finished, Started
from components.training.models import write_model
from components.training.requests import RunRequest, Settings
from sample_data.relations import RELATIONS
from sample_data.synthetic import DataSpec
from tests.training.support import VECTORS
from tests.ui.desk import VISITOR, html, key_of, well, with_model
from tests.ui.examples import gate, inspection_of_vectors
from tests.waiting import wait_until

PAGE = "pages/2_Inspect.py"


@pytest.fixture(scope="module")
def xor() -> Inspection:
    return inspection_of_vectors()


@pytest.fixture
def page(keras_is_in: None) -> AppTest:
    return with_model(PAGE)


def request(samples: int = 40) -> RunRequest:
    data = DataSpec(relation=RELATIONS["xor"](), samples=samples)
    return RunRequest(architecture=VECTORS, data=data, settings=Settings(epochs=1))


def trained(owner: str = VISITOR, *, kept: bool = True, name: str = "mine") -> str:
    """A run that has finished, as the store has it."""
    store = service().store
    run = store.create(request(), owner, name)
    if kept:
        store.keep_model(run, b"a model")
    store.append(run, Started(epochs=1, estimated_bytes=1, parameters=1), Finished(seconds=1.0))
    return run


def inspected(run: str, inspection: Inspection) -> None:
    """Keep an inspection with a run."""
    service().store.keep_result(run, "inspection", inspection.json_text())


def opened(page: AppTest, run: str) -> AppTest:
    page.query_params["run"] = run
    return page.run()


def charts_of(page: AppTest) -> Any:
    return page.get("echarts_chart")


def test_without_a_run_the_page_says_what_it_answers_and_leads_to_training(page: AppTest) -> None:
    page.run()
    well(page)
    assert any("does one do the work?" in text.value for text in page.markdown)
    next(button for button in page.button if button.label == "Open the Train page").click().run()
    well(page)
    assert any(button.key == "train" for button in page.button)


def test_the_latest_finished_run_is_shown_and_another_can_be_chosen(page: AppTest) -> None:
    first, second = trained(), trained()
    page.run()
    well(page)
    choice = page.selectbox(key=key_of(page, "inspected_run"))
    assert choice.value == second
    assert all(title.startswith("mine · ") for title in choice.options)
    assert len(set(choice.options)) == len(choice.options)
    choice.set_value(first).run()
    well(page)
    assert page.query_params["run"] == first
    assert page.selectbox(key=key_of(page, "inspected_run")).value == first


def test_a_kept_model_is_inspected_when_its_run_is_opened(page: AppTest, tmp_path: Path) -> None:
    run, path = trained(), tmp_path / "model.keras"
    write_model(build_with_weights(VECTORS).model, path)
    service().store.keep_model(run, path.read_bytes())
    service().store.keep_result(run, "inspection", "one that cannot be read")
    opened(page, run)
    well(page)
    assert any("The model is being inspected" in caption.value for caption in page.caption)
    wait_until(lambda: "{" in (service().store.result(run, "inspection") or ""))
    page.run()
    well(page)
    assert 'class="measures"' in html(page)


def test_a_model_that_cannot_be_inspected_says_why(page: AppTest) -> None:
    run = trained()
    service().store.models.path(run).write_bytes(b"another model")
    opened(page, run)

    def said() -> bool:
        page.run()
        return bool(page.warning)

    wait_until(said)
    assert "was changed after training" in page.warning[0].value
    assert any(button.key == "train_again" for button in page.button)


def test_the_result_is_shown_at_once_with_its_measures(page: AppTest, xor: Inspection) -> None:
    run = trained()
    inspected(run, xor)
    opened(page, run)
    well(page)
    head = xor.heads["y"]
    text = html(page)
    numbers = f"{ShapleyShare.values(head)[0]:.3f}", f"{Cooperation.values(head)[0]:+.3f}"
    for shown in (*numbers, "It does not say"):
        assert shown in text
    charts = [part.proto.SerializeToString().decode(errors="ignore") for part in charts_of(page)]
    assert len(charts) == 3
    for chart, word in zip(charts, ("cooperation", "no input", "logit of class 1"), strict=True):
        assert word in chart
    assert any("60 validation samples" in caption.value for caption in page.caption)


def test_the_diagram_has_the_shares_of_the_head_and_is_saved(
    page: AppTest, xor: Inspection
) -> None:
    run = trained()
    inspected(run, xor)
    opened(page, run)
    (drawn,) = (part for part in page.get("bidi_component") if "cooperation" in str(part.proto))
    share, _ = ShapleyShare.values(xor.heads["y"])
    (cooperation,) = Cooperation.values(xor.heads["y"])
    assert f"{share:+.2f}" in str(drawn.proto)
    assert f"cooperation {cooperation:+.2f}" in str(drawn.proto)
    page.session_state["weighted_take"] = True
    page.run()
    well(page)
    labels = [button.proto.label for button in page.get("download_button")]
    assert "Picture as SVG" in labels


def test_gates_are_shown_for_a_sample_that_is_chosen(page: AppTest, xor: Inspection) -> None:
    run, worst = trained(), xor.heads["y"].samples
    inspected(run, xor.model_copy(update={"readouts": (gate(xor),)}))
    opened(page, run)
    well(page)
    assert len(charts_of(page)) == 4
    sample = page.selectbox(key=f"inspected_sample.{run}.y")
    assert sample.value == worst[0].row
    drawn = html(page)
    assert 'class="samples"' in drawn
    sample.set_value(worst[3].row).run()
    well(page)
    assert html(page) != drawn


def test_a_run_without_its_model_says_how_to_get_one(page: AppTest) -> None:
    opened(page, trained(kept=False))
    well(page)
    (warning,) = page.warning
    assert "no file of this trained model" in warning.value
    assert "Start the run again" in warning.value
    page.button(key="train_again").click().run()
    well(page)
    (latest, *_) = service().store.list(VISITOR)
    assert (latest.name, latest.status) == ("mine", "queued")


def test_readers_see_the_result_of_a_shared_run_and_start_none(
    page: AppTest, xor: Inspection
) -> None:
    trained()
    run = trained("another person")
    opened(page, run)
    assert any("shared with you" in error.value for error in page.error)
    service().store.share(run)
    opened(page, run)
    well(page)
    assert "only they can inspect it" in page.warning[0].value
    inspected(run, xor)
    page.run()
    assert 'class="measures"' in html(page)
    assert "of another person" in page.selectbox(key=key_of(page, "inspected_run")).options[0]
